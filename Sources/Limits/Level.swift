/// How good the value of a field is, or the worst value of a graph or node.
public enum Level: String, Sendable, Hashable, CaseIterable, Comparable {
  /// In its range, or without a range.
  case ok
  /// There has been no value for longer than tolerated.
  case unknown
  /// Outside the warning range.
  case warning
  /// Outside the critical range.
  case critical

  /// From good to bad; unknown is worse than ok, but hides neither warning nor critical.
  public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .ok: 0
    case .unknown: 1
    case .warning: 2
    case .critical: 3
    }
  }
}
