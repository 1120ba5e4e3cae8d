public import EventLoop
public import Logbook
internal import MuninWire
public import Patterns
public import PluginKit
internal import Plugins
public import Settings

/// The services of this node and how each is asked.
@LoopActor
public final class ServiceList {
  /// The node's own name, as configured.
  public let nodeName: String
  private let settings: PluginSettings
  private let timeout: Int
  let log: Logbook
  private let clock: LoopClock
  private let directory: ServiceDirectory?
  private let environment: PluginEnvironment
  private let builtIns: [BuiltIn]
  private let root: String
  private let buffer = ReadBuffer(sendsErrands: true)
  private var services: [String: Service] = [:]
  private var order: [String] = []
  private var names: [String] = []
  private var ready = false
  private var waiting: [Gate] = []
  /// The last trouble logged of each service, so that it is logged once.
  private var troubles: [String: String] = [:]

  /// - Parameters:
  ///   - directory: where outside plugins are; `nil` or without any, the built-in plugins are offered.
  ///   - environment: the daemon's own, `NAME=VALUE`.
  ///   - builtIns: other than all of the house, for tests.
  ///   - root: where the machine's files are, for tests.
  public init(
    nodeName: String, node: NodeSettings, plugins: PluginSettings, directory: String?,
    ignored: [Pattern], environment: [String], log: Logbook, clock: LoopClock = .real,
    builtIns: [BuiltIn]? = nil, root: String = ""
  ) {
    self.nodeName = nodeName
    settings = plugins
    timeout = node.timeout
    self.log = log
    self.clock = clock
    self.directory = directory.map { ServiceDirectory(path: $0, ignored: ignored) }
    self.environment = PluginEnvironment(inherited: environment, nodeName: nodeName)
    self.builtIns = builtIns ?? builtIn
    self.root = root
  }

  // MARK: Finding out what there is

  /// Reads the service directory's names.
  /// - Throws: ``IOError`` when it cannot be read.
  public func checkDirectory() throws(IOError) { names = try directory?.names() ?? [] }

  /// Finds the services: the files that ``checkDirectory()`` saw, or all built-in plugins that say yes.
  ///
  /// The configs of outside plugins are read several at a time; ``list(host:for:)`` waits for the end.
  /// - Parameter program: the path of this program: a link to it is a built-in plugin.
  public func load(program: String?) async {
    if names.isEmpty {
      for plugin in builtIns { await offer(plugin) }
    } else {
      for name in names { admit(file: name, program: program) }
      noteForeignUsers()
      await readConfigs()
    }
    order = services.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    ready = true
    for gate in waiting { gate.open() }
    waiting = []
  }

  /// Offers a built-in plugin's services, where the machine has something for it.
  private func offer(_ plugin: BuiltIn) async {
    let name = "\(plugin.description.name)"
    let host = host(for: name)
    switch plugin {
    case .local(let local):
      guard local.autoconf(on: host) == .yes else { return }
      add(plugin, as: name.hasSuffix("_") ? local.suggestions(on: host).map { name + $0 } : [name])
    case .remote(let remote):
      guard await remote.autoconf(on: host) == .yes else { return }
      add(
        plugin,
        as: name.hasSuffix("_") ? await remote.suggestions(on: host).map { name + $0 } : [name])
    }
  }

  private func add(_ plugin: BuiltIn, as names: [String]) {
    for name in names where isServiceName(name) && isNamed(name, plugin) {
      services[name] = Service(
        name: name, source: .builtIn(plugin), node: node(of: name),
        isMultigraph: plugin.description.isMultigraph)
    }
  }

  /// Takes a file of the directory: a link to this very program is the built-in plugin of that name.
  private func admit(file name: String, program: String?) {
    guard let directory else { return }
    if let program, directory.target(of: name) == program {
      // `if_err_eth0` begins like `if_` too: the longest name is meant.
      let named = builtIns.filter { isNamed(name, $0) }
      guard
        let plugin = named.max(by: {
          $0.description.name.utf8CodeUnitCount < $1.description.name.utf8CodeUnitCount
        })
      else {
        log.note("\(name): a link to apus-node, but there is no built-in plugin of that name")
        return
      }
      add(plugin, as: [name])
    } else {
      services[name] = Service(
        name: name, source: .outside("\(directory.path)/\(name)"), node: node(of: name))
    }
  }

  private func isNamed(_ name: String, _ plugin: BuiltIn) -> Bool {
    let own = "\(plugin.description.name)"
    // A family has no service of its bare name.
    return own.hasSuffix("_") ? name.hasPrefix(own) && name != own : name == own
  }

  /// Says which plugins are meant for another user: they run as the node's own for now.
  private func noteForeignUsers() {
    let foreign = services.values.filter { service in
      guard case .outside = service.source else { return false }
      let own = settings.settings(for: service.name)
      return own.user != nil || !own.groups.isEmpty
    }
    guard !foreign.isEmpty else { return }
    log.note(
      "user and group of plugin-conf.d are not applied yet, run as the node's own user: "
        + foreign.map(\.name).sorted().joined(separator: " "))
  }

  /// Reads each outside plugin's config once, to learn what it is.
  private func readConfigs() async {
    let names = services.values.filter { if case .outside = $0.source { true } else { false } }
      .map(\.name).sorted()
    await withTaskGroup(of: Void.self) { group in
      for (index, name) in names.enumerated() {
        if index >= 4 { await group.next() }
        if Task.isCancelled { return }
        group.addTask { await self.readConfig(of: name) }
      }
    }
  }

  private func readConfig(of name: String) async {
    var reply = Reply()
    await ask(name, .config, for: Caller(address: "", capabilities: Capabilities()), into: &reply)
    guard var service = services[name] else { return }
    let traits = ConfigTraits(reply.bytes.span)
    if reply.text == "# Timed out\n.\n" || reply.text == ".\n" {
      log.note(
        "\(name): left out, its config is \(reply.count == 2 ? "empty" : "not there in time")")
      services[name] = nil
      return
    }
    service.isMultigraph = traits.isMultigraph
    service.isDirty = traits.isDirty
    if settings.settings(for: name).hostName == nil, let other = traits.hostName {
      service.node = other.lowercased()
    }
    services[name] = service
  }

  private func node(of service: String) -> String {
    (settings.settings(for: service).hostName ?? nodeName).lowercased()
  }

  // MARK: Answers

  /// The names of a node's services, for a master with these capabilities.
  public func list(host: String?, for capabilities: Capabilities) async -> [String] {
    await untilReady()
    let wanted = (host ?? nodeName).lowercased()
    return order.filter {
      services[$0].map { $0.node == wanted && $0.isShown(to: capabilities) } ?? false
    }
  }

  /// The names of all nodes behind this one.
  public func nodes() async -> [String] {
    await untilReady()
    return Set(services.values.map(\.node) + [nodeName.lowercased()]).sorted()
  }

  private func untilReady() async {
    guard !ready else { return }
    let gate = Gate()
    waiting.append(gate)
    await gate.wait()
  }

  /// What is asked of a service.
  public enum Question: String, Sendable {
    case fetch, config
  }

  /// Who asks.
  public struct Caller: Sendable {
    /// The master's address as the kernel gives it.
    public var address: String
    public var capabilities: Capabilities
    /// The time that is left for the whole session.
    public var remaining: Duration = .seconds(900)

    public init(address: String, capabilities: Capabilities) {
      self.address = address
      self.capabilities = capabilities
    }
  }

  /// Appends a service's whole answer, with its closing dot.
  public func ask(
    _ name: String, _ question: Question, for caller: Caller, into reply: inout Reply
  ) async {
    guard let service = services[name] else {
      reply.append("# Unknown service\n.\n")
      return
    }
    let start = reply.count
    switch service.source {
    case .builtIn(.local(let plugin)):
      let host = host(for: name)
      if !answer(plugin, name, question, on: host, into: &reply) {
        await answerBlocking(plugin, name, question, on: host, into: &reply)
      }
    case .builtIn(.remote(let plugin)):
      await answer(plugin, name, question, into: &reply)
    case .outside(let path):
      await run(path, name, question, for: caller, into: &reply)
    }
    if reply.count == start { troubles[name] = nil }
    reply.append(".\n")
  }

  /// - Returns: whether it could answer at once.
  func answer(
    _ plugin: any Plugin, _ name: String, _ question: Question, on host: Host,
    into reply: inout Reply
  ) -> Bool {
    let start = reply.count
    do throws(PluginError) {
      switch question {
      case .fetch: try plugin.values(on: host, into: &reply)
      case .config: append(try plugin.graphs(on: host), of: plugin, to: &reply)
      }
      if !host.hasErrands { recovered(name) }
    } catch {
      if !host.hasErrands {
        fail(
          name, "\(error)", back: start, in: &reply,
          as: error.isTimeout ? "# Timed out\n" : "# Bad exit\n")
      }
    }
    guard host.hasErrands else { return true }
    reply.truncate(to: start)
    return false
  }

  private func append(
    _ graphs: [Graph], of plugin: any PluginDescription, to reply: inout Reply
  ) {
    for graph in graphs { reply.append(graph, multigraph: plugin.isMultigraph) }
  }

  private func host(for service: String) -> Host {
    var values: [String: String] = [:]
    for variable in settings.settings(for: service).environment {
      values[variable.name] = variable.value
    }
    return Host(root: root, service: service, settings: values, buffer: buffer)
  }

  // MARK: Trouble

  private func fail(
    _ name: String, _ trouble: String, back start: Int, in reply: inout Reply,
    as line: StaticString = "# Bad exit\n"
  ) {
    reply.truncate(to: start)
    reply.append(line)
    note(trouble, of: name)
  }

  private func note(_ trouble: String, of name: String) {
    guard troubles[name] != trouble else { return }
    troubles[name] = trouble
    log.note("\(name): \(trouble)")
  }

  private func recovered(_ name: String) {
    if troubles.removeValue(forKey: name) != nil { log.note("\(name): answers again") }
  }
}

// MARK: - Those that take time

extension ServiceList {
  /// Asks a remote plugin, for as long as its deadline allows.
  private func answer(
    _ plugin: any RemotePlugin, _ name: String, _ question: Question, into reply: inout Reply
  ) async {
    let host = host(for: name)
    let start = reply.count
    let limit = plugin.deadline(on: host)
    let gate = Gate()
    var outcome: Result<Reply, PluginError>?
    let work = EventLoop.start {
      var answer = Reply()
      do throws(PluginError) {
        switch question {
        case .fetch: try await plugin.values(on: host, into: &answer)
        case .config:
          for graph in try await plugin.graphs(on: host) {
            answer.append(graph, multigraph: plugin.isMultigraph)
          }
        }
        outcome = .success(answer)
      } catch {
        outcome = .failure(error)
      }
      gate.open()
    }
    let timer = clock.schedule(at: clock.now.advanced(by: limit)) { gate.open() }
    await withTaskCancellationHandler {
      await gate.wait()
    } onCancel: {
      Task { @LoopActor in gate.open() }
    }
    timer.cancel()
    work.cancel()
    switch outcome {
    case .success(let answer):
      reply.append(answer.bytes)
      recovered(name)
    case .failure(let error): fail(name, "\(error)", back: start, in: &reply)
    case nil:
      reply.append("# Timed out\n")
      note("no answer within \(limit.components.seconds) s", of: name)
    }
  }

  /// Runs an outside plugin.
  private func run(
    _ path: String, _ name: String, _ question: Question, for caller: Caller,
    into reply: inout Reply
  ) async {
    let own = settings.settings(for: name)
    let limit = min(
      .seconds(own.timeout ?? timeout), max(.seconds(1), caller.remaining - .seconds(5)))
    var program = Program(
      path: path, arguments: question == .config ? ["config"] : [],
      environment: environment.variables(
        service: name, master: caller.address, capabilities: caller.capabilities, settings: own,
        user: own.user ?? "nobody"),
      directory: "/")
    if let command = own.command, let first = command.first {
      program.path = first
      program.arguments = command.dropFirst().flatMap { word in
        word == "%c" ? [path] + (question == .config ? ["config"] : []) : [word]
      }
    }
    let start = reply.count
    do throws(SpawnError) {
      let outcome = try await ChildProcess.run(program, within: limit, clock: clock)
      if outcome.timedOut {
        reply.append("# Timed out\n")
        note("still running after \(limit.components.seconds) s, killed", of: name)
      } else if outcome.overflowed {
        fail(name, "printed more than 8 MiB, killed", back: start, in: &reply)
      } else if outcome.ending != .exit(0) {
        let ending = outcome.ending.map { "\($0)" } ?? "vanished"
        fail(
          name, [ending, errorText(outcome.errors)].filter { !$0.isEmpty }.joined(separator: ": "),
          back: start, in: &reply)
      } else {
        reply.append(cleanedLines(of: outcome.output))
        let said = errorText(outcome.errors)
        if said.isEmpty { recovered(name) } else { note("error output: \(said)", of: name) }
      }
    } catch {
      fail(name, "\(error)", back: start, in: &reply)
    }
  }

  /// What a plugin complained of, on one line; lines that begin with `# ` are debugging, not complaints.
  private func errorText(_ bytes: [UInt8]) -> String {
    bytes.split(separator: 0x0A).filter { !$0.starts(with: [0x23, 0x20]) }.prefix(5)
      .map { String(decoding: $0.prefix(500), as: UTF8.self) }.joined(separator: " | ")
  }
}
