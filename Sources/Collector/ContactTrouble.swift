/// A contact whom messages do not reach on one of its ways, as pages show it.
public struct ContactTrouble: Sendable, Hashable {
  public var contact: String
  /// `mail`, `command`, `webhook`, `syslog`.
  public var way: String
  /// When the first attempt failed that no delivery followed, in seconds since 1970.
  public var since: Int
  /// Why the last attempt failed.
  public var problem: String

  public init(contact: String, way: String, since: Int, problem: String) {
    self.contact = contact
    self.way = way
    self.since = since
    self.problem = problem
  }
}
