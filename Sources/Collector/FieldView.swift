public import Limits

/// One field of a graph.
public struct FieldView: Sendable {
  public var name: String
  public var label: String
  /// The RRD file; empty for a field that is made of others.
  public var path: String
  /// What it is made of, where that are fields of other graphs.
  public var origin: String?
  /// The newest value, per second for rates; `nil` when unknown.
  public var value: Double?
  public var level: Level
  /// When the level began, in seconds since 1970.
  public var since: Int?
  /// The limits, with numbers for shares that are the same at every poll: ``Limits/LimitRange/inNumbers``.
  public var warning: String?
  public var critical: String?
  /// What the plugin says of the field's state.
  public var extinfo: String?

  /// Why it brings no value although its service answers, and since when, in seconds since 1970.
  public var fault: String?
  public var faultSince: Int?

  /// Whether its change per time is limited, or when it reaches a limit: `rate`, `rate_critical`, `trend`.
  public var isMovementLimited = false

  /// Whether it has limits; one without any has no level.
  public var isJudged: Bool {
    warning != nil || critical != nil || isMovementLimited || fault != nil
  }

  public init(
    name: String, label: String, path: String, value: Double? = nil, level: Level = .ok,
    since: Int? = nil, warning: String? = nil, critical: String? = nil, extinfo: String? = nil,
    origin: String? = nil
  ) {
    self.origin = origin
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
