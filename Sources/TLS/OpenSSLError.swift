internal import COpenSSL

/// The first error of OpenSSL's queue, which is the thread's: read it right after the call that failed.
struct OpenSSLError {
  let library: Int32
  let reason: Int32
  /// OpenSSL's words.
  let words: String

  /// Takes the first error and forgets the rest.
  /// - Returns: `nil` when there is none.
  static func take() -> OpenSSLError? {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return nil }
    return OpenSSLError(
      library: copenssl_library(code), reason: copenssl_reason(code),
      words: ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)")
  }

  /// Whether it is an alert that the other side has sent.
  var isAlert: Bool { library == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET }

  /// The alert's words, without `tlsv1 alert` and the like before them.
  var alertWords: String {
    for prefix in ["ssl/tls alert ", "tlsv1 alert ", "tlsv13 alert ", "sslv3 alert "]
    where words.hasPrefix(prefix) { return String(words.dropFirst(prefix.count)) }
    return words
  }
}
