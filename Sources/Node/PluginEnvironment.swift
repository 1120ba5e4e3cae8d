internal import Glibc
internal import Settings

/// The environment of an outside plugin (munin-node's, plus what the daemon was started with).
struct PluginEnvironment {
  static let path = "/usr/sbin:/usr/bin:/sbin:/bin"

  /// What all plugins have in common.
  private let common: [String: String]
  private let states: StateFolders

  /// Variables that systemd sets for the daemon alone.
  private static let forDaemonOnly: Set = [
    "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_PID", "WATCHDOG_USEC",
    "MAINPID", "MUNIN_CAP_DIRTYCONFIG",
  ]

  /// - Parameter inherited: the daemon's own environment, `NAME=VALUE`.
  init(inherited: [String], nodeName: String, states: StateFolders, debug: Bool = false) {
    self.states = states
    var merged: [String: String] = [:]
    for text in inherited {
      guard let sign = text.firstIndex(of: "=") else { continue }
      merged[String(text[..<sign])] = String(text[text.index(after: sign)...])
    }
    for name in PluginEnvironment.forDaemonOnly { merged[name] = nil }
    for (name, value) in PluginEnvironment.constants { merged[name] = value }
    merged["FQDN"] = nodeName
    merged["MUNIN_HOSTNAME"] = nodeName
    merged["MUNIN_DEBUG"] = debug ? "1" : "0"
    common = merged
  }

  /// munin's paths on Debian, which the plugins' own libraries read.
  private static let constants: KeyValuePairs = [
    "PATH": path, "LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": "utf8:replace",
    "MUNIN_LIBDIR": "/usr/share/munin", "MUNIN_PREFIX": "/usr", "MUNIN_CONFDIR": "/etc/munin",
    "MUNIN_BINDIR": "/usr/bin", "MUNIN_SBINDIR": "/usr/sbin", "MUNIN_DOCDIR": "/usr/doc",
    "MUNIN_HTMLDIR": "/var/cache/munin/www", "MUNIN_CGIDIR": "/usr/lib/munin/cgi",
    "MUNIN_CGITMPDIR": "", "MUNIN_DBDIR": "/var/lib/munin",
    "MUNIN_SPOOLDIR": "/var/lib/munin-async", "MUNIN_MANDIR": "/usr/share/man",
    "MUNIN_LOGDIR": "/var/log/munin", "MUNIN_STATEDIR": "/var/run/munin", "MUNIN_USER": "munin",
    "MUNIN_GROUP": "munin", "MUNIN_PLUGINUSER": "nobody", "MUNIN_OSTYPE": "linux",
    "MUNIN_VERSION": "2.0.73", "MUNIN_PERL": "/usr/bin/perl", "MUNIN_PERLLIB": "/usr/share/perl5",
    "MUNIN_GOODSH": "/bin/sh", "MUNIN_BASH": "/bin/bash", "MUNIN_PYTHON": "/usr/bin/env python3",
    "MUNIN_RUBY": "/usr/bin/env ruby", "MUNIN_MKTEMP": "mktemp -p /tmp/ $1", "MUNIN_HASSETR": "1",
    "MUNIN_CAP_MULTIGRAPH": "1",
  ]

  /// The variables of a service that are the same for each run, `NAME=VALUE`.
  /// - Parameter user: the account that the plugin runs as.
  func lasting(_ settings: ServiceSettings, user: String) -> [String] {
    var values = common
    values["MUNIN_PLUGSTATE"] = states.path(for: user)
    for variable in settings.environment { values[variable.name] = variable.value }
    return values.map { "\($0.key)=\($0.value)" }
  }

  /// The variables of one run, but for those that the settings replace.
  /// - Parameters:
  ///   - master: the address of the master; state is kept for each master apart.
  ///   - user: the account that the plugin runs as.
  func passing(
    service: String, master: String, capabilities: Capabilities, settings: ServiceSettings,
    user: String
  ) -> [String] {
    var values = [("MUNIN_MASTER_IP", master)]
    values.append(("MUNIN_STATEFILE", "\(states.path(for: user))/\(service)-\(master)"))
    if capabilities.dirtyConfig { values.append(("MUNIN_CAP_DIRTYCONFIG", "1")) }
    return values.filter { settings.variable($0.0) == nil }.map { "\($0.0)=\($0.1)" }
  }
}
