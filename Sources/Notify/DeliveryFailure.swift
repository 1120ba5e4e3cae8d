/// Why an attempt to deliver failed, and which other mails that concerns.
public struct DeliveryFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Whom the failure concerns.
  public enum Scope: Int, Sendable {
    /// This mail only; the next one to the same recipient may be accepted.
    case mail = 0
    /// Every mail to this recipient; of a command perhaps this message alone.
    case recipient = 1
    /// Every mail through this server.
    case server = 2
  }

  public let scope: Scope
  /// The server refused for good: there are no further attempts.
  public let isPermanent: Bool
  /// The attempt reached its time limit.
  public let isTimeout: Bool
  /// Names the server or the command, what failed, and the answer or the error output.
  public let description: String

  /// There is nothing that a mail could be handed to.
  public static let noServer = DeliveryFailure(.server, "no mail server configured (smtp_server)")

  init(
    _ scope: Scope, isPermanent: Bool = false, isTimeout: Bool = false, _ description: String
  ) {
    self.scope = scope
    self.isPermanent = isPermanent
    self.isTimeout = isTimeout
    self.description = description
  }
}
