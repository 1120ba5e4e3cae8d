internal import Collector
internal import Ledger
internal import Logbook
internal import Settings
internal import Terminal

/// Where a command says what `check` warns of. `check` itself names all.
struct StartWarnings: Sendable {
  private let configuration: Configuration
  /// Whether it is said at each start.
  private let isEach: Bool
  /// Whether it is said on stderr.
  private let isShown: Bool

  init(_ configuration: Configuration, _ order: CommandOrder, isVerbose: Bool) {
    self.configuration = configuration
    switch order {
    case .poll:
      // cron starts it every five minutes, and each line on stderr is a mail. Beside errors the warnings are a part of the answer.
      isEach = isVerbose
      isShown = isVerbose || !configuration.problems.isEmpty
    case .why, .alerts, .backtest, .suggest:
      // They answer one question.
      isEach = true
      isShown = false
    default:
      isEach = true
      isShown = true
    }
  }

  /// Writes them to stderr.
  func show() {
    guard isShown else { return }
    for warning in configuration.warnings {
      Terminal.complain(Configuration.line(ofWarning: warning), program: program)
    }
  }

  /// Writes them to a log that is elsewhere: nobody reads the stderr of a service.
  /// - Parameter ledger: knows those of former starts.
  func note(in log: Logbook, _ ledger: Ledger) async {
    guard configuration.settings.logDestination != .standardError else { return }
    var warnings = configuration.warnings
    // A ledger that cannot be written is told by everything that follows.
    let new = try? await ToldWarnings.replace(by: warnings, in: ledger)
    if !isEach { warnings = new ?? [] }
    for warning in warnings { log.note(Configuration.line(ofWarning: warning), .warning) }
  }
}
