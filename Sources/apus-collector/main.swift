internal import Collector
internal import Daemon
internal import EventLoop
internal import Glibc
internal import Terminal

func main() -> Int32 {
  do throws(UsageError) {
    switch try usage.parse(CommandWords.arguments) {
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
      if command == "history" {
        return call(command, options, history: try HistoryCommand.order(words, options))
      }
      if command == "why" {
        guard words.count == 1 else { throw usage.error("why: expected one TARGET") }
        return call(command, options, target: words[0])
      }
      guard words.isEmpty else { throw usage.error("unexpected word '\(words[0])'") }
      return call(command, options)
    }
  } catch {
    Terminal.complain("\(error)", program: program)
    return ExitCode.wrongUsage
  }
}

func call(
  _ command: String, _ options: [String: String], history: HistoryCommand.Order? = nil,
  target: String? = nil
) -> Int32 {
  // With this variable librrd would send all updates to rrdcached.
  unsetenv("RRDCACHED_ADDRESS")
  let standard = "/etc/munin/munin.conf"
  let path = options["config"] ?? (access(standard, F_OK) == 0 ? standard : nil)
  if command == "check" {
    return CollectorCheck.run(
      path: path, isTree: options["tree"] != nil, isJSON: options["json"] != nil)
  }
  let configuration = Configuration(path: path)
  for problem in configuration.problems { Terminal.complain(problem, program: program) }
  // `check` names them all. `why` answers one question, and from cron each line of `poll` is a mail.
  let isQuiet =
    target != nil
    || command == "poll" && options["verbose"] == nil && configuration.problems.isEmpty
  for warning in configuration.warnings where !isQuiet {
    Terminal.complain("warning: \(warning)", program: program)
  }
  guard configuration.problems.isEmpty else { return ExitCode.wrongUsage }
  do {
    if command == "fsck" {
      return try FsckCommand.run(configuration, isRepairing: options["repair"] != nil)
    }
    if let target { return try WhyCommand.run(target, configuration) }
    if let history { return try HistoryCommand.run(history, configuration, options) }
    let parts = try CollectorParts(configuration, verbose: options["verbose"] != nil)
    try EventLoop.main.run {
      command == "poll"
        ? try await CollectorPoll.run(parts) : try await CollectorRun(parts, path: path).run()
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
