/// Who mails come from.
public struct MailIdentity: Sendable, Hashable {
  /// The sender that readers see.
  public let from: MailAddress
  /// The address that errors are returned to.
  public let envelope: MailAddress
  /// This machine's name in EHLO; an invalid one is `localhost`.
  public let hostName: String

  /// - Parameter envelope: without it `from`.
  public init(from: MailAddress, envelope: MailAddress? = nil, hostName: String) {
    self.from = from
    self.envelope = envelope ?? from
    let isName = hostName.utf8.allSatisfy { $0.isLetterOrDigit || ".-".utf8.contains($0) }
    self.hostName = isName && (1...255).contains(hostName.utf8.count) ? hostName : "localhost"
  }

  /// What follows the `@` of a Message-ID: the machine's full name, else the sender's domain, so that it is unique in the world.
  var messageHost: String { hostName.utf8.contains(UInt8(ascii: ".")) ? hostName : from.domain }
}

/// The login at a mail server.
public struct MailLogin: Sendable, Hashable {
  public let user: String
  let password: String

  public init(user: String, password: String) {
    self.user = user
    self.password = password
  }
}
