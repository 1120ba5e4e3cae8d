/// What `munin-node.conf` says: where the node listens, who may ask, and how plugins are run.
///
/// `NodeSettings()` is the node without a file. It differs from an empty file in two ways: it listens
/// on 127.0.0.1 only and answers only this machine.
public struct NodeSettings: Sendable {
  /// Addresses to listen on; `*` is every address.
  public var hosts = ["127.0.0.1"]
  /// One port for all hosts, or one for each.
  public var ports = [4949]
  /// The node's name in its banner; the machine's own when not set.
  public var hostName: String?
  /// In the order of the file; see `AccessRule` for the order of asking.
  public var access = AccessRule.loopbackOnly
  /// Whether access patterns are also compared with the peer's host name.
  public var reverseLookups = false
  /// The same, for a name that leads back to the address.
  public var doubleReverseLookups = false

  /// Seconds one plugin may run.
  public var timeout = 60
  /// Seconds one connection may last.
  public var globalTimeout = 900
  /// Connections at once.
  public var maxServers = 256
  /// Connections at once from one address that is not this machine's own.
  public var maxConnectionsPerPeer = 32
  /// New connections a second from one address that is not this machine's own.
  public var maxConnectionRate = 50
  /// Seconds that a master may send nothing.
  public var idleTimeout = 300
  /// Outside plugins that run at once for one connection; as many as there are processors when not set.
  public var maxPlugins: Int?
  /// Where plugins keep state, one folder per user; munin's own place when not set.
  public var stateDirectory: String?
  /// A folder of further files, `*.conf`.
  public var includeDirectory: String?
  /// Who answers for a link to a plugin that munin's own package installed and nobody changed.
  public var stockPlugins = StockPlugins.builtIn

  /// `Sys::Syslog` for syslog; standard error when not set.
  public var logFile: String?
  /// 0 (failures only) to 4 (everything).
  public var logLevel = 2
  public var syslogIdentity = "munin-node"
  public var syslogFacility = SyslogFacility.daemon
  public var pidFile: String?

  /// Plugin files and files of plugin-conf.d in whose name one of these is found are ignored.
  public var ignorePatterns: [PatternSetting] = []
  /// Refuse plugins and settings that others may write.
  public var paranoia = false
  /// The user that the daemon switches to.
  public var user: String?
  public var group: String?
  /// The user of plugins that have no `user` of their own.
  public var defaultPluginUser = "nobody"
  public var defaultPluginGroup = "munin"

  public var background = false
  public var setsid = false
  /// The longest queue of connections that are not yet accepted.
  public var listenBacklog: Int?
  public var tls = TLSSettings(mode: .auto, pem: "/etc/munin/munin-node.pem")
  /// Where each directive stands, in the order of the lines. Synonyms count as the word that munin's manual names first.
  var places: [String: [SettingPlace]] = [:]
  /// The main file; `nil` for settings without one.
  var mainFile: String?

  public init() {}
}

extension NodeSettings {
  /// The port, when all hosts share one.
  public var port: Int {
    get { ports[0] }
    set { ports = [newValue] }
  }

  public var logsToSyslog: Bool { logFile == "Sys::Syslog" }

  /// Every place to listen at. Hosts and ports pair up in order, and the last of the shorter list
  /// serves for the rest of the longer one.
  public var endpoints: [HostPort] {
    (0..<max(hosts.count, ports.count)).map {
      HostPort(host: hosts[min($0, hosts.count - 1)], port: ports[min($0, ports.count - 1)])
    }
  }

  /// The line of a directive: the last one, which counts. For `host` the line of that host.
  /// - Parameter index: of the value, for `host`.
  /// - Returns: the main file without a line where no line says it.
  public func place(of directive: String, index: Int? = nil) -> SettingPlace {
    let known = places[directive] ?? []
    if let index, known.indices.contains(index) { return known[index] }
    return known.last ?? SettingPlace(file: mainFile ?? "settings", line: 0)
  }

  /// Whether only programs on this machine can reach the node.
  public var isLoopbackOnly: Bool {
    hosts.allSatisfy { $0 == "localhost" || $0.hasPrefix("/") || Address($0)?.isLoopback == true }
  }
}
