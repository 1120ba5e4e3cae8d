/// A series' step from one level to another, as ``SeriesJudge`` finds it.
public struct LevelCrossing: Sendable, Hashable {
  /// What made the change.
  public enum Reason: Sendable, Hashable {
    /// A known value.
    case value
    /// No known value for longer than tolerated.
    case silence
    /// Other limits, or none any more, in the settings or in the plugin's description.
    case settings
    /// The series is no longer watched: its field, service or node is gone.
    case removed
  }

  public let series: SeriesNumber
  /// The level that ended.
  public let from: Level
  /// The level that began.
  public let to: Level
  /// When the level ``from`` began, in seconds since 1970; `nil` when that is not known: the series had it when it was first
  /// seen.
  public let since: Int?
  /// When the first value ever known was taken; `nil` when there was none: then nobody has ever seen the level ``from``.
  public let knownSince: Int?
  /// When the first bad run of those that made the change was: with a hold earlier than ``at``. For
  /// ``Level/unknown`` the first run without a value; `nil` when the series became good.
  public let badSince: Int?
  /// When the change was made: the time of the deciding sample.
  public let at: Int
  /// The deciding value in the unit shown; `nil` when a lack of values decided.
  public let value: Double?
  /// What the value broke; `nil` when it broke nothing, or a lack of values decided.
  public let broken: BrokenLimit?
  public let reason: Reason

  public init(
    series: SeriesNumber, from: Level, to: Level, since: Int? = nil, knownSince: Int? = nil,
    badSince: Int? = nil, at: Int, value: Double? = nil, broken: BrokenLimit? = nil,
    reason: Reason = .value
  ) {
    self.series = series
    self.from = from
    self.to = to
    self.since = since
    self.knownSince = knownSince
    self.badSince = badSince
    self.at = at
    self.value = value
    self.broken = broken
    self.reason = reason
  }

  /// When the level ``to`` began: the first bad run of those that made the change, or the change itself.
  public var began: Int { badSince ?? at }

  /// How long the level ``from`` lasted, in seconds; `nil` when its begin is not known.
  public var lasted: Int? { since.map { max(0, began - $0) } }
}
