public import Limits

/// One thing that is wrong in an ``Incident``.
public struct IncidentPart: Sendable, Hashable {
  public enum Subject: Sendable, Hashable {
    case series(SeriesNumber)
    /// The plugin of the service fails, or is gone.
    case fault
    /// A node that cannot be polled.
    case node(NodeNumber)
    /// The collector's own trouble.
    case own
  }

  public enum Role: Int, Sendable, Hashable {
    /// The incident lasts as long as one of these.
    case cause
    /// It is unknown, or lost, because of the causes.
    case follower
    /// It is one of several services' values, and planned work or a silence of its own service holds it back: it takes no part until
    /// that ends.
    case held
  }

  public let subject: Subject
  public var role: Role { didSet { isChanged = true } }
  /// The level now, the one before, and the worst so far.
  public var level: Level { didSet { isChanged = true } }
  public var was: Level
  public var worst: Level
  /// When the level began, in seconds since 1970; `nil` when that is not known: nobody has seen another one.
  public var since: Int?
  /// How long the level before lasted, in seconds; `nil` when that is not known.
  public var lasted: Int?
  /// When the level was found.
  public var at: Int { didSet { isChanged = true } }
  /// The value in the unit shown that made the level; `nil` when it is not known.
  public var value: Double?
  /// The worst value so far, and when it was.
  public var worstValue: Double?
  public var worstAt: Int? { didSet { isChanged = true } }
  public var broken: BrokenLimit?
  /// When it ended; `nil` while it lasts.
  public var until: Int? { didSet { isChanged = true } }
  /// The graph and the field of a series, for messages about one that is no longer known.
  public var graph: String
  public var field: String
  /// Whether it is not as it was written last.
  var isChanged = true

  public init(
    _ subject: Subject, role: Role = .cause, level: Level, was: Level = .ok, since: Int? = nil,
    at: Int, graph: String = "", field: String = ""
  ) {
    self.subject = subject
    self.role = role
    self.level = level
    self.was = was
    self.worst = level
    self.since = since
    self.at = at
    self.graph = graph
    self.field = field
  }

  /// Whether it is wrong now.
  public var isBad: Bool { until == nil }

  /// Whether it is a value of a field, as a target names it: `free`, and `sda.read` of a nested graph.
  public func isOf(field name: String) -> Bool {
    field == name || "\(graph).\(field)".hasSuffix(".\(name)")
  }

  /// Goes on to another level.
  mutating func step(to crossing: LevelCrossing, at now: Int) {
    was = crossing.from
    level = crossing.to
    since = crossing.knownSince == nil ? nil : crossing.began
    lasted = crossing.lasted
    at = now
    value = crossing.value
    if crossing.to == .ok {
      until = crossing.at
    } else {
      until = nil
      // What a hold keeps up after the value is good again broke nothing new.
      broken = crossing.broken ?? broken
      if crossing.to >= worst {
        worst = crossing.to
        if let value { observe(value, at: crossing.at) }
      }
    }
  }

  /// Remembers a value that is farther from its limit than all before.
  /// - Returns: whether it is.
  @discardableResult
  mutating func observe(_ value: Double, at time: Int) -> Bool {
    let isWorse: Bool
    if let worstValue {
      switch broken {
      case .range(_, let low?, _) where value < low: isWorse = value < worstValue
      case .range(_, _, let high?) where value > high: isWorse = value > worstValue
      default: isWorse = false
      }
    } else {
      isWorse = true
    }
    guard isWorse else { return false }
    worstValue = value
    worstAt = time
    return true
  }
}
