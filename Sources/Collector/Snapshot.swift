public import Limits
public import MuninWire

/// What the collector knows at one moment, as a value: pages and lists are made from it alone.
public struct Snapshot: Sendable {
  /// When it was taken, in seconds since 1970.
  public var time: Int
  /// When the collector started.
  public var started: Int
  /// The seconds between two polls of a node.
  public var updateRate: Int
  /// All nodes, in the order of munin.conf; also those never reached.
  public var nodes: [NodeView]
  /// Mails that wait for their delivery, and those given up.
  public var mailsWaiting: Int
  public var mailsFailed: Int
  /// When the newest poll ended, successful or not; `nil` before the first.
  public var lastPoll: Int?
  /// Values that did not get into a file since the start.
  public var lost: LostValues

  public init(
    time: Int, started: Int, updateRate: Int, nodes: [NodeView], mailsWaiting: Int = 0,
    mailsFailed: Int = 0, lastPoll: Int? = nil, lost: LostValues = LostValues()
  ) {
    self.lost = lost
    self.time = time
    self.started = started
    self.updateRate = updateRate
    self.nodes = nodes
    self.mailsWaiting = mailsWaiting
    self.mailsFailed = mailsFailed
    self.lastPoll = lastPoll
  }
}

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
  /// Settings of this node in munin.conf that have no effect yet.
  public var findings: [String]
  /// The graphs, in byte order of their names.
  public var graphs: [GraphView]

  /// The worst level of its graphs; unknown while the node is unreachable.
  public var level: Level {
    let worst = graphs.map(\.level).max() ?? .ok
    return trouble == nil ? worst : max(worst, .unknown)
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

/// One graph of a node.
public struct GraphView: Sendable {
  /// The node's description with munin.conf's settings applied. Its name may be nested: `disk.sda`.
  public var graph: Graph
  /// When the newest values came.
  public var updated: Int?
  /// What its plugin's author or the operator should correct.
  public var findings: [String]
  /// Its drawn and hidden fields, in the graph's order.
  public var fields: [FieldView]

  /// The worst level of its fields.
  public var level: Level { fields.map(\.level).max() ?? .ok }

  public init(
    graph: Graph, updated: Int? = nil, findings: [String] = [], fields: [FieldView]
  ) {
    self.findings = findings
    self.graph = graph
    self.updated = updated
    self.fields = fields
  }
}

/// One field of a graph.
public struct FieldView: Sendable {
  public var name: String
  public var label: String
  /// The RRD file.
  public var path: String
  /// The newest value, per second for rates; `nil` when unknown.
  public var value: Double?
  public var level: Level
  /// When the level began, in seconds since 1970.
  public var since: Int?
  public var warning: String?
  public var critical: String?
  /// What the plugin says of the field's state.
  public var extinfo: String?

  public init(
    name: String, label: String, path: String, value: Double? = nil, level: Level = .ok,
    since: Int? = nil, warning: String? = nil, critical: String? = nil, extinfo: String? = nil
  ) {
    self.name = name
    self.label = label
    self.path = path
    self.value = value
    self.level = level
    self.since = since
    self.warning = warning
    self.critical = critical
    self.extinfo = extinfo
  }
}
