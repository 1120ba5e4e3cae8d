public import EventLoop
internal import Glibc
public import Logbook
internal import MuninWire
internal import Patterns
internal import Settings
internal import Terminal

/// The daemon from its settings' files to its end.
@LoopActor
public struct NodeProgram {
  /// Where everything is, as the command line or the defaults say.
  public struct Places: Sendable {
    /// munin-node.conf; `nil` for none.
    public var config: String?
    /// The folder of plugins; `nil` for none.
    public var services: String?
    /// plugin-conf.d; `nil` for none.
    public var pluginSettings: String?

    public init(config: String?, services: String?, pluginSettings: String?) {
      self.config = config
      self.services = services
      self.pluginSettings = pluginSettings
    }
  }

  /// Settings that were read and compiled without a problem.
  public struct Prepared: Sendable {
    var settings: NodeSettings
    var plugins: PluginSettings
    var access: AccessControl
    var ignored: [Pattern]
    /// The log file, `nil` for stderr.
    public var logFile: String? { settings.logsToSyslog ? nil : settings.logFile }
    /// What is odd but no reason not to start.
    public var warnings: [String]
  }

  /// Reads all settings.
  /// - Returns: them, or every problem there is.
  public static nonisolated func prepare(_ places: Places) -> (
    prepared: Prepared?, problems: [String]
  ) {
    var problems: [String] = []
    var warnings: [String] = []
    var settings = NodeSettings()
    if let path = places.config {
      switch Terminal.read(path) {
      case .failure(let failure): problems.append("\(failure)")
      case .success(let bytes):
        let parsed = NodeSettings.parse(SettingsFile(name: path, bytes: bytes))
        settings = parsed.settings
        problems += parsed.problems.map(\.description)
        warnings += parsed.warnings.map(\.description)
      }
    }
    let (access, faults) = AccessControl.compile(settings.access)
    problems += faults.map(\.description)
    var ignored: [Pattern] = []
    for setting in settings.ignorePatterns {
      do throws(PatternError) {
        ignored.append(try Pattern(setting.text))
      } catch {
        problems.append(setting.problem("ignore_file: \(error)").description)
      }
    }
    let plugins = readPluginSettings(in: places.pluginSettings, ignoring: ignored, &problems)
    NodeTLS.check(settings.tls, places.config ?? "settings", &problems, &warnings)
    if settings.paranoia {
      warnings.append("paranoia yes: not supported yet, the permissions of plugins are not checked")
    }
    guard problems.isEmpty else { return (nil, problems) }
    let prepared = Prepared(
      settings: settings, plugins: plugins, access: access, ignored: ignored, warnings: warnings)
    return (prepared, [])
  }

  private static nonisolated func readPluginSettings(
    in folder: String?, ignoring ignored: [Pattern], _ problems: inout [String]
  ) -> PluginSettings {
    guard let folder else { return PluginSettings() }
    guard let names = Terminal.files(in: folder) else {
      problems.append("\(FileFailure(path: folder, code: errno))")
      return PluginSettings()
    }
    var files: [SettingsFile] = []
    for name in names
    where PluginSettings.isFileName(name) && !ignored.contains(where: { $0.matches(name) }) {
      switch Terminal.read("\(folder)/\(name)") {
      case .failure(let failure): problems.append("\(failure)")
      case .success(let bytes): files.append(SettingsFile(name: "\(folder)/\(name)", bytes: bytes))
      }
    }
    let (settings, faults) = PluginSettings.parse(files)
    problems += faults.map(\.description)
    return settings
  }

  /// Serves until SIGTERM or SIGINT.
  /// - Throws: ``IOError`` when an address cannot be bound or the service directory not be read.
  public static func run(_ prepared: Prepared, places: Places, log: Logbook) async throws(IOError) {
    let signals = Signals([SIGTERM, SIGINT, SIGUSR1])
    let name = await nodeName(prepared.settings)
    let services = ServiceList(
      nodeName: name, node: prepared.settings, plugins: prepared.plugins,
      directory: places.services, ignored: prepared.ignored, environment: ownEnvironment(), log: log
    )
    let server = NodeServer(
      settings: prepared.settings, access: prepared.access, services: services, log: log)
    try services.checkDirectory()
    let addresses = try server.listen()
    let list = addresses.map(\.description).joined(separator: ", ")
    log.note("apus-node \(apusVersion) serves \(name) on \(list)")
    // The port answers while the plugins' configs are still being read.
    let program = realPath("/proc/self/exe")
    let loading = EventLoop.start { await services.load(program: program) }
    let serving = EventLoop.start { await server.serve() }
    let watching = EventLoop.start {
      await firstEnd(signals, log: log)
      server.stop()
      // Plugins that still run end with the sessions that asked for them.
      loading.cancel()
      serving.cancel()
    }
    await serving.value
    await loading.value
    watching.cancel()
    log.note("apus-node ends")
  }

  /// Waits for a signal to end; SIGUSR1 opens the log anew.
  private static func firstEnd(_ signals: Signals, log: Logbook) async {
    while let signal = await signals.next(), signal == SIGUSR1 {
      do throws(IOError) { try log.reopen() } catch { log.note("\(error)") }
    }
  }

  /// The name in the banner: as configured, else the kernel's name made canonical, within two seconds.
  private static func nodeName(_ settings: NodeSettings) async -> String {
    if let name = settings.hostName { return name }
    var buffer = [CChar](repeating: 0, count: 256)
    gethostname(&buffer, 255)
    let short = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    guard !short.isEmpty else { return "unknown" }
    return await Blocking.shared.run(within: .seconds(2)) { canonicalName(of: short) } ?? short
  }

  private nonisolated static func canonicalName(of host: String) -> String {
    var hints = addrinfo()
    hints.ai_flags = AI_CANONNAME
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return host }
    defer { freeaddrinfo(list) }
    return list?.pointee.ai_canonname.map { String(cString: $0) } ?? host
  }

  private nonisolated static func ownEnvironment() -> [String] {
    var values: [String] = []
    var next = environ
    while let entry = next.pointee {
      values.append(String(cString: entry))
      next += 1
    }
    return values
  }

  private nonisolated static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
