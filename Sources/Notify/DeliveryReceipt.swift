/// Who has taken a message, and how it got there.
public struct DeliveryReceipt: Sendable, Hashable {
  /// `smtp://mx1:25: 250 2.0.0 queued as 3F2A`
  public let words: String
  /// How the connection to a mail server was protected: `TLS 1.3, verified`; `nil` for other ways.
  public let protection: String?

  init(_ words: String, protection: String? = nil) {
    self.words = words
    self.protection = protection
  }
}

extension MailServer {
  /// How a connection to it was protected.
  /// - Parameter version: of TLS, as far as libcurl tells it.
  func protection(_ version: String?) -> String {
    switch security {
    // Without a certificate that verifies no mail would have been sent.
    case .required, .implicit: "\(version ?? "TLS"), verified"
    case .whenOffered: version.map { "\($0), certificate not checked" } ?? "no TLS"
    case .none: "no TLS"
    }
  }
}
