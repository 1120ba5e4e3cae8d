/// How a field, or a service, is.
public enum Level: String, Sendable, Hashable, CaseIterable, Comparable {
  /// In range, or without any.
  case ok
  /// There was no value for too long.
  case unknown
  /// Outside the range of good values.
  case warning
  /// Outside the range of bearable values.
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
