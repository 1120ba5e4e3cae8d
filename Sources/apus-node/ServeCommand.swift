internal import Daemon
internal import EventLoop
internal import Logbook
internal import Node
internal import Settings
internal import Terminal

/// `apus-node` without a command: serves masters until SIGTERM.
enum ServeCommand {
  static func start(_ call: Invocation) throws(UsageError) -> Int32 {
    try call.expectNoWords()
    guard let prepared = call.prepare() else { return ExitCode.wrongUsage }
    var background: Background?
    if prepared.settings.background, call.isOn("foreground") != true {
      do throws(IOError) {
        background = try Background.enter(newSession: prepared.settings.setsid)
      } catch {
        Terminal.complain("\(error)", program: program)
        return ExitCode.failed
      }
    }
    let (caller, places, severity) = (background, call.places, call.logSeverity(prepared))
    return finish {
      let log = try Logbook(to: prepared.log, severity: severity)
      for warning in prepared.warnings { log.note("warning: \(warning)", .warning) }
      try await NodeProgram.run(prepared, places: places, log: log) { caller?.ready() }
      return CommandResult()
    }
  }
}

extension Invocation {
  /// `--debug` goes before `log_level`.
  func logSeverity(_ prepared: NodeProgram.Prepared) -> Logbook.Severity {
    isOn("debug") == true ? .debug : prepared.logSeverity
  }
}
