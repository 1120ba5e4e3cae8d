/// Why one attempt did not deliver, and what that means for other mails.
public struct DeliveryFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Whom the failure concerns.
  public enum Scope: Int, Sendable {
    /// This mail; the next one to the same recipient may well get through.
    case mail = 0
    /// Every mail to this recipient.
    case recipient = 1
    /// Every mail through this server.
    case server = 2
  }

  public let scope: Scope
  /// The server has said that it never will: another attempt is pointless.
  public let isPermanent: Bool
  /// The attempt has used up its time.
  public let isTimeout: Bool
  /// Says which server or command, what failed, and its own words.
  public let description: String

  init(
    _ scope: Scope, isPermanent: Bool = false, isTimeout: Bool = false, _ description: String
  ) {
    self.scope = scope
    self.isPermanent = isPermanent
    self.isTimeout = isTimeout
    self.description = description
  }
}
