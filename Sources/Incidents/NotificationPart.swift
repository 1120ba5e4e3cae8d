public import Limits

/// One value in a ``NotificationLine``.
public struct NotificationPart: Sendable, Hashable {
  /// What was broken.
  public enum Limit: Sendable, Hashable {
    /// Good values lie between these, in the unit shown.
    case range(low: Double?, high: Double?)
    /// The change per `seconds`.
    case rate(low: Double?, high: Double?, seconds: Int, change: Double)
    /// The limit that the line through the last values reaches at a time, and the change per hour.
    case trend(limit: Double, at: Int, perHour: Double)
  }

  public var series: SeriesNumber
  /// The service, where it is not that of the incident.
  public var service: String?
  public var graph: String
  public var title: String
  public var field: String
  public var label: String
  /// Whether the message is sent because of it; without any such part it is the first.
  public var isNews: Bool
  /// The level now, the one before, and the worst so far.
  public var level: Level
  public var was: Level?
  public var worst: Level
  /// In the unit shown; `nil` when it is unknown.
  public var value: Double?
  /// The worst value so far, and when it was.
  public var worstValue: Double?
  public var worstAt: Int?
  public var limit: Limit?
  /// The ranges that count now, for munin's templates and the picture.
  public var warning: Range?
  public var critical: Range?
  /// When the level began, in seconds since 1970; `nil` when that is not known.
  public var since: Int?
  /// How long the level before lasted, in seconds; `nil` when that is not known.
  public var lasted: Int?
  /// How many of the last runs are bad, of how many, where that counts (`hold`).
  public var badRuns: Int?
  public var heldRuns: Int?
  /// What the plugin says about it (`extinfo`, `info`).
  public var extinfo: String?
  public var info: String?
  /// What a value made of others lacks, line by line.
  public var details: [String]
  /// The graph's `graph_vlabel`, its `--base`, and whether values are shown with prefixes (`graph_scale`).
  public var unit: String?
  public var base: Int
  public var isScaled: Bool

  /// A range of good values.
  public struct Range: Sendable, Hashable {
    public var low: Double?
    public var high: Double?

    public init(low: Double?, high: Double?) {
      self.low = low
      self.high = high
    }
  }

  public init(
    series: SeriesNumber, graph: String, title: String, field: String, label: String, level: Level,
    was: Level? = nil, worst: Level, value: Double? = nil, base: Int = 1000, isScaled: Bool = true
  ) {
    self.series = series
    self.graph = graph
    self.title = title
    self.field = field
    self.label = label
    self.level = level
    self.was = was
    self.worst = worst
    self.value = value
    self.base = base
    self.isScaled = isScaled
    isNews = false
    details = []
  }
}
