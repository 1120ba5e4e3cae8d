internal import COpenSSL
internal import Patterns

/// Whether the other side is who it should be: what OpenSSL's verification found, and `tls_match`.
final class PeerCheck {
  private let context: TLSContext
  private let match: Pattern?
  /// The first certificate of the chain that did not pass.
  private(set) var fault: String?

  init(_ context: TLSContext, match: Pattern?) {
    self.context = context
    self.match = match
  }

  /// Makes an SSL look at the other side's certificate. It borrows this check for its life.
  func watch(_ ssl: OpaquePointer, asServer: Bool) {
    SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
    var mode = SSL_VERIFY_NONE
    if context.verifies {
      mode = SSL_VERIFY_PEER
      if context.requiresCertificate { mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT }
    } else if match != nil, asServer {
      // Only who is asked shows a certificate whose names can be looked at.
      mode = SSL_VERIFY_PEER
    }
    SSL_set_verify(ssl, mode) { isGood, store in
      guard isGood == 0, let store, let ssl = copenssl_asker(store),
        let check = SSL_get_ex_data(ssl, 0)
      else { return isGood }
      return Unmanaged<PeerCheck>.fromOpaque(check).takeUnretainedValue().failed(store)
    }
  }

  private func failed(_ store: OpaquePointer) -> Int32 {
    guard context.verifies else { return 1 }
    let code = X509_STORE_CTX_get_error(store)
    let certificate = X509_STORE_CTX_get_current_cert(store)
    let name = certificate.map { clipped(oneLine(X509_get_subject_name($0))) } ?? "?"
    let issuer = certificate.map { clipped(oneLine(X509_get_issuer_name($0))) } ?? "?"
    let own = String(cString: X509_verify_cert_error_string(Int(code)))
    fault =
      switch code {
      case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID:
        "its certificate '\(name)' \(certificate.flatMap(wrongTime) ?? own)"
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
        X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
        X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        "its certificate '\(name)' was issued by '\(issuer)', which is not in tls_ca_certificate "
          + "\(context.authorities)"
      case X509_V_ERR_CERT_CHAIN_TOO_LONG:
        "its chain of certificates is longer than tls_verify_depth \(context.depth)"
      default: "its certificate '\(name)': \(own)"
      }
    return 0
  }

  /// Looks at a connection whose handshake is done.
  func verify(_ ssl: OpaquePointer) throws(TLSFailure) {
    let certificate = SSL_get1_peer_certificate(ssl)
    defer { X509_free(certificate) }
    if context.verifies, certificate != nil {
      let result = SSL_get_verify_result(ssl)
      guard result == X509_V_OK else {
        let words = fault ?? String(cString: X509_verify_cert_error_string(result))
        throw TLSFailure(.unwelcomePeer, words)
      }
    }
    if context.requiresCertificate, certificate == nil {
      throw TLSFailure(
        .unwelcomePeer, "the other side sent no certificate, and tls paranoid requires one")
    }
    guard let match else { return }
    guard let certificate else {
      throw TLSFailure(
        .unwelcomePeer,
        "the other side sent no certificate to compare with tls_match '\(clipped(match.text))'"
      )
    }
    let subject = oneLine(X509_get_subject_name(certificate))
    let issuer = oneLine(X509_get_issuer_name(certificate))
    switch match.outcome("Subject Name: \(subject)\nIssuer  Name: \(issuer)\n") {
    case .matched: return
    case .notMatched:
      throw TLSFailure(
        .unwelcomePeer,
        "tls_match '\(clipped(match.text))' matches neither the subject '\(clipped(subject))' nor the issuer "
          + "'\(clipped(issuer))'")
    case .gaveUp(let reason): throw TLSFailure(.unwelcomePeer, "tls_match: \(clipped(reason))")
    }
  }

  /// A name as in `/C=NO/CN=node.example.com`.
  private func oneLine(_ name: OpaquePointer?) -> String {
    guard let name, let text = X509_NAME_oneline(name, nil, 0) else { return "" }
    defer { CRYPTO_free(text, nil, 0) }
    return String(cString: text)
  }
}

/// For messages: names come from outside, and may be long.
func clipped(_ text: String) -> String { text.utf8.count > 200 ? "\(text.prefix(200))…" : text }
