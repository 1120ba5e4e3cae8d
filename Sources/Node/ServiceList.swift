public import EventLoop
public import Logbook
public import Patterns
public import PluginKit
internal import Plugins
public import Settings

/// The services of this node: what masters and commands ask for.
///
/// Three parts do the work: ``ServiceTable`` knows the services, ``ServiceLoader`` finds them, ``ServiceAsker`` asks
/// them.
@LoopActor
public final class ServiceList {
  private let table: ServiceTable
  private let loader: ServiceLoader
  private let asker: ServiceAsker
  private let outside: OutsidePlugins
  private let clock: LoopClock

  /// How long a list waits for plugins whose configs are still being read.
  private static let listLimit = Duration.seconds(20)

  /// - Parameters:
  ///   - directory: where outside plugins are; `nil` or without any, the built-in plugins are offered.
  ///   - environment: the daemon's own, `NAME=VALUE`.
  ///   - library: the folder of munin's own plugins, where there is one.
  ///   - infoFolder: where dpkg keeps its records.
  ///   - builtIns: other than all there are, for tests.
  ///   - root: where the machine's files are, for tests.
  public init(
    nodeName: String, node: NodeSettings, plugins: PluginSettings, directory: String?,
    ignored: [Pattern], environment: [String], log: Logbook, clock: LoopClock = .real,
    library: String? = nil, infoFolder: String = "/var/lib/dpkg/info",
    builtIns: [BuiltIn]? = nil, root: String = "", debug: Bool = false
  ) {
    self.clock = clock
    table = ServiceTable(nodeName: nodeName)
    asker = ServiceAsker(log: log)
    outside = OutsidePlugins(
      node: node, nodeName: nodeName, environment: environment, debug: debug, clock: clock)
    let plugged = builtIns ?? builtIn
    let machine = ServiceLoader.Machine(
      directory: directory.map { ServiceDirectory(path: $0, ignored: ignored) },
      builtIns: plugged,
      stock: StockPluginJudge(library: library, builtIns: plugged, infoFolder: infoFolder),
      root: root, environment: environment)
    loader = ServiceLoader(
      machine, settings: plugins, node: node, table: table, asker: asker, outside: outside,
      log: log, clock: clock)
  }

  /// The node's own name, as configured.
  public var nodeName: String { table.nodeName }

  /// How many plugins of one connection run at once.
  public var maxPlugins: Int { ServiceLoader.pluginLimit(loader.node) }

  /// What munin-node.conf says.
  var node: NodeSettings { loader.node }

  /// The patterns of files of the service directory that are left out.
  var ignored: [Pattern] { loader.directory?.ignored ?? [] }

  /// All services, in order.
  var all: [Service] { table.all }

  /// A service by its name.
  subscript(name: String) -> Service? { table[name] }

  /// How many configs are being read.
  var reading: Int { loader.reading }

  /// Who answers for a link into munin's plugin folder, and why.
  package func stockVerdict(on name: String) -> StockVerdict { loader.stockVerdict(on: name) }

  /// Looks at the links of the service directory, for ``stockVerdict(on:)`` without finding the services.
  package func lookAtStockLinks() async { await loader.lookAtStockLinks() }

  /// The built-in plugin that a link means, although a program answers for it.
  func plugin(behind name: String) -> BuiltIn? { loader.plugin(behind: name) }

  // MARK: What there is

  /// Reads the service directory's names.
  /// - Throws: ``IOError`` when it cannot be read.
  public func checkDirectory() throws(IOError) { _ = try loader.directory?.names() }

  /// Finds the services and waits until all is known of them.
  /// - Parameter program: the path of this program: a link to it is a built-in plugin.
  /// - Throws: ``IOError`` when the service directory cannot be read.
  public func load(program: String?) async throws(IOError) {
    try await loader.find(program: program)
    await loader.settled()
  }

  /// Finds the services: the files of the directory, or all built-in plugins that say yes. The configs of outside
  /// plugins are then read in the background, several at a time.
  /// - Throws: ``IOError`` when the service directory cannot be read.
  public func find(program: String?) async throws(IOError) {
    try await loader.find(program: program)
  }

  /// Looks at the directory anew. What has not changed keeps what is known of it.
  /// - Parameter settings: plugin-conf.d, where that was read anew too.
  /// - Throws: ``IOError`` when the directory cannot be read; then all stays as it was.
  public func refresh(_ settings: PluginSettings? = nil) async throws(IOError) {
    try await loader.refresh(settings)
  }

  /// Takes over other settings of munin-node.conf; ``refresh(_:)`` then looks at the plugins.
  func adopt(_ node: NodeSettings, named name: String, ignored: [Pattern]) {
    outside.adopt(node, nodeName: name)
    loader.adopt(node, named: name, ignored: ignored)
  }

  /// Waits until every config that was to be read has been.
  func settled() async { await loader.settled() }

  /// Why a file of the service directory is no service; `nil` where no file of that name is meant to be one.
  package func reasonForLeavingOut(_ name: String) -> String? { loader.reasonForLeavingOut(name) }

  /// Stops reading configs, and ends all waits for them.
  public func stop() {
    loader.stop()
    table.stop()
  }

  // MARK: Lists

  /// The names of a node's services, for a master with these capabilities.
  public func list(host: String?, for capabilities: Capabilities) async -> [String] {
    await table.untilKnown(host ?? table.nodeName, within: ServiceList.listLimit, clock)
    loader.giveSecondChance()
    return table.names(host: host, for: capabilities)
  }

  /// Appends the line that answers `list`, if it is known from the last time.
  /// - Returns: what gives the line, where it has to be waited for.
  func appendList(
    host: String?, for capabilities: Capabilities, to reply: inout Reply
  ) -> LateReply? {
    if let line = table.knownLine(host: host, for: capabilities) {
      loader.giveSecondChance()
      reply.append(line)
      return nil
    }
    return { [self] in
      await table.untilKnown(host ?? table.nodeName, within: ServiceList.listLimit, clock)
      loader.giveSecondChance()
      var reply = Reply()
      reply.append(table.line(host: host, for: capabilities))
      return reply
    }
  }

  /// The names of all nodes behind this one.
  public func nodes() async -> [String] {
    await table.untilKnown(nil, within: ServiceList.listLimit, clock)
    return table.nodes
  }

  // MARK: Answers

  /// Appends a service's whole answer, with its closing dot, where that takes no waiting.
  /// - Returns: what gives the whole answer, where it has to be waited for.
  func answer(
    _ name: String, _ question: PluginQuestion, for caller: Caller, into reply: inout Reply
  ) -> LateReply? {
    guard table.isFound || table.isStopped else { return answerWhenFound(name, question, caller) }
    guard let service = table[name], service.knowledge != .dropped else {
      reply.append("# Unknown service\n.\n")
      return nil
    }
    return asker.answer(of: service, question, for: caller, into: &reply)
  }

  private func answerWhenFound(
    _ name: String, _ question: PluginQuestion, _ caller: Caller
  ) -> LateReply {
    { [self] in
      await table.untilFound()
      var reply = Reply()
      await ask(name, question, for: caller, into: &reply)
      return reply
    }
  }

  /// Appends a service's whole answer, with its closing dot.
  public func ask(
    _ name: String, _ question: PluginQuestion, for caller: Caller, into reply: inout Reply
  ) async {
    if let late = answer(name, question, for: caller, into: &reply) {
      reply.append(await late().bytes)
    }
  }

  /// A service's answer, without a closing dot, and what it tells of the service.
  func answer(
    of service: Service, _ question: PluginQuestion, for caller: Caller
  ) async -> LateAnswer {
    await asker.answer(of: service, question, for: caller)
  }
}
