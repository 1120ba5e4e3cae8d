public import EventLoop
internal import Logbook
internal import MuninWire
internal import PluginKit
public import Settings

/// Finding out what there is.
extension ServiceList {
  /// Reads the service directory's names.
  /// - Throws: ``IOError`` when it cannot be read.
  public func checkDirectory() throws(IOError) { _ = try directory?.names() }

  /// Finds the services and waits until all is known of them.
  /// - Parameter program: the path of this program: a link to it is a built-in plugin.
  /// - Throws: ``IOError`` when the service directory cannot be read.
  public func load(program: String?) async throws(IOError) {
    try await find(program: program)
    await settled()
  }

  /// Waits until every config that was to be read has been.
  func settled() async {
    while reading > 0 || !unread.isEmpty { await untilChanged() }
  }

  /// Finds the services: the files of the directory, or all built-in plugins that say yes. The configs of outside
  /// plugins are then read in the background, several at a time.
  public func find(program: String?) async throws(IOError) {
    self.program = program
    defer { if !isFound { looked() } }
    try await refresh()
  }

  /// Looks at the directory anew. What has not changed keeps what is known of it.
  /// - Parameter settings: plugin-conf.d, where that was read anew too.
  /// - Throws: ``IOError`` when the directory cannot be read; then all stays as it was.
  public func refresh(_ settings: PluginSettings? = nil) async throws(IOError) {
    let names = try directory?.names() ?? []
    if let settings { self.settings = settings }
    var found: [Service] = []
    unoffered = []
    if names.isEmpty {
      for plugin in builtIns { found += await offer(plugin) }
    } else {
      for name in names { found += admit(file: name) }
    }
    let old = services
    if names.isEmpty { found += served(in: old, butNot: found) }
    services = [:]
    for var service in found {
      if !isRenamed, let known = old[service.name], known.isSame(as: service) {
        service = known
      } else if case .outside = service.source {
        service.knowledge = .pending
      }
      services[service.name] = service
    }
    isRenamed = false
    arrange()
    unread = order.filter { services[$0]?.knowledge == .pending }
    looked()
    readConfigs()
  }

  /// The services that were there before and whose daemons are silent just now: they stay, to say so.
  private func served(in old: [String: Service], butNot found: [Service]) -> [Service] {
    let names = Set(found.map(\.name))
    return old.values.filter { !names.contains($0.name) }.flatMap { service -> [Service] in
      guard case .builtIn(.remote(let plugin), _) = service.source,
        !ServiceList.isFamily(.remote(plugin))
      else { return [] }
      return self.service(of: .remote(plugin), as: [service.name])
    }
  }

  /// Ends what is still being read, and lets go whoever waits for it.
  public func stop() {
    isStopped = true
    unread = []
    for reader in readers.values { reader.cancel() }
    changed()
  }

  /// Offers a built-in plugin's services, where the machine has something for it.
  private func offer(_ plugin: BuiltIn) async -> [Service] {
    let name = "\(plugin.description.name)"
    let host = host(for: name)
    guard ServiceList.isFamily(plugin) else {
      // Whoever says where a daemon is wants to know when it is not there.
      let isNamed = if case .remote = plugin { asksSomebody(name) } else { false }
      guard await isAvailable(plugin, on: host) || isNamed else { return [] }
      return service(of: plugin, as: [name])
    }
    // A section of its own in plugin-conf.d says that there is such a service, whatever can be found out.
    var names = settings.namedServices.filter {
      ServiceList.plugin(named: $0, among: builtIns).map { "\($0.description.name)" } == name
    }
    if await isAvailable(plugin, on: host) {
      names += await suggestions(of: plugin, on: host).filter { !names.contains($0) }
    }
    return service(of: plugin, as: names)
  }

  /// Whether a service's own section of plugin-conf.d says who is to be asked.
  private func asksSomebody(_ name: String) -> Bool {
    guard settings.namedServices.contains(name) else { return false }
    let values = settings.settings(for: name).values
    return values["host"] != nil || values["source"] != nil
  }

  private func isAvailable(_ plugin: BuiltIn, on host: Host) async -> Bool {
    let answer: Availability?
    switch plugin {
    case .local(let local):
      await makeSlowReads(of: local, for: .autoconf, on: host)
      answer = local.autoconf(on: host)
    case .remote(let remote):
      answer = await EventLoop.result(within: Deadlines.autoconf, clock: clock) {
        await remote.autoconf(on: host)
      }
    }
    if answer != .yes { unoffered.append(plugin) }
    return answer == .yes
  }

  /// The services that a family suggests.
  private func suggestions(of plugin: BuiltIn, on host: Host) async -> [String] {
    let suffixes =
      switch plugin {
      case .local(let local): local.suggestions(on: host)
      case .remote(let remote):
        await EventLoop.result(within: Deadlines.autoconf, clock: clock) {
          await remote.suggestions(on: host)
        } ?? []
      }
    return suffixes.map { ServiceList.service(of: plugin, for: $0) }
  }

  /// Looks again whether plugins that had nothing to show have something now.
  private func offerAgain() {
    guard !unoffered.isEmpty, !isStopped else { return }
    let plugins = unoffered
    unoffered = []
    EventLoop.start { [self] in
      var found: [Service] = []
      for plugin in plugins { found += await offer(plugin) }
      found.removeAll { services[$0.name] != nil }
      guard !found.isEmpty, !isStopped else { return }
      for service in found { services[service.name] = service }
      arrange()
      changed()
    }
  }

  /// Puts the names in order, and tells each plugin which services it answers for.
  private func arrange() {
    order = services.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var families: [String: [Sibling]] = [:]
    for name in order {
      guard case .builtIn(.remote(let plugin), let host) = services[name]?.source else { continue }
      families["\(plugin.name)", default: []].append(
        Sibling(service: name, settings: host.settings))
    }
    buffer.setFamilies(families)
  }

  private func service(of plugin: BuiltIn, as names: [String]) -> [Service] {
    names.filter { isServiceName($0) && ServiceList.isNamed($0, plugin) }.map { name in
      Service(
        name: name, source: .builtIn(plugin, host(for: name)),
        settings: settings.settings(for: name), node: node(of: name, plugin),
        isMultigraph: plugin.description.isMultigraph)
    }
  }

  /// Takes a file of the directory: a link to this very program is the built-in plugin of that name.
  private func admit(file name: String) -> [Service] {
    guard let directory else { return [] }
    let path = "\(directory.path)/\(name)"
    func outside() -> [Service] {
      [
        Service(
          name: name, source: .outside(path), settings: settings.settings(for: name),
          stamp: FileStamp(ofFiles: [path]), node: node(of: name))
      ]
    }
    guard let program, directory.target(of: name) == program else { return outside() }
    guard let plugin = ServiceList.plugin(named: name, among: builtIns) else {
      note("a link to apus-node, but there is no built-in plugin of that name", of: name)
      return []
    }
    // The link is the plugin by itself, too: whoever may read what it needs runs it.
    return needsAnotherUser(plugin, for: name) ? outside() : service(of: plugin, as: [name])
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
    // What takes long to read is readable.
    return reads.isEmpty && plugin.autoconf(on: host) != .yes
  }

  /// Why a name of the service directory is no service; `nil` when it is meant to be none.
  func reasonForLeavingOut(_ name: String) -> String? {
    guard let directory else { return nil }
    if directory.isIgnored(name) { return nil }
    if let reason = directory.reasonForLeavingOut(name) { return reason }
    guard let program, directory.target(of: name) == program else { return nil }
    return "a link to apus-node, but there is no built-in plugin of that name"
  }

  /// The plugin that a service's name means: `if_err_eth0` begins like `if_` too, and the longest name is meant.
  static nonisolated func plugin(named name: String, among plugins: [BuiltIn]) -> BuiltIn? {
    plugins.filter { isNamed(name, $0) }.max {
      $0.description.name.utf8CodeUnitCount < $1.description.name.utf8CodeUnitCount
    }
  }

  static nonisolated func isNamed(_ name: String, _ plugin: BuiltIn) -> Bool {
    // A family has no service of its bare name.
    guard let parts = FamilyName(plugin) else { return name == "\(plugin.description.name)" }
    return parts.suffix(of: name) != nil
  }

  static nonisolated func isFamily(_ plugin: BuiltIn) -> Bool { FamilyName(plugin) != nil }

  /// The service of a family for one of the things it suggests.
  private static nonisolated func service(of plugin: BuiltIn, for suffix: String) -> String {
    FamilyName(plugin)!.service(for: suffix)
  }

  private func node(of service: String, _ plugin: BuiltIn? = nil) -> String {
    let own = settings.settings(for: service)
    return (own.hostName ?? plugin?.description.nodeName(of: service, own.values) ?? nodeName)
      .lowercased()
  }

  func host(for service: String) -> Host {
    var values = settings.settings(for: service).values
    // As outside plugins are told, on the machine itself: a test's has no such place.
    if root.isEmpty, values["MUNIN_PLUGSTATE"] == nil { values["MUNIN_PLUGSTATE"] = stateFolder }
    return Host(root: root, service: service, settings: values, buffer: buffer)
  }
}

// MARK: - Configs

extension ServiceList {
  /// Reads the configs of outside plugins once, to learn what they are.
  private func readConfigs() {
    while reading < max(4, maxPlugins), !unread.isEmpty {
      let name = unread.removeFirst()
      guard let service = services[name] else { continue }
      reading += 1
      nextReader += 1
      let number = nextReader
      readers[number] = EventLoop.start { [self] in
        await readConfig(of: service)
        readers[number] = nil
        reading -= 1
        readConfigs()
        changed()
      }
    }
  }

  private func readConfig(of service: Service) async {
    var reply = Reply()
    let caller = Caller(address: "", capabilities: Capabilities())
    await ask(service, .config, for: caller, into: &reply)
    // Meanwhile the file or its settings may have changed; then it is read again anyway.
    guard let current = services[service.name], current.isSame(as: service), !Task.isCancelled
    else { return }
    let wasDropped = service.knowledge == .dropped
    var learnt = current
    learnt.learn(from: reply)
    services[service.name] = learnt
    if learnt.knowledge == .dropped, !wasDropped {
      let why = reply.count == 0 ? "empty" : "not there in time"
      log.note("\(service.name): left out, its config is \(why)")
    }
  }

  /// A plugin that had nothing to say when it was asked first, because its daemon came later, say, is asked again
  /// from time to time.
  func giveSecondChance() {
    guard lastSecondChance.advanced(by: .seconds(300)) <= clock.now else { return }
    lastSecondChance = clock.now
    offerAgain()
    unread += order.filter { services[$0]?.knowledge == .dropped && !unread.contains($0) }
    readConfigs()
  }

  private func untilChanged() async {
    let gate = Gate()
    wait(at: gate)
    await gate.wait()
  }
}

extension Service {
  /// Takes what a config says of its plugin.
  fileprivate mutating func learn(from reply: Reply) {
    let traits = ConfigTraits(reply.bytes.span)
    guard reply.text != "# Timed out\n", !traits.isEmpty else {
      knowledge = .dropped
      return
    }
    knowledge = .ready
    isMultigraph = traits.isMultigraph
    isDirty = traits.isDirty
    if settings.hostName == nil, let other = traits.hostName { node = other.lowercased() }
  }
}
