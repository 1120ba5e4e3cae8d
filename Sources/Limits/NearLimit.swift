/// The range that a good value has nearly left.
public struct NearLimit: Sendable, Hashable {
  public let low: Double?
  public let high: Double?

  public init(low: Double? = nil, high: Double? = nil) {
    self.low = low
    self.high = high
  }
}

extension SeriesRules {
  /// So near to its limit a value is told: this share of the range, of the limit itself where the range has one end.
  private static let nearness = 0.05

  /// The range that a value has nearly left; `nil` for one that is well inside, or outside, and for states.
  /// - Parameters:
  ///   - value: in the unit shown.
  ///   - field: the values of the fields, by the numbers of ``unit``.
  public func near(_ value: Double, _ field: (Int) -> Double?) -> NearLimit? {
    guard let range = watchedRange(field), range.contains(value), isNear(value, range) else {
      return nil
    }
    return NearLimit(low: range.lowest, high: range.highest)
  }

  /// Whether a value has nearly left its range, or is outside.
  public func isNearOrBeyond(_ value: Double, _ field: (Int) -> Double?) -> Bool {
    guard let range = watchedRange(field) else { return false }
    return !range.contains(value) || isNear(value, range)
  }

  /// The range of the warning, else of the critical level.
  private func watchedRange(_ field: (Int) -> Double?) -> ResolvedRange? {
    guard !isState, let rule = warning ?? critical else { return nil }
    return rule.range.resolved(field)
  }

  private func isNear(_ value: Double, _ range: ResolvedRange) -> Bool {
    let size =
      switch (range.lowest, range.highest) {
      case (let low?, let high?): high - low
      case (let low?, nil): low.magnitude
      case (nil, let high?): high.magnitude
      case (nil, nil): 0.0
      }
    let margin = size * SeriesRules.nearness
    return margin > 0 && (range.high - value <= margin || value - range.low <= margin)
  }
}
