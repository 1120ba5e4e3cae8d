public import Limits

/// How ``IncidentMachine`` asks for names and settings of what it hears of: three functions of who keeps the inventory. Each may
/// answer `nil` for what is not known (any more).
public struct AlertFacts {
  public let node: (NodeNumber) -> NodeFacts?
  public let service: (NodeNumber, String) -> ServiceFacts?
  public let series: (SeriesNumber) -> SeriesFacts?
  /// Seconds after which a trouble of the collector itself that lasts is told again.
  public let ownRepeats: Int?

  public init(
    node: @escaping (NodeNumber) -> NodeFacts?,
    service: @escaping (NodeNumber, String) -> ServiceFacts?,
    series: @escaping (SeriesNumber) -> SeriesFacts?, ownRepeats: Int? = nil
  ) {
    self.ownRepeats = ownRepeats
    self.node = node
    self.service = service
    self.series = series
  }
}

/// What the inventory and the settings say of a node.
public struct NodeFacts: Sendable {
  /// The path of its groups, and its name.
  public var groups: [String]
  public var host: String
  /// As people are told of it (`notify_alias`); `nil` for the name.
  public var alias: String?
  /// `host:port`, the same for nodes that one machine answers for.
  public var endpoint: String?
  /// The node behind which it is reached (`parent`).
  public var parent: NodeNumber?
  /// Seconds between two polls.
  public var period: Int
  /// Who is told that it cannot be polled.
  public var contacts: [String]
  /// Windows of the node and its groups.
  public var windows: [MaintenanceWindow]
  public var flapping: FlappingRule?
  /// Seconds after which a trouble that lasts is told again.
  public var repeats: Int?
  /// The services that it lists.
  public var services: [String]

  public init(
    groups: [String], host: String, alias: String? = nil, endpoint: String? = nil,
    parent: NodeNumber? = nil, period: Int = 300, contacts: [String] = [],
    windows: [MaintenanceWindow] = [], flapping: FlappingRule? = .standard, repeats: Int? = nil,
    services: [String] = []
  ) {
    self.groups = groups
    self.host = host
    self.alias = alias
    self.endpoint = endpoint
    self.parent = parent
    self.period = max(1, period)
    self.contacts = contacts
    self.windows = windows
    self.flapping = flapping
    self.repeats = repeats
    self.services = services
  }
}

/// What the inventory and the settings say of a service.
public struct ServiceFacts: Sendable {
  /// Who is told of it.
  public var contacts: [String]
  /// Windows of the service, the node and its groups.
  public var windows: [MaintenanceWindow]
  public var flapping: FlappingRule?
  public var repeats: Int?
  /// Services of a node with the same subject share an incident (`subject`).
  public var subject: String?
  /// How many polls in a row may bring nothing before that is told.
  public var unknownLimit: Int
  /// Whether any value of it is judged: only then is a plugin that fails told.
  public var isJudged: Bool

  public init(
    contacts: [String] = [], windows: [MaintenanceWindow] = [],
    flapping: FlappingRule? = .standard, repeats: Int? = nil, subject: String? = nil,
    unknownLimit: Int = 3, isJudged: Bool = true
  ) {
    self.contacts = contacts
    self.windows = windows
    self.flapping = flapping
    self.repeats = repeats
    self.subject = subject
    self.unknownLimit = unknownLimit
    self.isJudged = isJudged
  }
}

/// What the inventory says of a series.
public struct SeriesFacts: Sendable {
  public var node: NodeNumber
  public var service: String
  /// The graph's name, its title, and its explanation.
  public var graph: String
  public var title: String
  public var graphInfo: String?
  public var field: String
  public var label: String
  public var info: String?
  /// What the plugin says of the present value.
  public var extinfo: String?
  /// `graph_vlabel`, `--base`, and `graph_scale`.
  public var unit: String?
  public var base: Int
  public var isScaled: Bool
  /// What a value made of others lacks, line by line.
  public var details: [String]
  /// Whether its service no longer describes it.
  public var isGone = false
  /// Seconds after which a trouble that lasts is told again (`repeat` of the field); `nil` for the service's.
  public var repeats: Int?

  public init(
    node: NodeNumber, service: String, graph: String, title: String, graphInfo: String? = nil,
    field: String, label: String? = nil, info: String? = nil, extinfo: String? = nil,
    unit: String? = nil, base: Int = 1000, isScaled: Bool = true, details: [String] = [],
    repeats: Int? = nil
  ) {
    self.node = node
    self.service = service
    self.graph = graph
    self.title = title
    self.graphInfo = graphInfo
    self.field = field
    self.label = label ?? field
    self.info = info
    self.extinfo = extinfo
    self.unit = unit
    self.base = base
    self.isScaled = isScaled
    self.details = details
    self.repeats = repeats
  }
}

/// How often something begins within a time before it is told as flapping.
public struct FlappingRule: Sendable, Hashable {
  public let count: Int
  public let seconds: Int

  public init(count: Int, seconds: Int) {
    self.count = max(2, count)
    self.seconds = max(1, seconds)
  }

  public static let standard = FlappingRule(count: 3, seconds: 3600)
}
