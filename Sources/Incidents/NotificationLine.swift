public import Limits

/// One incident in a ``Notification``.
public struct NotificationLine: Sendable, Hashable {
  /// What happened to the incident.
  public enum Step: Int, Sendable, Hashable, CaseIterable {
    case opened
    /// Its level is above the one that was told.
    case worsened
    /// A further part has the same level.
    case joined
    /// Its level is below the one that was told, and not ok.
    case eased
    case closed
    /// It begins and ends too often to be told each time.
    case flapping
    /// It no longer does.
    case steady
    /// Planned work is over, and it is still there.
    case released
    /// Nothing happened: a reminder, an escalation, `always_send`.
    case lasting
  }

  /// What the incident is about.
  public enum Place: Sendable, Hashable {
    case service(node: NodeNumber, name: String)
    /// A node that cannot be polled.
    case node(NodeNumber)
    /// Nodes that were lost together.
    case site
    /// The collector itself.
    case collector
  }

  /// The number of the incident.
  public var incident: Int
  public var step: Step
  public var place: Place
  /// The path of the node's groups, or of the site.
  public var groups: [String]
  /// The name of the node as people are told it (`notify_alias`); empty for a site and the collector.
  public var host: String
  /// The service as a node lists it; `nil` for a node, a site and the collector.
  public var service: String?
  /// The graph of the first part, its title and its explanation.
  public var graph: String?
  public var title: String
  public var info: String?
  /// The level now, the one that was told before, and the worst so far.
  public var level: Level
  public var was: Level?
  public var worst: Level
  /// When it began, in seconds since 1970; `nil` when that is not known (it was there at the first poll).
  public var opened: Int?
  /// When it ended.
  public var closed: Int?
  /// When the last poll of a lost node brought values.
  public var lastValues: Int?
  /// Why a node cannot be polled, a plugin fails, or the collector is in trouble.
  public var words: String?
  /// The end of the planned work that has held it, and where that stands in the settings.
  public var plannedUntil: Int?
  public var plannedBy: String?
  /// How often it began within the time of `flapping`, and when.
  public var beginnings: [Int]
  /// Of a reminder, its number; of an escalation, whom it was told to first, and when.
  public var reminder: Int?
  public var toldTo: String?
  public var toldAt: Int?
  /// Acknowledged by whom.
  public var acknowledgedBy: String?
  /// The values that are wrong, the worst first; of a closed incident those that were.
  public var parts: [NotificationPart]
  /// The names of lost nodes (site), or of the services of a lost node that are not told by themselves; at most 20.
  public var members: [String]
  /// How many members there are, and how many of them are well again.
  public var memberCount: Int
  public var returned: Int
  /// What is unknown because of this incident.
  public var followers: [NotificationFollower]

  public init(
    incident: Int, step: Step, place: Place, groups: [String], host: String, service: String? = nil,
    graph: String? = nil, title: String = "", info: String? = nil, level: Level,
    was: Level? = nil, worst: Level, opened: Int? = nil, closed: Int? = nil
  ) {
    self.incident = incident
    self.step = step
    self.place = place
    self.groups = groups
    self.host = host
    self.service = service
    self.graph = graph
    self.title = title
    self.info = info
    self.level = level
    self.was = was
    self.worst = worst
    self.opened = opened
    self.closed = closed
    beginnings = []
    parts = []
    members = []
    memberCount = 0
    returned = 0
    followers = []
  }
}

/// A graph with values that are unknown because of an incident.
public struct NotificationFollower: Sendable, Hashable {
  public var graph: String
  public var title: String
  /// How many of its values.
  public var count: Int

  public init(graph: String, title: String, count: Int) {
    self.graph = graph
    self.title = title
    self.count = count
  }
}
