internal import Daemon
internal import EventLoop
internal import Glibc
internal import Logbook
internal import MuninWire
internal import Node
internal import PluginKit
internal import Plugins
internal import Settings
internal import Terminal
internal import Text

/// `apus-node check`: reads every setting, looks at every plugin, and says what is wrong.
///
/// It changes nothing: what plugins keep between two answers goes into a folder of its own that is removed.
@LoopActor
struct CheckCommand {
  let prepared: NodeProgram.Prepared
  let places: NodeProgram.Places
  let services: ServiceList
  private(set) var result = CommandResult()
  private var problems = 0
  /// The `env.` settings that were reported, by service.
  var told: [String: Set<String>] = [:]
  /// Users and groups that do not exist, each with the services that cannot run therefore.
  var accountFaults: [(text: String, services: [String])] = []

  nonisolated static func start(_ call: Invocation) throws(UsageError) -> Int32 {
    try call.expectNoWords()
    let address = call.options["as"]
    if let address, Address(address) == nil {
      throw usage.error("--as: expected an IP address, found '\(address)'")
    }
    guard let prepared = call.prepare(.isAFinding) else { return ExitCode.wrongUsage }
    let places = call.places
    return finish { try await run(prepared, places: places, as: address) }
  }

  /// - Parameter address: a master's; the services that it would see are listed.
  /// - Returns: the findings; status 2 when there is a problem.
  private static func run(
    _ prepared: NodeProgram.Prepared, places: NodeProgram.Places, as address: String?
  ) async throws(IOError) -> CommandResult {
    let folder = try TrialFolder()
    defer { folder.remove() }
    var prepared = prepared
    prepared.settings.stateDirectory = folder.path
    // Errors of plugins are findings here; the log would repeat them.
    let services = await NodeProgram.services(
      prepared, places: places, log: try Logbook(to: .file("/dev/null")))
    var check = CheckCommand(prepared: prepared, places: places, services: services)
    await check.look()
    if let address { await check.show(to: address) } else { check.lookAtLoopback() }
    check.conclude()
    return check.result
  }

  private init(
    prepared: NodeProgram.Prepared, places: NodeProgram.Places, services: ServiceList
  ) {
    self.prepared = prepared
    self.places = places
    self.services = services
  }

  private mutating func look() async {
    for failure in prepared.unread {
      problem("\(failure); its settings are not checked and have no effect here")
    }
    for text in prepared.warnings { warning(text) }
    await lookAtStart()
    do throws(IOError) {
      try await services.load(program: OwnProcess.executable)
    } catch {
      problem("\(error)")
    }
    lookAtFiles()
    await reviewPluginSettings()
    await lookAtServices()
    tellAnswerers()
  }

  private mutating func conclude() {
    let count = services.entries.count(where: \.isListed)
    let found = problems == 0 ? "no problem" : Amount.count(problems, "problem")
    result.say("\(Amount.count(count, "service")) of \(services.nodeName), \(found)")
    result.status = problems == 0 ? ExitCode.done : ExitCode.wrongUsage
  }

  mutating func problem(_ text: String) {
    problems += 1
    result.say("problem: \(text)")
  }

  mutating func warning(_ text: String) { result.say("warning: \(text)") }

  // MARK: A master's view

  private mutating func show(to address: String) async {
    if let reason = prepared.access.refusal(of: address) {
      return problem("\(address): refused: \(reason)")
    }
    result.say("\(address) is let in and sees:")
    var caller = Capabilities()
    caller.announce(["multigraph", "dirtyconfig"])
    for node in await services.nodes() {
      let names = await services.list(host: node, for: caller)
      result.say("  \(node): \(names.joined(separator: " "))")
    }
  }

  /// A master on this machine is the usual first try; that it is refused may be wanted.
  private mutating func lookAtLoopback() {
    let address = "127.0.0.1"
    guard prepared.settings.hosts.contains(where: { !$0.hasPrefix("/") }),
      let reason = prepared.access.refusal(of: address)
    else { return }
    result.say("note: a master at \(address) is refused: \(reason)")
  }

  // MARK: Who answers

  /// Says which of munin's own plugins are answered in process, and why others are not.
  private mutating func tellAnswerers() {
    let entries = services.entries
    let builtIn = entries.filter { $0.verdict == .builtIn }.map(\.name)
    if !builtIn.isEmpty {
      result.say("answered in process for munin's own plugins: \(builtIn.joined(separator: " "))")
    }
    for entry in entries {
      if case .script(let reason) = entry.verdict {
        result.say("answered by munin's own plugin: \(entry.name): \(reason)")
      }
    }
  }
}
