/// The time a picture shows.
public enum GraphPeriod: Sendable, Hashable {
  case hour, day, week, month, year
  /// From one time to another, in seconds since 1970.
  case range(start: Int, end: Int)

  /// munin's periods by their names, and the hour of its later versions.
  public init?(_ name: String) {
    switch name {
    case "hour": self = .hour
    case "day": self = .day
    case "week": self = .week
    case "month": self = .month
    case "year": self = .year
    default: return nil
    }
  }

  /// How far a picture goes back, and to what its end is rounded down, both in seconds.
  ///
  /// At 400 pixels an hour has ten seconds to a pixel, so that with a step of ten seconds the line
  /// grows by six pixels in a minute; the others are munin's.
  private var extent: (span: Int, rounding: Int)? {
    switch self {
    case .hour: (4000, 10)
    case .day: (2000 * 60, 300)
    case .week: (12000 * 60, 1500)
    case .month: (48000 * 60, 7200)
    case .year: (400 * 86400, 86400)
    case .range: nil
    }
  }

  /// The first and the last second of a picture drawn now.
  func bounds(now: Int) -> (start: Int, end: Int) {
    if case .range(let start, let end) = self {
      // librrd counts a negative time from now, and its calendar ends somewhere: 2100 is far enough.
      let times = 0...4_102_444_800
      let first = Swift.min(Swift.max(start, times.lowerBound), times.upperBound - 1)
      return (first, Swift.min(Swift.max(first + 1, end), times.upperBound))
    }
    let (span, rounding) = extent!
    let end = now - now % rounding
    return (end - span, end)
  }

  /// What follows the title.
  func suffix(_ clock: (Int) -> String) -> String {
    switch self {
    case .hour: " - by hour"
    case .day: " - by day"
    case .week: " - by week"
    case .month: " - by month"
    case .year: " - by year"
    case .range(let start, let end): " - from \(clock(start)) to \(clock(end))"
    }
  }
}

/// How a graph is to be drawn, beside what its plugin says.
public struct GraphRequest: Sendable, Hashable {
  public var period: GraphPeriod
  /// The present, in seconds since 1970.
  public var now: Int
  /// The drawing area in pixels. Without it the graph's own size counts, or else 400 × 175.
  public var width: Int?
  public var height: Int?
  /// Whether the size is that of the whole picture.
  public var fullSize: Bool
  /// Whether only the lines are drawn: no title, axes, legend.
  public var onlyGraph: Bool
  /// Limits of the vertical axis that hold whatever the values are.
  public var lowerLimit: Double?
  public var upperLimit: Double?
  public var palette: Palette

  public init(
    period: GraphPeriod, now: Int, width: Int? = nil, height: Int? = nil, fullSize: Bool = false,
    onlyGraph: Bool = false, lowerLimit: Double? = nil, upperLimit: Double? = nil,
    palette: Palette = .standard
  ) {
    self.period = period
    self.now = now
    self.width = width
    self.height = height
    self.fullSize = fullSize
    self.onlyGraph = onlyGraph
    self.lowerLimit = lowerLimit
    self.upperLimit = upperLimit
    self.palette = palette
  }

  /// munin's `max_size_x` and `max_size_y`.
  public static let largestSize = 4000
}

/// Where a field's values are.
public struct GraphSource: Sendable, Hashable {
  public var path: String
  /// The time of the newest value, in seconds since 1970.
  public var lastUpdate: Int
  /// Seconds between two values.
  public var step: Int

  public init(path: String, lastUpdate: Int, step: Int = 300) {
    self.path = path
    self.lastUpdate = lastUpdate
    self.step = step
  }
}
