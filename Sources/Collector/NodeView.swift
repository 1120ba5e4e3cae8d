public import Limits

/// A node as of its last poll.
public struct NodeView: Sendable {
  /// The groups around it, outermost first.
  public var groups: [String]
  public var name: String
  /// Where it is polled, `web01:4949`.
  public var address: String
  /// Whether it is polled at all (`update no` says not).
  public var isPolled: Bool
  /// The end of the last poll that brought an answer; `nil` before the first.
  public var lastAnswer: Int?
  /// How long the last poll took, in seconds.
  public var duration: Double?
  /// Why the last poll failed; `nil` when it did not.
  public var trouble: String?
  /// When that trouble began.
  public var troubleSince: Int?
  /// How bad it is: as the incident that people are told of, and unknown before there is one.
  public var troubleLevel = Level.unknown
  /// What is wrong at present with its replies, services and files.
  public var findings: [String]
  /// The graphs, in byte order of their names.
  public var graphs: [GraphView]
  /// What the ledger knows of it, where somebody has asked.
  public var archive: NodeArchive?

  /// The worst level of its graphs, and of its own trouble.
  public var level: Level {
    let worst = graphs.map(\.level).max() ?? .ok
    return trouble == nil ? worst : max(worst, troubleLevel)
  }

  /// `group;host`, munin's name of the node.
  public var path: String { (groups + [name]).joined(separator: ";") }

  public init(
    groups: [String], name: String, address: String, isPolled: Bool, lastAnswer: Int? = nil,
    duration: Double? = nil, trouble: String? = nil, troubleSince: Int? = nil,
    findings: [String] = [], graphs: [GraphView] = []
  ) {
    self.findings = findings
    self.groups = groups
    self.name = name
    self.address = address
    self.isPolled = isPolled
    self.lastAnswer = lastAnswer
    self.duration = duration
    self.trouble = trouble
    self.troubleSince = troubleSince
    self.graphs = graphs
  }
}
