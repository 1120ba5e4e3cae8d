/// What a value usually is, by former values of the same hours.
public struct UsualRange: Sendable, Hashable {
  /// The smallest and the largest of them.
  public let low: Double
  public let high: Double
  public let median: Double
  /// The median of their distances from the median, as wide as a standard deviation.
  private let spread: Double

  /// So many former values are needed.
  public static let fewest = 8

  /// - Parameter values: former values; unknown and infinite ones do not count.
  public init?(_ values: [Double]) {
    let known = Quantiles(values)
    guard known.count >= UsualRange.fewest, let low = known.smallest, let high = known.largest,
      let median = known[0.5]
    else { return nil }
    self.low = low
    self.high = high
    self.median = median
    let distances = Quantiles(values.lazy.map { ($0 - median).magnitude })
    // The factor makes it the standard deviation of what is distributed normally.
    spread = 1.4826 * (distances[0.5] ?? 0)
  }

  /// Whether nothing of it ever moves: then any other value is out of it.
  public var isConstant: Bool { spread == 0 }

  /// How far a value is out of what is usual, in spreads; `nil` for a value that is not.
  ///
  /// It is when it is out of all former values by half of their range at least, by six spreads from the median, and by a quarter of the
  /// median: one that is only the largest of few is not worth a word.
  public func excess(of value: Double) -> Double? {
    let distance = (value - median).magnitude
    let margin = (high - low) / 2
    guard value.isFinite, value > high + margin || value < low - margin,
      distance > 6 * spread, distance > median.magnitude / 4
    else { return nil }
    return distance / max(spread, median.magnitude / 100, .leastNormalMagnitude)
  }
}
