internal import Terminal

/// A command with its words understood.
enum CommandOrder {
  case run, poll, check, fsck
  case why(target: String)
  case history(HistoryCommand.Order)
  case alerts(AlertsCommand.Order)
  case nagiosCheck(target: String)
  case backtest(BacktestCommand.Order)
  case suggest(BacktestCommand.Order)

  init(_ command: String, _ words: [String], _ options: [String: String]) throws(UsageError) {
    switch command {
    case "history": self = .history(try HistoryCommand.order(words, options))
    case "alerts": self = .alerts(try AlertsCommand.order(words, options))
    case "why", "backtest", "suggest", NagiosCheckCommand.name:
      guard words.count == 1 else { throw usage.error("\(command): expected one TARGET") }
      self =
        switch command {
        case "why": .why(target: words[0])
        case "backtest": .backtest(try BacktestCommand.Order(words[0], options))
        case "suggest": .suggest(try BacktestCommand.Order(words[0], options))
        default: .nagiosCheck(target: words[0])
        }
    default:
      guard words.isEmpty else { throw usage.error("unexpected word '\(words[0])'") }
      self =
        switch command {
        case "poll": .poll
        case "check": .check
        case "fsck": .fsck
        default: .run
        }
    }
  }
}
