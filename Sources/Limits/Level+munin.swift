internal import Limits

extension Level {
  /// The level in capitals, as munin's messages have it.
  var word: String { rawValue.uppercased() }

  /// munin's (and Nagios') number of the level.
  var muninNumber: Int {
    switch self {
    case .ok: 0
    case .warning: 1
    case .critical: 2
    case .unknown: 3
    }
  }
}
