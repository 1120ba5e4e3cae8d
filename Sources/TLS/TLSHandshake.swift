internal import COpenSSL
public import EventLoop
public import Patterns

extension TLSTransport {
  /// Who says hello first is the client.
  public enum Role: Sendable, Hashable { case client, server }

  /// Makes a transport secure.
  ///
  /// - Parameters:
  ///   - match: searched in the names of the other side's certificate.
  ///   - early: what the other side has sent for TLS already.
  ///   - onlyTLS12: not to speak TLS 1.3.
  /// - Returns: the secured transport, which closes `inner` with itself.
  /// - Throws: the reason; `inner` stays open.
  public static func secure(
    _ inner: any Transport, as role: Role, with context: TLSContext, match: Pattern? = nil,
    early: [UInt8] = [], onlyTLS12: Bool = false
  ) async throws(TLSFailure) -> TLSTransport {
    let handshake = TLSHandshake(over: inner, as: role, with: context, match: match)
    if onlyTLS12 { copenssl_set_newest_version(handshake.transport.ssl, TLS1_2_VERSION) }
    handshake.transport.feed(early)
    try await handshake.run()
    return handshake.transport
  }
}

/// The beginning of a secured connection: both sides agree on keys, and each sees who the other one is.
@LoopActor
struct TLSHandshake {
  let transport: TLSTransport
  private let role: TLSTransport.Role
  private let context: TLSContext
  private let check: PeerCheck

  init(
    over inner: any Transport, as role: TLSTransport.Role, with context: TLSContext,
    match: Pattern?
  ) {
    self.role = role
    self.context = context
    check = PeerCheck(context, match: match)
    transport = TLSTransport(
      over: inner, with: context, check: check, asServer: role == .server)
  }

  /// Shakes hands, and judges the other side.
  func run() async throws(TLSFailure) {
    let failure: TLSFailure?
    do throws(IOError) { failure = try await shakeHands() } catch {
      throw TLSFailure(.connection(error), "\(error)")
    }
    if let failure { throw failure }
    try check.verify(transport.ssl)
  }

  private func shakeHands() async throws(IOError) -> TLSFailure? {
    while true {
      ERR_clear_error()
      let code = SSL_do_handshake(transport.ssl)
      let problem = SSL_get_error(transport.ssl, code)
      let failure =
        code == 1 || problem == SSL_ERROR_WANT_READ ? nil : reason(for: OpenSSLError.take())
      do throws(IOError) {
        // In any case: it may be the alert that tells the other side.
        try await transport.flush(waiting: true)
      } catch {
        if failure == nil { throw error }
      }
      if failure != nil || code == 1 { return failure }
      guard try await transport.feed() else {
        throw IOError.failed("the other side closed the connection during the handshake")
      }
    }
  }

  private func reason(for error: OpenSSLError?) -> TLSFailure {
    var failure = cause(of: error)
    failure.leftover = transport.unread()
    return failure
  }

  private func cause(of error: OpenSSLError?) -> TLSFailure {
    guard let error else { return TLSFailure(.badHandshake, "the handshake failed") }
    if let fault = check.fault { return TLSFailure(.unwelcomePeer, fault) }
    if error.isAlert {
      // The alerts that speak of our certificate.
      let isOfCertificate = [
        SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED,
        SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA,
        SSL_AD_CERTIFICATE_REQUIRED,
      ].contains(error.reason - SSL_AD_REASON_OFFSET)
      let mend =
        !isOfCertificate
        ? ""
        : context.hasKey
          ? ", about tls_certificate \(context.certificate)"
          : "; there is no usable tls_certificate \(context.certificate) to show it"
      return TLSFailure(.refusedByPeer, "the other side refused: \(error.alertWords)\(mend)")
    }
    switch error.reason {
    case SSL_R_NO_SHARED_CIPHER where role == .server && !context.hasKey,
      SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM where role == .server && !context.hasKey:
      return TLSFailure(
        .noCertificate,
        "neither side has a key: no usable tls_private_key and tls_certificate "
          + "\(context.certificate) on this side (\(error.words))")
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return TLSFailure(
        .unwelcomePeer, "the other side sent no certificate, and tls paranoid requires one")
    case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG,
      SSL_R_HTTPS_PROXY_REQUEST, SSL_R_BAD_RECORD_TYPE, SSL_R_UNEXPECTED_MESSAGE,
      SSL_R_RECORD_LENGTH_MISMATCH, SSL_R_UNEXPECTED_RECORD, SSL_R_UNKNOWN_PROTOCOL:
      return TLSFailure(
        .badHandshake, "expected a TLS handshake, found something else (\(error.words))")
    default: return TLSFailure(.badHandshake, "the handshake failed: \(error.words)")
    }
  }
}
