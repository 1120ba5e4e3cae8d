/// How a value moves: its change over the last runs, and the line through its last samples.
extension SampleHistory {
  /// The change per second over the last three runs, and over a minute at least; `nil` when the samples do not reach back so far, or
  /// have a gap there.
  func change(to value: Double, at time: UInt32, period: Int) -> Double? {
    let seconds = max(60, 3 * period)
    // The first sample after that moment, and so far the newest.
    var later = (time: time, value: value)
    for place in stride(from: count - 1, through: 0, by: -1) {
      let (then, former) = self[place]
      guard then < time else { continue }
      let before = Int(time - then) - seconds
      guard before >= 0 else {
        later = (then, former)
        continue
      }
      guard before <= 2 * seconds else { return nil }
      // Between two samples the value is taken to lie on the line through them.
      let part = Double(before) / Double(later.time - then)
      return (value - former - (later.value - former) * part) / Double(seconds)
    }
    return nil
  }

  /// How far apart the samples for a rate are kept.
  static func rateSpacing(period: Int) -> Int { max(60, 3 * period) / 16 }

  /// The time that a trend looks back over.
  static func span(of trend: TrendRule, period: Int) -> Int { max(trend.horizon / 3, 8 * period) }

  /// How far apart the samples for a trend are kept. Half a period is left: polls do not come to the second.
  static func trendSpacing(of trend: TrendRule, period: Int) -> Int {
    max(1, span(of: trend, period: period) / (SampleHistory.most - 4) - period / 2)
  }

  /// The line through the samples of the last `span` seconds, and where it is at `time`; `nil` when they are too few, do not
  /// cover two thirds of the span, or lie too far from any line.
  /// - Parameter fit: the share of the movement, 0 to 1, that the line has to explain (r²).
  func line(to value: Double, at time: UInt32, span: Int, fit: Double) -> Line? {
    var points: (count: Int, time: Double, value: Double) = (1, 0, value)
    var oldest = 0.0
    // Times count back from now, so that nothing is lost to their size.
    for place in 0..<count {
      let (then, former) = self[place]
      guard then < time, Int(time - then) <= span else { continue }
      let ago = -Double(time - then)
      oldest = min(oldest, ago)
      points.count += 1
      points.time += ago
      points.value += former
    }
    guard points.count >= 5, -oldest >= Double(span) * 2 / 3 else { return nil }
    let meanTime = points.time / Double(points.count)
    let meanValue = points.value / Double(points.count)
    // The newest value is a point too.
    var times = meanTime * meanTime
    var products = -meanTime * (value - meanValue)
    var values = (value - meanValue) * (value - meanValue)
    for place in 0..<count {
      let (then, former) = self[place]
      guard then < time, Int(time - then) <= span else { continue }
      let dt = -Double(time - then) - meanTime
      let dv = former - meanValue
      times += dt * dt
      products += dt * dv
      values += dv * dv
    }
    guard times > 0, values > 0, values.isFinite else { return nil }
    let slope = products / times
    guard products * products / (times * values) >= fit else { return nil }
    return Line(slope: slope, end: meanValue - slope * meanTime)
  }

  /// A line through samples.
  struct Line {
    /// Per second.
    let slope: Double
    /// Where it is at the newest sample.
    let end: Double

    /// When it leaves a range, in seconds from now, and the limit there; `nil` when it never does.
    func reach(_ range: ResolvedRange) -> (seconds: Double, limit: Double)? {
      let limit = slope > 0 ? range.high : range.low
      guard limit.isFinite, slope != 0 else { return nil }
      return (max(0, (limit - end) / slope), limit)
    }
  }
}
