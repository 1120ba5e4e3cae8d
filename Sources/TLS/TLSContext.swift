internal import COpenSSL
public import Settings

/// Key, certificates and rules, ready for connections: OpenSSL's `SSL_CTX` and what it was made of.
///
/// Unchecked: after `init` nothing in it is written again, and OpenSSL allows threads to share it.
public final class TLSContext: @unchecked Sendable {
  let handle: OpaquePointer
  /// Whether there are a key and its certificate: without them this side cannot be TLS server.
  public private(set) var hasKey = false
  /// What is not as the settings have it.
  public private(set) var findings: [TLSFinding] = []
  /// The file of the certificate authorities, for messages.
  let authorities: String
  /// Where this side's certificate should have been, for messages.
  let certificate: String
  let depth: Int
  let verifies: Bool
  let requiresCertificate: Bool

  /// Reads all that is there; what is not, or is bad, stands in ``findings``.
  public init(_ settings: TLSSettings) {
    guard let handle = SSL_CTX_new(TLS_method()) else { fatalError("out of memory") }
    self.handle = handle
    authorities = settings.caCertificate
    certificate = settings.certificate
    depth = settings.verifyDepth
    requiresCertificate = settings.mode == .paranoid
    verifies = settings.verifyCertificate || requiresCertificate
    copenssl_set_oldest_version(handle, TLS1_2_VERSION)
    copenssl_set_options(handle)
    SSL_CTX_set_verify_depth(handle, Int32(depth))
    loadOwn(settings)
    loadAuthorities(settings)
    ERR_clear_error()
  }

  deinit { SSL_CTX_free(handle) }

  // MARK: Files

  private func loadOwn(_ settings: TLSSettings) {
    var key: OpaquePointer?
    var chain: [OpaquePointer] = []
    defer {
      EVP_PKEY_free(key)
      chain.forEach(X509_free)
    }
    do throws(TLSFinding) {
      let file = try PEMFile(settings.privateKey, word: "tls_private_key")
      key = try readKey(file, settings.privateKey)
      if file.isOpenToAll {
        findings.append(
          TLSFinding(
            "tls_private_key",
            "tls_private_key \(settings.privateKey): every user of this machine may read it",
            isRemark: true))
      }
    } catch { findings.append(error) }
    do throws(TLSFinding) {
      chain = try readCertificates(settings.certificate, word: "tls_certificate", most: 32)
    } catch {
      // One file holds both, usually, and one fault is told once.
      let start = "cannot read tls_private_key"
      if settings.certificate == settings.privateKey, let first = findings.last,
        first.description.hasPrefix(start + " ")
      {
        findings[findings.count - 1] = TLSFinding(
          first.word, "\(start) and tls_certificate\(first.description.dropFirst(start.count))",
          isMissingFile: first.isMissingFile)
      } else {
        findings.append(error)
      }
    }
    guard let key, let leaf = chain.first else { return }
    guard X509_check_private_key(leaf, key) == 1 else {
      ERR_clear_error()
      findings.append(
        TLSFinding(
          "tls_private_key",
          "tls_private_key \(settings.privateKey) is not the key of tls_certificate \(settings.certificate): "
            + "expected the two that were made together"))
      return
    }
    guard SSL_CTX_use_certificate(handle, leaf) == 1, SSL_CTX_use_PrivateKey(handle, key) == 1,
      chain.dropFirst().allSatisfy({ copenssl_add_chain(handle, $0) == 1 })
    else {
      let words = OpenSSLError.take()?.words ?? "refused"
      findings.append(
        TLSFinding("tls_certificate", "tls_certificate \(settings.certificate): \(words)"))
      return
    }
    hasKey = true
    if let fault = wrongTime(of: leaf) {
      findings.append(
        TLSFinding(
          "tls_certificate", "tls_certificate \(settings.certificate) \(fault)", isRemark: true))
    }
  }

  private func readKey(_ file: borrowing PEMFile, _ path: String) throws(TLSFinding)
    -> OpaquePointer
  {
    var isLocked = false
    ERR_clear_error()
    // Without a function of ours OpenSSL would ask for a password on the terminal.
    let key = file.read { bio in
      withUnsafeMutablePointer(to: &isLocked) { flag in
        PEM_read_bio_PrivateKey(
          bio, nil,
          { _, _, _, flag in
            flag?.assumingMemoryBound(to: Bool.self).pointee = true
            return -1
          }, flag)
      }
    }
    if let key { return key }
    let error = OpenSSLError.take()
    if isLocked {
      throw TLSFinding(
        "tls_private_key",
        "tls_private_key \(path): the key is encrypted, expected one without a passphrase "
          + "(a daemon cannot ask for it)")
    }
    // OpenSSL says "unsupported" for a file without any key, after it has tried all formats.
    let words = error?.words == "unsupported" ? ", found none" : found(error)
    throw TLSFinding(
      "tls_private_key", "tls_private_key \(path): expected a private key in PEM format\(words)")
  }

  private func readCertificates(
    _ path: String, word: String, most: Int
  ) throws(TLSFinding) -> [OpaquePointer] {
    let file = try PEMFile(path, word: word)
    ERR_clear_error()
    let certificates = file.read { bio in
      var list: [OpaquePointer] = []
      while list.count <= most, let next = PEM_read_bio_X509(bio, nil, nil, nil) {
        list.append(next)
      }
      return list
    }
    let error = OpenSSLError.take()
    if certificates.isEmpty {
      throw TLSFinding(word, "\(word) \(path): expected certificates in PEM format\(found(error))")
    }
    let isWhole = error == nil || error.map(isEndOfFile) == true
    if certificates.count > most || !isWhole {
      certificates.forEach(X509_free)
      throw TLSFinding(
        word,
        isWhole
          ? "\(word) \(path): more than \(most) certificates"
          : "\(word) \(path): certificate \(certificates.count + 1) is damaged\(found(error))")
    }
    return certificates
  }

  private func loadAuthorities(_ settings: TLSSettings) {
    do throws(TLSFinding) {
      let list = try readCertificates(
        settings.caCertificate, word: "tls_ca_certificate", most: 4096)
      defer { list.forEach(X509_free) }
      let store = SSL_CTX_get_cert_store(handle)
      for authority in list { X509_STORE_add_cert(store, authority) }
    } catch { findings.append(error) }
  }

  private func isEndOfFile(_ error: OpenSSLError) -> Bool {
    error.library == ERR_LIB_PEM && error.reason == PEM_R_NO_START_LINE
  }

  private func found(_ error: OpenSSLError?) -> String {
    guard let error else { return "" }
    return isEndOfFile(error) ? ", found none" : ": \(error.words)"
  }
}

/// What is wrong with a certificate's time, or `nil`.
func wrongTime(of certificate: OpaquePointer) -> String? {
  if let end = X509_get0_notAfter(certificate), X509_cmp_current_time(end) < 0 {
    return "has expired on \(day(end)): renew it"
  }
  if let start = X509_get0_notBefore(certificate), X509_cmp_current_time(start) > 0 {
    return "is not valid before \(day(start)): is this machine's clock right?"
  }
  return nil
}

/// A day as in `2026-01-31`.
private func day(_ time: UnsafePointer<ASN1_TIME>) -> String {
  var parts = tm()
  guard ASN1_TIME_to_tm(time, &parts) == 1 else { return "an invalid date" }
  func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
}
