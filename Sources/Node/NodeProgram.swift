public import Daemon
public import EventLoop
internal import Glibc
public import Logbook
internal import MuninWire
internal import Patterns
package import Settings

/// The daemon: starts with settings, serves masters, reloads, ends.
@LoopActor
public struct NodeProgram {
  private let places: Places
  private let log: Logbook
  private let services: ServiceList
  private let server: NodeServer

  private init(_ prepared: Prepared, places: Places, log: Logbook) async {
    self.places = places
    self.log = log
    services = await NodeProgram.services(prepared, places: places, log: log)
    server = NodeServer(
      settings: prepared.settings, access: prepared.access, services: services, log: log)
  }

  /// An empty list of services, made with the settings; its `load` or `find` fills it.
  package static func services(_ prepared: Prepared, places: Places, log: Logbook) async
    -> ServiceList
  {
    ServiceList(
      nodeName: await Banner.name(prepared.settings), node: prepared.settings,
      plugins: prepared.plugins, directory: places.services?.path, ignored: prepared.ignored,
      environment: OwnProcess.environment, log: log, library: places.library?.path,
      debug: places.debugsPlugins)
  }

  /// Serves until SIGTERM or SIGINT. SIGHUP reads all settings again, SIGUSR1 opens the log anew.
  /// - Parameter listening: called when masters can connect.
  /// - Throws: ``StartFailure`` when an address cannot be bound or the service directory not be read.
  public static func run(
    _ prepared: Prepared, places: Places, log: Logbook, listening: @LoopActor () -> Void = {}
  ) async throws(StartFailure) {
    let node = await NodeProgram(prepared, places: places, log: log)
    do throws(IOError) {
      try await node.start(prepared, listening)
    } catch {
      throw StartFailure(error, ports: prepared.settings.ports, units: .node)
    }
  }

  private func start(
    _ prepared: Prepared, _ listening: @LoopActor () -> Void
  ) async throws(IOError) {
    let daemon = DaemonProcess(log: log)
    try services.checkDirectory()
    let inherited = try daemon.inheritedListeners()
    if inherited.isEmpty { _ = try await server.listen() } else { server.adopt(inherited) }
    let pidFile = try PIDFile(prepared.settings.pidFile)
    try NodeProgram.becomeUser(of: prepared.settings)
    let list = server.addresses.map(\.description).joined(separator: ", ")
    log.note("apus-node \(apusVersion) serves \(services.nodeName) on \(list)")
    listening()
    await serve(daemon)
    pidFile.remove()
    log.note("apus-node ends")
  }

  private func serve(_ daemon: DaemonProcess) async {
    // The port answers while the plugins' configs are still being read.
    let finding = EventLoop.start { [self] in await find() }
    let serving = EventLoop.start { await server.serve() }
    let changes = try? FolderWatch(
      [places.services, places.pluginSettings].compactMap(\.?.path))
    let following = EventLoop.start { [self] in
      var problems: [String] = []
      while let changes, await changes.next() { problems = await reloadPlugins(after: problems) }
    }
    await daemon.run { await self.reload() }
    changes?.close()
    services.stop()
    finding.cancel()
    // The answers that are being made are still sent.
    await server.drain(within: .seconds(5))
    server.stop()
    await serving.value
    await finding.value
    await following.value
  }

  private func find() async {
    do throws(IOError) {
      try await services.find(program: OwnProcess.executable)
    } catch {
      log.note("\(error)")
    }
  }

  // MARK: Other settings

  /// Reads all settings again. When they have errors, those are logged and the old settings stay in force.
  private func reload() async {
    let (prepared, problems) = NodeProgram.prepare(places)
    guard let prepared else { return refuse(problems) }
    do throws(IOError) {
      try services.checkDirectory()
      try log.adopt(prepared.log, severity: prepared.logSeverity)
      do throws(IOError) {
        try await server.apply(prepared.settings, access: prepared.access)
      } catch {
        try log.adopt(services.node.logDestination, severity: services.node.logSeverity)
        throw error
      }
      for name in NodeProgram.atStart(services.node, prepared.settings) {
        log.note("\(name): changed; takes effect at the next start", .warning)
      }
      for warning in prepared.warnings { log.note("warning: \(warning)", .warning) }
      services.adopt(
        prepared.settings, named: await Banner.name(prepared.settings),
        ignored: prepared.ignored)
      try await services.refresh(prepared.plugins)
      log.note("settings reloaded")
    } catch {
      refuse(["\(error)"])
    }
  }

  /// The directives that changed and take effect only at a start.
  private static func atStart(_ old: NodeSettings, _ new: NodeSettings) -> [String] {
    [
      ("pid_file", old.pidFile != new.pidFile), ("user", old.user != new.user),
      ("group", old.group != new.group), ("background", old.background != new.background),
    ].filter(\.1).map(\.0)
  }

  /// Reads the folders of plugins and of their settings again. When the settings have errors, new plugins run under
  /// the old ones.
  private func reloadPlugins(after last: [String]) async -> [String] {
    let (plugins, problems) = NodeProgram.readPluginSettings(
      places, services.node, ignoring: services.ignored)
    if !problems.isEmpty, problems != last { refuse(problems) }
    do throws(IOError) {
      try await services.refresh(problems.isEmpty ? plugins : nil)
    } catch {
      refuse(["\(error)"])
    }
    return problems
  }

  private func refuse(_ problems: [String]) {
    for problem in problems { log.note(problem) }
    log.note("reload failed, the old settings stay in force")
  }
}

// MARK: - This process

extension NodeProgram {
  /// `user` and `group` of munin-node.conf: taken on when the port is bound.
  private static func becomeUser(of settings: NodeSettings) throws(IOError) {
    guard settings.user != nil || settings.group != nil else { return }
    do throws(AccountError) {
      try become(try identity(of: settings))
    } catch {
      throw .failed(settings.place(of: error.word ?? "user").finding("\(error)").description)
    }
  }

  /// The account that `user` and `group` name; this process's own where they are not set.
  package nonisolated static func identity(of settings: NodeSettings) throws(AccountError)
    -> Identity
  {
    let groups = (settings.group ?? "").split(separator: " ").map {
      ServiceSettings.Group(name: String($0))
    }
    return try Accounts.lookUp(
      settings.user ?? "\(geteuid())", groups, defaultGroup: "\(getegid())")
  }

  /// Changes to another user for good.
  package nonisolated static func become(_ identity: Identity) throws(AccountError) {
    guard let credentials = identity.credentials else { return }
    let steps: [(String, () -> Int32)] = [
      ("setgroups", { setgroups(credentials.groups.count, credentials.groups) }),
      ("setgid", { setgid(credentials.group) }),
      ("setuid", { setuid(credentials.user) }),
    ]
    for (call, step) in steps where step() != 0 {
      throw AccountError(
        description: "cannot become user '\(identity.userName)': \(call): "
          + String(cString: strerror(errno)))
    }
  }
}
