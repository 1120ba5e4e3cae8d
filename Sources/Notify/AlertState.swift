internal import Limits

/// A level as messages name and colour it.
enum AlertState: String, Sendable, Hashable {
  case ok = "OK"
  case unknown = "UNKNOWN"
  case warning = "WARNING"
  case critical = "CRITICAL"

  init(_ level: Level) {
    self =
      switch level {
      case .ok: .ok
      case .unknown: .unknown
      case .warning: .warning
      case .critical: .critical
      }
  }

  var word: String { rawValue }

  var level: Level {
    switch self {
    case .ok: .ok
    case .unknown: .unknown
    case .warning: .warning
    case .critical: .critical
    }
  }

  /// The colour of its bar in HTML, and that of the words on it, readable on it.
  var colours: (bar: String, words: String) {
    switch self {
    case .ok: ("#2E7D32", "#FFFFFF")
    case .unknown: ("#546E7A", "#FFFFFF")
    case .warning: ("#F9A825", "#000000")
    case .critical: ("#C62828", "#FFFFFF")
    }
  }
}
