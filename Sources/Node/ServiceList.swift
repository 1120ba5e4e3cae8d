public import EventLoop
public import Logbook
public import Patterns
public import PluginKit
internal import Plugins
public import Settings

/// The services of this node and how each is asked.
@LoopActor
public final class ServiceList {
  /// The node's own name, as configured.
  public private(set) var nodeName: String
  var settings: PluginSettings
  /// What munin-node.conf says.
  private(set) var node: NodeSettings
  let log: Logbook
  let clock: LoopClock
  var directory: ServiceDirectory?
  private(set) var outside: OutsidePlugins
  private let environment: [String]
  private let debug: Bool
  let builtIns: [BuiltIn]
  let root: String
  let buffer = ReadBuffer(hasWorkers: true)
  /// How many configs are read at once, and how many plugins of one connection run at once.
  public private(set) var maxPlugins: Int
  /// The path of this program: a link to it is a built-in plugin.
  var program: String?

  var services: [String: Service] = [:]
  /// The names in byte order, as they are listed.
  var order: [String] = []
  /// What was listed last, until something changes.
  private var lists: [ListKey: [UInt8]] = [:]
  /// Configs that are to be read, and how many are being read.
  var unread: [String] = []
  var reading = 0
  var readers: [Int: Task<Void, Never>] = [:]
  var nextReader = 0
  /// Whose each service is has to be found out anew.
  var isRenamed = false
  /// Whether it was looked once what there is: nobody is told before that there is nothing.
  private(set) var isFound = false
  /// The node ends: nobody waits any more for what will not be known.
  var isStopped = false
  /// Those who wait until more is known.
  private var waiting: [Gate] = []
  /// When the plugins that had nothing to say were asked last.
  var lastSecondChance: LoopClock.Instant
  /// The plugins that had nothing to show; a daemon or a device may come later.
  var unoffered: [BuiltIn] = []
  /// The last trouble logged of each service, so that it is logged once.
  private var troubles: [String: String] = [:]

  private struct ListKey: Hashable {
    var host: String
    var capabilities: Capabilities
  }

  /// - Parameters:
  ///   - directory: where outside plugins are; `nil` or without any, the built-in plugins are offered.
  ///   - environment: the daemon's own, `NAME=VALUE`.
  ///   - builtIns: other than all of the house, for tests.
  ///   - root: where the machine's files are, for tests.
  public init(
    nodeName: String, node: NodeSettings, plugins: PluginSettings, directory: String?,
    ignored: [Pattern], environment: [String], log: Logbook, clock: LoopClock = .real,
    builtIns: [BuiltIn]? = nil, root: String = "", debug: Bool = false
  ) {
    self.nodeName = nodeName
    settings = plugins
    self.node = node
    self.environment = environment
    self.debug = debug
    maxPlugins = node.maxPlugins ?? processors()
    self.log = log
    self.clock = clock
    self.directory = directory.map { ServiceDirectory(path: $0, ignored: ignored) }
    outside = OutsidePlugins(
      node: node, nodeName: nodeName, environment: environment, debug: debug, clock: clock)
    self.builtIns = builtIns ?? builtIn
    self.root = root
    lastSecondChance = clock.now
  }

  /// Where plugins of the house keep what they need the next time: in the folder of this process's user.
  var stateFolder: String {
    StateFolders(chosen: node.stateDirectory, environment: environment)
      .path(for: ServiceList.user)
  }

  private static nonisolated let user = Accounts.own().userName

  /// Takes over other settings of munin-node.conf; ``refresh(_:)`` then looks at the plugins.
  func adopt(_ node: NodeSettings, named name: String, ignored: [Pattern]) {
    self.node = node
    if name != nodeName {
      nodeName = name
      isRenamed = true
    }
    maxPlugins = node.maxPlugins ?? processors()
    directory?.ignored = ignored
    outside = OutsidePlugins(
      node: node, nodeName: nodeName, environment: environment, debug: debug, clock: clock)
  }

  /// The patterns of files that are none.
  var ignored: [Pattern] { directory?.ignored ?? [] }

  // MARK: Lists

  /// The names of a node's services, for a master with these capabilities.
  public func list(host: String?, for capabilities: Capabilities) async -> [String] {
    let wanted = (host ?? nodeName).lowercased()
    await untilKnown(wanted)
    giveSecondChance()
    return order.filter {
      services[$0].map { $0.node == wanted && $0.isShown(to: capabilities) } ?? false
    }
  }

  /// Appends the line that answers `list`, if it is known from the last time.
  func appendKnownList(
    host: String?, for capabilities: Capabilities, to reply: inout Reply
  ) -> Bool {
    guard unread.isEmpty, reading == 0,
      let line = lists[ListKey(host: host ?? nodeName, capabilities: capabilities)]
    else { return false }
    giveSecondChance()
    reply.append(line)
    return true
  }

  /// Appends the line that answers `list`.
  func appendList(
    host: String?, for capabilities: Capabilities, to reply: inout Reply
  ) async {
    let key = ListKey(host: host ?? nodeName, capabilities: capabilities)
    let names = await list(host: host, for: capabilities)
    let line = Array((names.joined(separator: " ") + "\n").utf8)
    if unread.isEmpty, reading == 0, lists.count < 64 { lists[key] = line }
    reply.append(line)
  }

  /// The names of all nodes behind this one.
  public func nodes() async -> [String] {
    await untilKnown(nil)
    return Set(
      services.values.filter { $0.knowledge != .dropped }.map(\.node) + [nodeName.lowercased()]
    ).sorted()
  }

  /// Waits until all is known that a list of a node's services depends on, but not for ever: a plugin that
  /// hangs must not keep the others from being seen.
  private func untilKnown(_ host: String?) async {
    await untilFound()
    let deadline = clock.now.advanced(by: ServiceList.patience)
    while !isStopped, clock.now < deadline,
      services.values.contains(where: { mayBelong($0, to: host) })
    {
      let gate = Gate()
      waiting.append(gate)
      let timer = clock.schedule(at: deadline) { gate.open() }
      await gate.wait()
      timer.cancel()
    }
  }

  private func untilFound() async {
    while !isFound, !isStopped {
      let gate = Gate()
      waiting.append(gate)
      await gate.wait()
    }
  }

  /// How long a list waits for plugins whose config is still being read.
  static let patience = Duration.seconds(20)

  /// A plugin without `host_name` in plugin-conf.d may still name its node in its config.
  private func mayBelong(_ service: Service, to host: String?) -> Bool {
    service.knowledge == .pending
      && (service.settings.hostName == nil || host == nil || service.node == host)
  }

  /// There was a look at what there is, or there will be none.
  func looked() {
    isFound = true
    changed()
  }

  /// Opens the gate at the next change.
  func wait(at gate: Gate) { waiting.append(gate) }

  /// Something is known that was not before.
  func changed() {
    lists.removeAll(keepingCapacity: true)
    let waiters = waiting
    waiting = []
    for gate in waiters { gate.open() }
  }

  // MARK: Answers

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

  /// Whether a service's answers take a process of their own.
  func isOutside(_ name: String) -> Bool {
    if case .outside = services[name]?.source { true } else { false }
  }

  /// Appends a service's whole answer where that needs no waiting.
  /// - Returns: whether it did.
  func answerNow(_ name: String, _ question: PluginQuestion, into reply: inout Reply) -> Bool {
    guard let service = services[name], case .builtIn(.local(let plugin), let host) = service.source
    else { return false }
    var reads = SlowReads()
    plugin.slowReads(for: question, on: host, into: &reads)
    guard reads.isEmpty else { return false }
    answer(plugin, name, question, on: host, into: &reply)
    reply.append(".\n")
    return true
  }

  /// Appends a service's whole answer, with its closing dot.
  public func ask(
    _ name: String, _ question: PluginQuestion, for caller: Caller, into reply: inout Reply
  ) async {
    await untilFound()
    guard let service = services[name], service.knowledge != .dropped else {
      reply.append("# Unknown service\n.\n")
      return
    }
    await ask(service, question, for: caller, into: &reply)
    reply.append(".\n")
  }

  func ask(
    _ service: Service, _ question: PluginQuestion, for caller: Caller, into reply: inout Reply
  ) async {
    switch service.source {
    case .builtIn(.local(let plugin), let host):
      await makeSlowReads(of: plugin, for: question, on: host)
      answer(plugin, service.name, question, on: host, into: &reply)
    case .builtIn(.remote(let plugin), let host):
      await answer(plugin, service, question, on: host, into: &reply)
    case .outside(let path):
      await run(path, service, question, for: caller, into: &reply)
    }
  }

  /// Makes what a plugin has to read before it can answer a question.
  func makeSlowReads(of plugin: any Plugin, for question: PluginQuestion, on host: Host) async {
    var reads = SlowReads()
    plugin.slowReads(for: question, on: host, into: &reads)
    guard !reads.isEmpty else { return }
    await SlowReadRunner.shared.run(
      reads, now: host.kernel.secondsSinceBoot,
      log: { self.log.note("\(host.service): \($0)") })
  }

  func answer(
    _ plugin: any Plugin, _ name: String, _ question: PluginQuestion, on host: Host,
    into reply: inout Reply
  ) {
    let start = reply.count
    do throws(PluginError) {
      switch question {
      case .fetch: try plugin.values(on: host, into: &reply)
      case .config:
        for graph in try plugin.graphs(on: host) {
          reply.append(graph, multigraph: plugin.isMultigraph)
        }
      case .autoconf: reply.append(plugin.autoconf(on: host).line)
      }
      settle(name, question, reply.takeComplaint())
    } catch {
      _ = reply.takeComplaint()
      fail(name, error, back: start, in: &reply)
    }
  }

  // MARK: Trouble

  func fail(_ name: String, _ error: PluginError, back start: Int, in reply: inout Reply) {
    reply.truncate(to: start)
    reply.append(error.isTimeout ? "# Timed out\n" : "# Bad exit\n")
    note("\(error)", of: name)
  }

  /// A service has answered, perhaps not all of it. Whether all is well again, only values can tell.
  func settle(_ name: String, _ question: PluginQuestion, _ complaint: String?) {
    if let complaint {
      note(complaint, of: name)
    } else if question == .fetch {
      recovered(name)
    }
  }

  func note(_ trouble: String, of name: String) {
    guard troubles[name] != trouble else { return }
    troubles[name] = trouble
    log.note("\(name): \(trouble)")
  }

  /// What was noted last of a service that does not answer.
  func lastTrouble(of name: String) -> String? { troubles[name] }

  func recovered(_ name: String) {
    guard !troubles.isEmpty else { return }
    if troubles.removeValue(forKey: name) != nil { log.note("\(name): answers again") }
  }
}
