extension Level {
  /// The level in capitals, as munin's messages have it.
  public var word: String { rawValue.uppercased() }

  /// munin's (and Nagios') number of the level.
  public var muninNumber: Int {
    switch self {
    case .ok: 0
    case .warning: 1
    case .critical: 2
    case .unknown: 3
    }
  }
}
