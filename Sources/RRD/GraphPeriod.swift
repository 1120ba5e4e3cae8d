/// The time a picture shows.
public enum GraphPeriod: Sendable, Hashable {
  case hour, day, week, month, year
  /// From one time to another, in seconds since 1970.
  case range(start: Int, end: Int)
  /// The time up to now: the newest value is at the right edge.
  case newest(Span)

  /// How far a picture of the newest values goes back.
  public enum Span: Int, Sendable, Hashable, CaseIterable {
    // At 400 pixels the points of these are 10, 60, 300, 1800 and 7200 seconds apart, about as far as munin's archives have them.
    case minutes = 4000
    case hours = 21_600
    case day = 108_000
    case week = 691_200
    case month = 2_851_200

    /// The shortest span that shows a trouble with twice its time before it.
    /// - Parameters:
    ///   - seconds: how long the trouble has lasted.
    ///   - step: the seconds between two values of the file.
    public static func holding(_ seconds: Int, step: Int) -> Span {
      allCases.first { $0.rawValue / 3 >= seconds && $0.rawValue / 120 >= step } ?? .month
    }

    fileprivate var words: String {
      switch self {
      case .minutes: "last 66 minutes"
      case .hours: "last 6 hours"
      case .day: "last 30 hours"
      case .week: "last 8 days"
      case .month: "last 33 days"
      }
    }

    fileprivate var resolution: Int {
      switch self {
      case .minutes: 10
      case .hours: 60
      case .day: 300
      case .week: 1800
      case .month: 7200
      }
    }
  }

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
    case .range, .newest: nil
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
    case .newest(let span): span.resolution
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
    if case .newest(let span) = self {
      // The point that the present belongs to ends after it.
      let end = (now / span.resolution + 1) * span.resolution
      return (end - span.rawValue, end)
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
    case .newest(let span): " - " + span.words
    }
  }
}
