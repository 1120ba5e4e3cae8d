public import MuninWire

/// A range of good values and when a level that began ends.
public struct LevelRule: Sendable, Hashable {
  /// Values outside are bad.
  public var range: LimitRange
  /// The level ends only inside this range; `nil` for ``range`` itself.
  public var clear: LimitRange?

  public init(_ range: LimitRange, clear: LimitRange? = nil) {
    self.range = range
    self.clear = clear
  }

  /// The range that ends the level.
  public var end: LimitRange { clear ?? range }
}

/// Warns when the line through the last samples reaches a limit soon.
public struct TrendRule: Sendable, Hashable {
  /// How far ahead is looked, in seconds.
  public var horizon: Int

  public init(horizon: Int) { self.horizon = horizon }
}

/// A range of good changes of the value in the unit shown, over at least three runs and a minute.
public struct RateRule: Sendable, Hashable {
  /// The smallest good change per second.
  public var low: Double?
  /// The largest good change per second.
  public var high: Double?
  /// The unit of time that it was written in, in seconds: 60 for `/min`.
  public var unit: Int

  public init(low: Double? = nil, high: Double? = nil, unit: Int = 1) {
    self.low = low
    self.high = high
    self.unit = unit
  }

  /// Reads `:100/min`; `nil` for anything else.
  public init?(_ text: String) {
    guard let rate = parseRateRange(text) else { return nil }
    let seconds = Double(rate.seconds)
    self.init(
      low: rate.low.map { $0 / seconds }, high: rate.high.map { $0 / seconds }, unit: rate.seconds)
  }

  func contains(_ change: Double) -> Bool {
    change >= low ?? -.infinity && change <= high ?? .infinity
  }
}

/// How one series is judged. Equal rules are kept once by ``SeriesJudge``, however many series have them.
public struct SeriesRules: Sendable, Hashable {
  /// By which habits a value is judged.
  public enum Manner: Sendable, Hashable {
    case apus
    /// Exactly as munin-limits does, see ``MuninJudge``.
    case munin
  }

  /// What the numbers are.
  public var type: FieldType
  /// The values that can be at all, before ``unit``, as the field's `min` and `max` say: others are unknown, in the RRD file too.
  public var possible: Bounds
  /// How long, in seconds, a value counts after it was taken, and over how long a rate is believed.
  public var freshness: Int
  public var unknownLimit: UnknownLimit
  /// What makes the unit shown of the value: `cdef` and `graph_period`; `nil` when the value is shown as it is.
  ///
  /// Field 0 is the series itself; field n + 1 is number n of those that ``SeriesJudge`` asks its caller for.
  public var unit: Calculation?
  public var warning: LevelRule?
  public var critical: LevelRule?
  /// How many runs have to be bad before a warning counts.
  public var hold: Hold
  /// The same for critical.
  public var holdCritical: Hold
  public var rateWarning: RateRule?
  public var rateCritical: RateRule?
  public var trend: TrendRule?
  /// After how many seconds a trouble that lasts is told again; `nil` for never.
  public var repeats: Int?
  /// Whether the field tells a state, as a server that is down does.
  public var isState: Bool
  public var manner: Manner

  /// Whether the change per time is limited, or the time until a limit is reached.
  public var limitsMovement: Bool { rateWarning != nil || rateCritical != nil || trend != nil }

  public init(
    type: FieldType = .gauge, possible: Bounds = Bounds(), freshness: Int = 600,
    unknownLimit: UnknownLimit = .standard, unit: Calculation? = nil, warning: LevelRule? = nil,
    critical: LevelRule? = nil, hold: Hold = .twoOfThree, holdCritical: Hold = .atOnce,
    rateWarning: RateRule? = nil, rateCritical: RateRule? = nil, trend: TrendRule? = nil,
    repeats: Int? = nil, isState: Bool = false, manner: Manner = .apus
  ) {
    self.type = type
    self.possible = possible
    self.freshness = freshness
    self.unknownLimit = unknownLimit
    self.unit = unit
    self.warning = warning
    self.critical = critical
    self.hold = hold
    self.holdCritical = holdCritical
    self.rateWarning = rateWarning
    self.rateCritical = rateCritical
    self.trend = trend
    self.repeats = repeats
    self.isState = isState
    self.manner = manner
  }
}

extension SeriesRules {
  /// Of what mostly differs only: each series at a start looks for its rules.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(freshness)
    hasher.combine(warning?.range.low?.constant)
    hasher.combine(warning?.range.high?.constant)
    hasher.combine(critical?.range.low?.constant)
    hasher.combine(critical?.range.high?.constant)
  }
}
