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

  /// What is wrong with a plugin.
  public enum Fault: Sendable, Hashable {
    /// It gives errors in place of values: its words.
    case fails(String)
    /// The node lists the service no longer.
    case notListed
    /// It has no values of something any more, as of a disk that was removed: its name.
    case withoutSubject(String)
  }

  /// Another incident of the same place that is still open.
  public struct Other: Sendable, Hashable {
    public var incident: Int
    public var level: Level
    /// The service, or the node of a site.
    public var name: String
    public var part: NotificationPart?

    public init(incident: Int, level: Level, name: String, part: NotificationPart? = nil) {
      self.incident = incident
      self.level = level
      self.name = name
      self.part = part
    }
  }

  /// Why some of the nodes that were lost together cannot be polled.
  public struct Reason: Sendable, Hashable {
    public var words: String
    /// How many nodes have this reason, and the name of the first of them.
    public var count: Int
    public var first: String

    public init(words: String, count: Int, first: String) {
      self.words = words
      self.count = count
      self.first = first
    }
  }

  /// What the incident is about.
  public enum Place: Sendable, Hashable {
    case service(node: NodeNumber, name: String)
    /// A node that cannot be polled; with parts and without words, values of several services of it that became unknown together.
    case node(NodeNumber)
    /// Nodes that were lost together.
    case site
    /// The collector itself.
    case collector
  }

  /// The ``words`` about values that their node no longer describes.
  public static let removedWords = "it is no longer watched"

  /// The number of the incident.
  public var incident: Int
  public var step: Step
  public var place: Place
  /// The path of the node's groups, or of the site.
  public var groups: [String]
  /// The name of the node as people are told it (`notify_alias`); empty for a site and the collector.
  public var host: String
  /// Its name in munin.conf, where that is another.
  public var name: String?
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
  /// When the step happened.
  public var at: Int?
  /// When the last poll of a lost node brought values.
  public var lastValues: Int?
  /// Why a node cannot be polled, or the collector is in trouble; ``title`` then says what cannot be done.
  public var words: String?
  /// Further facts about a trouble of the collector, a line each.
  public var details: [String]
  /// What is wrong with the plugin, since when, in seconds since 1970, and in how many polls in a row.
  public var fault: Fault?
  public var faultSince: Int?
  public var polls: Int?
  /// The end of the planned work or silence that has held it, and what that is: `Sun 02:00-04:00 (munin.conf:44)`, `silence by ada (new disk)`.
  public var plannedUntil: Int?
  public var plannedBy: String?
  /// Whether it was a silence.
  public var isAfterSilence: Bool { PlannedWork.isSilence(plannedBy) }
  /// Where the limit stands that ended the incident by being changed, and when it was changed.
  public var changedBy: String?
  public var changedAt: Int?
  /// When it began within the time of `flapping`, how often in all, and after how many quiet seconds it is steady.
  public var beginnings: [Int]
  public var beginningCount: Int
  public var steadyAfter: Int?
  /// Of a reminder, its number, and when the next one comes; of an escalation, whom it was told to first, and when.
  public var reminder: Int?
  public var nextAt: Int?
  public var toldTo: String?
  public var toldAt: Int?
  /// Acknowledged by whom.
  public var acknowledgedBy: String?
  /// The values that are wrong, the worst first; of a closed incident those that were.
  public var parts: [NotificationPart]
  /// The names of lost nodes (site), or of the services of a lost node that are not told by themselves; at most 20.
  public var members: [String]
  /// How many members there are, how many of them answer again (site), and how many nodes the whole group has.
  public var memberCount: Int
  public var returned: Int
  public var groupCount: Int?
  /// Of a site: why its nodes cannot be polled, the reason of most of them first; and the path of one of them in munin.conf.
  public var reasons: [Reason]
  public var memberPath: String?
  /// What is still wrong when a node answers again, or which nodes of a site still do not.
  public var others: [Other]
  /// What is unknown because of this incident.
  public var followers: [NotificationFollower]

  /// Whether it is about values that became unknown together, and not about a node or a plugin.
  public var isOfValues = false

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
    details = []
    beginnings = []
    beginningCount = 0
    parts = []
    members = []
    memberCount = 0
    returned = 0
    reasons = []
    others = []
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
