internal import EventLoop
internal import Glibc
internal import Logbook
internal import MuninWire
internal import Patterns
internal import PluginKit
internal import Settings

/// Finds out what services there are: the files of the service directory, or without any the built-in plugins that have
/// something to show on this machine.
@LoopActor
final class ServiceLoader {
  /// What plugin-conf.d says.
  private var settings: PluginSettings
  /// What munin-node.conf says.
  private(set) var node: NodeSettings
  private(set) var directory: ServiceDirectory?
  /// The path of this program: a link to it is a built-in plugin.
  private var program: String?
  /// The node that each service belongs to has to be found out anew.
  private var isRenamed = false
  let builtIns: [BuiltIn]
  private let stock: StockPluginJudge
  private let root: String
  /// The daemon's own, `NAME=VALUE`.
  private let environment: [String]
  private let buffer = ReadBuffer(hasWorkers: true)
  private let table: ServiceTable
  private let configs: ConfigReader
  private let asker: ServiceAsker
  private let outside: OutsidePlugins
  private let log: Logbook
  private let clock: LoopClock
  private var isStopped = false
  /// The built-in plugins that had nothing to show; a daemon or a device may come later.
  private var unoffered: [BuiltIn] = []
  /// When plugins that had nothing to show were asked last.
  private var lastSecondChance: LoopClock.Instant

  /// How often plugins that had nothing to show are asked again.
  private static let secondChance = Duration.seconds(300)

  /// What is looked at.
  struct Machine {
    /// Where outside plugins are; `nil` or without any, the built-in plugins are offered.
    var directory: ServiceDirectory?
    var builtIns: [BuiltIn]
    /// Decides who answers for links to munin's own plugins.
    var stock: StockPluginJudge
    /// Where the machine's files are.
    var root: String
    var environment: [String]
  }

  init(
    _ machine: Machine, settings: PluginSettings, node: NodeSettings, table: ServiceTable,
    asker: ServiceAsker, outside: OutsidePlugins, log: Logbook, clock: LoopClock
  ) {
    self.settings = settings
    self.node = node
    directory = machine.directory
    builtIns = machine.builtIns
    stock = machine.stock
    root = machine.root
    environment = machine.environment
    self.table = table
    self.asker = asker
    self.outside = outside
    self.log = log
    self.clock = clock
    configs = ConfigReader(
      limit: ServiceLoader.configLimit(node), table, asker, log: log)
    lastSecondChance = clock.now
  }

  /// How many plugins of one connection run at once.
  static func pluginLimit(_ node: NodeSettings) -> Int {
    node.maxPlugins ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }

  private static func configLimit(_ node: NodeSettings) -> Int { max(4, pluginLimit(node)) }

  /// Takes over other settings of munin-node.conf; ``refresh(_:)`` then looks at the plugins.
  func adopt(_ node: NodeSettings, named name: String, ignored: [Pattern]) {
    self.node = node
    if name != table.nodeName {
      table.nodeName = name
      isRenamed = true
    }
    configs.limit = ServiceLoader.configLimit(node)
    directory?.ignored = ignored
  }

  // MARK: Looking

  /// How many configs are being read.
  var reading: Int { configs.reading }

  /// Waits until every config that was to be read has been.
  func settled() async {
    while !configs.isDone { await table.untilChanged() }
  }

  /// Looks for the services the first time; see ``refresh(_:)``.
  /// - Throws: ``IOError`` when the directory cannot be read.
  func find(program: String?) async throws(IOError) {
    self.program = program
    defer { if !table.isFound { table.found() } }
    try await refresh()
  }

  /// Looks for the services. What has not changed keeps what is known of it; the configs of new outside plugins are then
  /// read in the background.
  /// - Parameter settings: plugin-conf.d, where that was read anew too.
  /// - Throws: ``IOError`` when the directory cannot be read; then all stays as it was.
  func refresh(_ settings: PluginSettings? = nil) async throws(IOError) {
    let names = try directory?.names() ?? []
    if let settings { self.settings = settings }
    var found: [Service] = []
    unoffered = []
    if names.isEmpty {
      for plugin in builtIns { found += await offer(plugin) }
      found += silent(besides: found)
    } else {
      await stock.look(at: links(names))
      for name in names { found += admit(file: name) }
      stock.tell(names.filter { stockVerdict(on: $0) == .builtIn }, in: log)
    }
    for index in found.indices {
      let service = found[index]
      if !isRenamed, let known = table[service.name], known.isSame(as: service) {
        found[index] = known
      } else if case .outside = service.source {
        service.knowledge = .pending
      }
    }
    isRenamed = false
    table.replace(with: found)
    tellFamilies()
    table.found()
    guard !isStopped else { return }
    configs.read(only: table.all.filter { $0.knowledge == .pending }.map(\.name))
  }

  /// The services that were there before and whose daemons do not answer just now: they stay, to say so.
  private func silent(besides found: [Service]) -> [Service] {
    let names = Set(found.map(\.name))
    return table.all.filter { !names.contains($0.name) }.flatMap { service -> [Service] in
      guard case .builtIn(.remote(let plugin), _) = service.source,
        FamilyName(.remote(plugin)) == nil
      else { return [] }
      return services(of: .remote(plugin), as: [service.name])
    }
  }

  /// Ends what is still being read.
  func stop() {
    isStopped = true
    configs.stop()
  }

  /// Tells each plugin which services it answers for.
  private func tellFamilies() {
    var families: [String: [Sibling]] = [:]
    for service in table.all {
      guard case .builtIn(.remote(let plugin), let host) = service.source else { continue }
      families["\(plugin.name)", default: []].append(
        Sibling(service: service.name, settings: host.settings))
    }
    buffer.setFamilies(families)
  }

  // MARK: Files

  /// The service of a file of the directory: a link to this very program is the built-in plugin of that name.
  private func admit(file name: String) -> [Service] {
    guard let directory else { return [] }
    let path = "\(directory.path)/\(name)"
    guard isOurs(name) else { return stockServices(name) ?? [outsideService(name, path)] }
    guard let plugin = FamilyName.plugin(named: name, among: builtIns) else {
      asker.record(.error(noSuchPlugin(name)), of: name)
      return []
    }
    // The link can be run as an executable too: under the user that plugin-conf.d names.
    return needsAnotherUser(plugin, for: name)
      ? [outsideService(name, path)] : services(of: plugin, as: [name])
  }

  /// Whether a file of the directory is a link to this program.
  private func isOurs(_ name: String) -> Bool {
    guard let program else { return false }
    return directory?.target(of: name) == program
  }

  /// Why a link to this program is no service.
  private func noSuchPlugin(_ name: String) -> String {
    let family = builtIns.first { "\($0.description.name)" == name }.flatMap { FamilyName($0) }
    guard let family else {
      return "a link to apus-node, but there is no built-in plugin of that name"
    }
    return "a link with the bare name of a family, expected \(family.service(for: "NAME")): "
      + "'apus-node plugins --suggest' lists the names"
  }

  private func outsideService(_ name: String, _ path: String) -> Service {
    let own = settings.settings(for: name)
    return Service(
      name: name, source: .outside(path),
      answerer: OutsideAnswerer(path, for: name, own, by: outside), settings: own,
      stamp: FileStamp(ofFiles: [path]), node: nodeName(of: name, own))
  }

  /// Whether plugin-conf.d names a user for a built-in plugin, and this process cannot read what the plugin needs.
  private func needsAnotherUser(_ plugin: BuiltIn, for name: String) -> Bool {
    let own = settings.settings(for: name)
    guard own.user != nil || !own.groups.isEmpty, case .local(let plugin) = plugin else {
      return false
    }
    let host = host(for: name)
    var reads = SlowReads()
    plugin.slowReads(for: .autoconf, on: host, into: &reads)
    // What takes long to read can be read.
    return reads.isEmpty && plugin.autoconf(on: host) != .yes
  }

  // MARK: munin's own plugins

  /// Who answers for a file of the directory, as far as it is a link into munin's plugin folder.
  func stockVerdict(on name: String) -> StockVerdict {
    guard let target = directory?.target(of: name) else { return .notStock }
    return stock.verdict(
      on: name, target: target, policy: node.stockPlugins, settings: settings.settings(for: name)
    ) { !needsAnotherUser($0, for: name) }
  }

  /// The built-in plugin's service, where that answers for a link into munin's plugin folder.
  private func stockServices(_ name: String) -> [Service]? {
    guard stockVerdict(on: name) == .builtIn, let plugin = plugin(behind: name) else { return nil }
    return services(of: plugin, as: [name])
  }

  /// The built-in plugin of a link to this program, or of the name of the one of munin's that a link leads to.
  func plugin(behind name: String) -> BuiltIn? {
    guard let target = directory?.target(of: name) else { return nil }
    return isOurs(name)
      ? FamilyName.plugin(named: name, among: builtIns) : stock.plugin(for: name, target: target)
  }

  /// Looks at the links of the directory without finding the services.
  func lookAtStockLinks() async {
    guard let names = try? directory?.names() else { return }
    await stock.look(at: links(names))
  }

  /// The files of the directory and where they lead.
  private func links(_ names: [String]) -> [(name: String, target: String)] {
    names.compactMap { name in directory?.target(of: name).map { (name, $0) } }
  }

  /// Why a file of the service directory is no service; `nil` where no file of that name is meant to be one.
  func reasonForLeavingOut(_ name: String) -> String? {
    guard let directory else { return nil }
    if directory.isIgnored(name) { return nil }
    if let reason = directory.reasonForLeavingOut(name) { return reason }
    return isOurs(name) ? noSuchPlugin(name) : nil
  }

  // MARK: Built-in plugins

  /// The services of a built-in plugin that has something to show on this machine.
  private func offer(_ plugin: BuiltIn) async -> [Service] {
    let name = "\(plugin.description.name)"
    let host = host(for: name)
    guard let family = FamilyName(plugin) else {
      // Where the settings say which daemon to ask, the service stays and reports that the daemon does not answer.
      let isNamed = if case .remote = plugin { namesPeer(name) } else { false }
      guard await isAvailable(plugin, on: host) || isNamed || hasMalformedSetting(plugin, name)
      else { return [] }
      return services(of: plugin, as: [name])
    }
    // A section of its own in plugin-conf.d says that there is such a service, whatever can be found out.
    var names = settings.namedServices.filter {
      FamilyName.plugin(named: $0, among: builtIns).map { "\($0.description.name)" } == name
    }
    if await isAvailable(plugin, on: host) {
      names += await suggestions(of: plugin, on: host).map(family.service(for:))
        .filter { !names.contains($0) }
    }
    return services(of: plugin, as: names)
  }

  /// Whether a service's own section of plugin-conf.d says which daemon or device is to be asked.
  private func namesPeer(_ name: String) -> Bool {
    guard settings.namedServices.contains(name) else { return false }
    let values = settings.settings(for: name).values
    return values["host"] != nil || values["source"] != nil
  }

  /// Whether a plugin's own section of plugin-conf.d holds a value that the plugin cannot read. It is offered then, so
  /// that its answer tells the error, where autoconf would only say no.
  private func hasMalformedSetting(_ plugin: BuiltIn, _ name: String) -> Bool {
    guard settings.namedServices.contains(name) else { return false }
    let manual = plugin.description.manual
    return settings.settings(for: name).values.contains { setting in
      if case .malformed = manual.verdict(on: setting.value, of: setting.key) {
        true
      } else {
        false
      }
    }
  }

  private func isAvailable(_ plugin: BuiltIn, on host: Host) async -> Bool {
    let answer: Availability?
    switch plugin {
    case .local(let local):
      var reads = SlowReads()
      local.slowReads(for: .autoconf, on: host, into: &reads)
      if !reads.isEmpty { await SlowReadRunner.shared.run(reads, on: host, log: log) }
      answer = local.autoconf(on: host)
    case .remote(let remote):
      answer = await EventLoop.result(within: Deadlines.autoconf, clock: clock) {
        await remote.autoconf(on: host)
      }
    }
    if answer != .yes { unoffered.append(plugin) }
    return answer == .yes
  }

  /// The suffixes of the services that a family suggests.
  private func suggestions(of plugin: BuiltIn, on host: Host) async -> [String] {
    switch plugin {
    case .local(let local): local.suggestions(on: host)
    case .remote(let remote):
      await EventLoop.result(within: Deadlines.autoconf, clock: clock) {
        await remote.suggestions(on: host)
      } ?? []
    }
  }

  private func services(of plugin: BuiltIn, as names: [String]) -> [Service] {
    names.filter { isServiceName($0) && FamilyName.isNamed($0, plugin) }.map { name in
      let own = settings.settings(for: name)
      let host = host(for: name)
      return Service(
        name: name, source: .builtIn(plugin, host), answerer: answerer(plugin, on: host),
        settings: own, node: nodeName(of: name, own, plugin),
        isMultigraph: plugin.description.isMultigraph)
    }
  }

  private func answerer(_ plugin: BuiltIn, on host: Host) -> any Answerer {
    switch plugin {
    case .local(let local): LocalAnswerer(local, on: host, log: log)
    case .remote(let remote): RemoteAnswerer(remote, on: host, clock: clock)
    }
  }

  private func nodeName(
    of service: String, _ own: ServiceSettings, _ plugin: BuiltIn? = nil
  ) -> String {
    (own.hostName ?? plugin?.description.nodeName(of: service, own.values) ?? table.nodeName)
      .lowercased()
  }

  private func host(for service: String) -> Host {
    var values = settings.settings(for: service).values
    // As outside plugins are told, on the machine itself: a test's has no such place.
    if root.isEmpty, values["MUNIN_PLUGSTATE"] == nil { values["MUNIN_PLUGSTATE"] = stateFolder }
    return Host(root: root, service: service, settings: values, buffer: buffer)
  }

  /// Where built-in plugins keep what they need the next time: in the folder of this process's user.
  private var stateFolder: String {
    StateFolders(chosen: node.stateDirectory, environment: environment)
      .path(for: ServiceLoader.user)
  }

  private static nonisolated let user = Accounts.own().userName

  // MARK: Second chance

  /// A plugin that had nothing to show, because its daemon was not up yet, say, is asked again every few minutes when a
  /// master asks for the list.
  func giveSecondChance() {
    guard lastSecondChance.advanced(by: ServiceLoader.secondChance) <= clock.now else { return }
    lastSecondChance = clock.now
    offerAgain()
    configs.read(also: table.all.filter { $0.knowledge == .dropped }.map(\.name))
  }

  private func offerAgain() {
    guard !unoffered.isEmpty, !isStopped else { return }
    let plugins = unoffered
    unoffered = []
    EventLoop.start { [self] in
      var found: [Service] = []
      for plugin in plugins { found += await offer(plugin) }
      found.removeAll { table[$0.name] != nil }
      guard !found.isEmpty, !isStopped else { return }
      table.insert(found)
      tellFamilies()
      table.changed()
    }
  }
}
