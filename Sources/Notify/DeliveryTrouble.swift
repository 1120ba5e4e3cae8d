/// A contact whom messages do not reach on one of its ways.
public struct DeliveryTrouble: Sendable, Hashable {
  public let contact: String
  /// The lane of the outbox that its messages wait in.
  public let lane: String
  /// When the first attempt failed that no delivery followed, in seconds since 1970.
  public let since: Int
  /// Why the last attempt failed.
  public let problem: String

  public init(contact: String, lane: String, since: Int, problem: String) {
    self.contact = contact
    self.lane = lane
    self.since = since
    self.problem = problem
  }

  /// How the contact is told: `mail`, `command`, `webhook`, `syslog`.
  public var way: String { lane.split(separator: " ").first.map(String.init) ?? "mail" }
}
