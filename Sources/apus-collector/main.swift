internal import Collector
internal import Daemon
internal import EventLoop
internal import Glibc
internal import Terminal

func main() -> Int32 {
  let words = CommandWords.arguments
  do throws(UsageError) {
    switch try usage.parse(words) {
    case .help:
      Terminal.say(usage.text)
      return ExitCode.done
    case .version:
      Terminal.say("\(program) \(apusVersion)")
      return ExitCode.done
    case .run(let command, let options, let words):
      guard !command.isEmpty else {
        throw usage.error("expected a command: \(usage.commandNames)")
      }
      return call(try CommandOrder(command, words, options), options)
    }
  } catch {
    // Nagios would read the status of a wrong call as "critical".
    if words.first == NagiosCheckCommand.name {
      return NagiosCheckCommand.tell(NagiosAnswer(failure: "\(error)"))
    }
    Terminal.complain("\(error)", program: program)
    return ExitCode.wrongUsage
  }
}

func call(_ order: CommandOrder, _ options: [String: String]) -> Int32 {
  // With this variable librrd would send all updates to rrdcached.
  unsetenv("RRDCACHED_ADDRESS")
  let standard = "/etc/munin/munin.conf"
  let path = options["config"] ?? (access(standard, F_OK) == 0 ? standard : nil)
  switch order {
  case .check:
    return CollectorCheck.run(
      path: path, isTree: options["tree"] != nil, isJSON: options["json"] != nil)
  case .nagiosCheck(let target): return NagiosCheckCommand.run(target, path: path)
  default: break
  }
  let configuration = Configuration(path: path)
  for problem in configuration.problems { Terminal.complain(problem, program: program) }
  let isVerbose = options["verbose"] != nil
  let warnings = StartWarnings(configuration, order, isVerbose: isVerbose)
  warnings.show()
  guard configuration.problems.isEmpty else { return ExitCode.wrongUsage }
  do {
    switch order {
    case .fsck:
      return try FsckCommand.run(configuration, isRepairing: options["repair"] != nil)
    case .why(let target): return try WhyCommand.run(target, configuration)
    case .history(let order): return try HistoryCommand.run(order, configuration, options)
    case .alerts(let order): return try AlertsCommand.run(order, configuration)
    case .backtest(let order): return try BacktestCommand.run(order, configuration)
    case .suggest(let order): return try SuggestCommand.run(order, configuration)
    case .check, .nagiosCheck: break
    case .run, .poll:
      let parts = try CollectorParts(configuration, warnings, verbose: isVerbose)
      try EventLoop.main.run {
        if case .poll = order {
          try await CollectorPoll.run(parts, writesAll: options["write"] != nil)
        } else {
          try await CollectorRun(parts, path: path).run()
        }
      }
    }
    return ExitCode.done
  } catch is CollectorPoll.KnownFailure {
    return ExitCode.failed
  } catch {
    Terminal.complain("\(error)", program: program)
    return ExitCode.failed
  }
}

exit(main())
