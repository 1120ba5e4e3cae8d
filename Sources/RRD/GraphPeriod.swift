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

  /// The seconds between two points, at 400 pixels.
  var resolution: Int {
    switch self {
    case .hour: 10
    case .day: 300
    case .week: 1800
    case .month: 7200
    case .year: 86400
    case .range: 0
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
