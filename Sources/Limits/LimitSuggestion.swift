internal import MuninWire

/// Limits made from a history, and what they would have caused in it.
public struct LimitSuggestion: Sendable, Hashable {
  /// On which side bad values lie.
  public enum Side: Sendable {
    /// Large values are bad.
    case high
    /// Small values are bad.
    case low
  }

  /// The share of all values, 0 to 1, that the warning leaves out.
  public let share: Double
  public let warning: LimitRange
  public let critical: LimitRange
  /// How many troubles there would have been, by their worst level.
  public let warnings: Int
  public let criticals: Int
  /// How many messages.
  public let messages: Int

  /// The shares of a history that are proposed to be bad.
  public static let shares = [0.05, 0.01, 0.001, 0]

  /// Proposes limits, from those that tell often to those that would have told nothing.
  ///
  /// The warning is the quantile, rounded away from the good values to two digits. Critical lies beyond it by half of the way
  /// from the median to it.
  /// - Parameters:
  ///   - rows: see ``Replay/crossings(_:step:by:value:)``; the values are in the unit shown.
  ///   - rules: today's: all but its limits counts.
  /// Limits lie where a value can get: within the field's `min` and `max`, and not below zero where no value ever was.
  /// - Returns: none for a history that holds fewer than 100 known values, or always the same one.
  public static func suggest(
    _ rows: [ReplayRow], step: Int, by rules: SeriesRules, side: Side
  ) -> [LimitSuggestion] {
    let quantiles = Quantiles(rows.map(\.value))
    guard quantiles.count >= 100, let median = quantiles[0.5], let smallest = quantiles.smallest,
      let largest = quantiles.largest, smallest < largest
    else { return [] }
    var suggestions: [LimitSuggestion] = []
    for share in shares {
      guard let quantile = quantiles[side == .high ? 1 - share : share] else { continue }
      let edge = rounded(quantile, side, zero: largest - smallest)
      var beyond = rounded(edge + (edge - median) / 2, side, zero: largest - smallest)
      if let end = end(of: side, rules, smallest: smallest, largest: largest) {
        func isAtEnd(_ limit: Double) -> Bool { side == .high ? limit >= end : limit <= end }
        guard !isAtEnd(edge) else { continue }
        if isAtEnd(beyond) { beyond = edge + (end - edge) / 2 }
      }
      func range(_ limit: Double) -> LimitRange {
        side == .high ? LimitRange(high: limit) : LimitRange(low: limit)
      }
      guard suggestions.last?.warning != range(edge) else { continue }
      var tried = rules
      tried.unit = nil
      tried.possible = Bounds()
      tried.warning = LevelRule(range(edge))
      tried.critical = LevelRule(range(beyond))
      tried.rateWarning = nil
      tried.rateCritical = nil
      tried.trend = nil
      let troubles = Replay.troubles(Replay.crossings(rows, step: step, by: tried))
      let criticals = troubles.count { $0.worst == .critical }
      suggestions.append(
        LimitSuggestion(
          share: share, warning: range(edge), critical: range(beyond),
          warnings: troubles.count - criticals, criticals: criticals,
          messages: troubles.reduce(0) { $0 + $1.messages }))
    }
    return suggestions
  }

  /// What no value can get beyond; `nil` where nobody knows.
  private static func end(
    of side: Side, _ rules: SeriesRules, smallest: Double, largest: Double
  ) -> Double? {
    // In the unit shown there may be other ends.
    let possible = rules.unit == nil ? rules.possible : Bounds()
    switch side {
    case .high: return [possible.max, largest <= 0 ? 0 : nil].compactMap(\.self).min()
    case .low: return [possible.min, smallest >= 0 ? 0 : nil].compactMap(\.self).max()
    }
  }

  /// To two digits, away from the good values.
  /// - Parameter zero: the width of the history; values far smaller than that are 0.
  private static func rounded(_ value: Double, _ side: Side, zero: Double) -> Double {
    guard value.magnitude > zero * 1e-9 else { return 0 }
    var unit = 1.0
    while value.magnitude >= 100 * unit { unit *= 10 }
    while value.magnitude < 10 * unit { unit /= 10 }
    // A value that is a round number already stays, whatever its last bit is.
    let steps = value / unit
    let nearest = steps.rounded()
    let whole =
      (steps - nearest).magnitude < 1e-9
      ? nearest : steps.rounded(side == .high ? .up : .down)
    // By a division, 0.3 is 0.3.
    return unit < 1 ? whole / (1 / unit).rounded() : whole * unit
  }
}
