internal import MuninWire

/// Checks of thresholds on times.
enum NTPThresholds {
  /// Larger bounds are milliseconds whose unit was mistaken: `env.offset_warning -50:50`.
  private static let mostSeconds = 20.0

  /// Says why a range of seconds cannot be meant; `nil` for one that can.
  @Sendable static func checkSeconds(_ value: String) -> String? {
    guard let range = Bounds(value) else { return nil }
    for bound in [range.min, range.max] {
      if let bound, bound.magnitude > mostSeconds {
        return "the unit is seconds; 50 milliseconds are 0.05"
      }
    }
    return nil
  }
}
