/// What a value broke, with the numbers that counted at that moment, in the unit shown.
public enum BrokenLimit: Sendable, Hashable {
  /// The range of good values of a level, `nil` for an open end. An end in percent of another field is the number
  /// that it was at that moment.
  case range(Level, low: Double?, high: Double?)
  /// The range of good changes of a level, and the change measured; all per second.
  case rate(Level, low: Double?, high: Double?, measured: Double)
  /// The line through the last values reaches `limit` in so many seconds.
  case trend(limit: Double, reachedIn: Int)

  /// The level that follows from it.
  public var level: Level {
    switch self {
    case .range(let level, _, _), .rate(let level, _, _, _): level
    case .trend: .warning
    }
  }
}
