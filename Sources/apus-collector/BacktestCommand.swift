internal import Collector
internal import EventLoop
internal import Glibc
internal import Ledger
internal import MuninWire
internal import Settings
internal import Terminal

/// `apus-collector backtest TARGET`: what limits would have caused in the history.
enum BacktestCommand {
  /// What the options of `backtest` and `suggest` say.
  struct Order {
    let target: String
    /// Seconds of history.
    let span: Int
    var proposal = Backtest.Proposal()

    init(_ target: String, _ options: [String: String]) throws(UsageError) {
      self.target = target
      span = try BacktestCommand.span(options)
      proposal = Backtest.Proposal(
        warning: options["warning"], critical: options["critical"], hold: options["hold"])
    }
  }

  /// The seconds of `--since`.
  static func span(_ options: [String: String]) throws(UsageError) -> Int {
    let since = options["since"] ?? "30d"
    guard let span = parseTimeSpan(since.utf8.span), span <= 10 * 366 * 86_400 else {
      throw usage.error("option --since: expected a time such as 30d, found '\(since)'")
    }
    return span
  }

  static func run(_ order: Order, _ configuration: Configuration) throws -> Int32 {
    try withLedger(configuration) { ledger, now in
      try await Backtest(
        order.target, order.proposal, configuration.settings, ledger: ledger,
        since: now - order.span, now: now
      ).lines
    }
  }

  /// Prints what a look at the ledger and the files finds. It only reads, so it may run beside a collector.
  static func withLedger(
    _ configuration: Configuration,
    _ body: @escaping @LoopActor @Sendable (Ledger, Int) async throws -> [String]
  ) throws -> Int32 {
    let folder = configuration.settings.databaseDirectory
    let path = "\(folder)/apus.sqlite"
    guard access(path, F_OK) == 0 else {
      Terminal.complain("\(folder): no collector has run here yet", program: program)
      return ExitCode.failed
    }
    try FolderOwner.become(of: folder)
    let ledger = try Ledger(path: path)
    try EventLoop.main.run {
      for line in try await body(ledger, time(nil)) { Terminal.say(line) }
    }
    return ExitCode.done
  }
}
