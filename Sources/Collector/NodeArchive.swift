/// What the ledger knows of a node beside the present.
public struct NodeArchive: Sendable {
  /// When it was polled for the first time, in seconds since 1970.
  public var firstSeen: Int
  /// When each graph was described for the first time.
  public var firstSeenGraphs: [String: Int]
  /// Graphs of services that the node does not offer any more; of a node that munin.conf does not name any more, all.
  public var gone: [GraphView]
  /// The time of the newest value in the files of a node that munin.conf does not name any more.
  public var lastValue: Int?

  public init(
    firstSeen: Int, firstSeenGraphs: [String: Int], gone: [GraphView], lastValue: Int? = nil
  ) {
    self.firstSeen = firstSeen
    self.firstSeenGraphs = firstSeenGraphs
    self.gone = gone
    self.lastValue = lastValue
  }
}

/// A node that munin.conf does not name any more.
public struct FormerNode: Sendable {
  public var groups: [String]
  public var name: String
  /// When it was polled for the first time, in seconds since 1970.
  public var firstSeen: Int

  public init(groups: [String], name: String, firstSeen: Int) {
    self.groups = groups
    self.name = name
    self.firstSeen = firstSeen
  }
}
