internal import Daemon
internal import EventLoop
internal import Glibc
internal import Logbook
internal import MuninWire
internal import Node
internal import Settings
internal import Terminal

/// `apus-node run PLUGIN [WORD]`, munin-run: one plugin as the daemon would run it, without a time limit.
@LoopActor
struct RunCommand {
  let prepared: NodeProgram.Prepared
  let places: NodeProgram.Places
  let name: String
  /// What is asked; empty for the values.
  let word: String
  /// Tells of user, environment and command on stderr.
  let debug: Bool

  nonisolated static func start(_ call: Invocation) throws(UsageError) -> Int32 {
    guard (1...2).contains(call.words.count) else {
      throw usage.error("run: expected PLUGIN and at most one word for it")
    }
    guard let prepared = call.prepare(.isToldInOneLine) else { return ExitCode.wrongUsage }
    let command = RunCommand(
      prepared: prepared, places: call.places, name: call.words[0],
      word: call.words.count > 1 ? call.words[1] : "", debug: call.isOn("debug") ?? false)
    return finish { await command.run() }
  }

  /// Replaces this process by the plugin, or lets a built-in plugin answer. Returns only with an answer or an error.
  private func run() async -> CommandResult {
    guard isServiceName(name) else {
      return CommandResult(errors: "# Invalid plugin name '\(name)'\n", status: 1)
    }
    guard word.utf8.allSatisfy({ $0.isWord }) else {
      return CommandResult(errors: "# Invalid argument '\(word)'\n", status: 1)
    }
    let settings = prepared.plugins.settings(for: name)
    let file = places.services.map { "\($0.path)/\(name)" }
    let isHere = file.map { access($0, F_OK) == 0 } ?? false
    if let file, isHere, OwnProcess.realPath(file) != OwnProcess.executable {
      return await isAnsweredInProcess() ? answer(settings) : become(file, settings)
    }
    // A family's bare name and plugins that are not linked can be asked too, as from munin's library.
    guard BuiltInRun.knows(name) else {
      return CommandResult(errors: "# Unknown service '\(name)'\n", status: 1)
    }
    return await answer(settings)
  }

  /// Whether the file is a link to one of munin's own plugins that the daemon answers in process (`stock_plugins`).
  private func isAnsweredInProcess() async -> Bool {
    guard let silent = try? Logbook(to: .file("/dev/null")) else { return false }
    let services = await NodeProgram.services(prepared, places: places, log: silent)
    await services.lookAtStockLinks()
    return services.stockVerdict(on: name) == .builtIn
  }

  private func answer(_ settings: ServiceSettings) async -> CommandResult {
    let note = warning(settings)
    do throws(AccountError) {
      let identity = try await identity(settings)
      tell(identity)
      if settings.user != nil || !settings.groups.isEmpty { try NodeProgram.become(identity) }
    } catch {
      return CommandResult(errors: "\(name): \(error)\n", status: 1)
    }
    guard let run = BuiltInRun(named: name, settings: settings.values) else {
      return CommandResult(errors: "# Unknown service '\(name)'\n", status: 1)
    }
    var result = await run.answer(word)
    result.output = note + result.output
    return result
  }

  /// Changes user and becomes the plugin: its output, its exit status.
  private func become(_ file: String, _ settings: ServiceSettings) async -> CommandResult {
    if prepared.settings.paranoia, let danger = Permissions.danger(of: file) {
      return CommandResult(errors: "\(name): not run (paranoia): \(danger)\n", status: 2)
    }
    let runner = OutsidePlugins(
      node: prepared.settings, nodeName: await Banner.name(prepared.settings),
      environment: OwnProcess.environment, debug: places.debugsPlugins, clock: .real)
    let request = OutsidePlugins.Request(
      arguments: word.isEmpty ? [] : [word], master: "", capabilities: Capabilities(),
      limit: .seconds(0))
    let program: ChildProgram
    let note = warning(settings)
    do throws(AccountError) {
      let start = try await runner.program(
        at: file, service: name, settings: settings, request)
      program = start.program
      if let problem = runner.prepareState(for: start.identity) {
        Terminal.complain("\(name): \(problem)", program: "apus-node")
      }
      tell(start.identity)
      try NodeProgram.become(start.identity)
    } catch {
      return CommandResult(errors: "\(name): \(error)\n", status: 1)
    }
    if !note.isEmpty { Terminal.say(String(note.dropLast())) }
    if debug {
      for value in program.environment.sorted() { remark("environment \(value)") }
      remark("command \(([program.path] + program.arguments).joined(separator: " "))")
    }
    umask(0o002)
    chdir("/")
    let problem = program.replaceThisProcess()
    return CommandResult(errors: "\(name): \(problem)\n", status: 1)
  }

  private func identity(_ settings: ServiceSettings) async throws(AccountError) -> Identity {
    try await Accounts(
      user: prepared.settings.defaultPluginUser, group: prepared.settings.defaultPluginGroup
    ).identity(for: settings)
  }

  private func warning(_ settings: ServiceSettings) -> String {
    guard geteuid() != 0, settings.user != nil || !settings.groups.isEmpty else { return "" }
    return "# Warning: Root privileges are required to change user/group.  "
      + "The plugin may not behave as expected.\n"
  }

  private func tell(_ identity: Identity) {
    guard debug else { return }
    if let credentials = identity.credentials {
      let groups = credentials.groups.map(String.init).joined(separator: " ")
      remark("user \(identity.userName) (uid \(credentials.user)), groups \(groups)")
    } else {
      remark("user \(identity.userName), whom only root could change")
    }
  }

  private func remark(_ text: String) {
    let bytes = Array("# \(text)\n".utf8)
    _ = write(2, bytes, bytes.count)
  }
}
