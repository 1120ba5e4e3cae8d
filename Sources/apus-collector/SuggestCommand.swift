internal import Collector
internal import Terminal

/// `apus-collector suggest TARGET`: proposes limits from the history, as lines for munin.conf.
enum SuggestCommand {
  static func run(_ order: BacktestCommand.Order, _ configuration: Configuration) throws -> Int32 {
    try BacktestCommand.withLedger(configuration) { ledger, now in
      try await LimitProposal(
        order.target, configuration.settings, ledger: ledger, since: now - order.span, now: now
      ).lines
    }
  }
}
