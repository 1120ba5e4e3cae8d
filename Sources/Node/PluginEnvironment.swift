internal import Settings

/// The environment of an outside plugin (munin-node's, plus what the daemon was started with).
struct PluginEnvironment {
  /// The daemon's own environment, `NAME=VALUE`.
  var inherited: [String]
  var nodeName: String
  /// Where plugins keep state; `nil` when there is no folder for it.
  var stateFolder: String?

  /// The variables for one run.
  func variables(
    service: String, master: String, capabilities: Capabilities, settings: ServiceSettings,
    user: String
  ) -> [String] {
    var values: [(String, String)] = [
      ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
      ("LC_ALL", "C"), ("LANG", "C"), ("PYTHONIOENCODING", "utf8:replace"),
      ("FQDN", nodeName),
      ("MUNIN_LIBDIR", "/usr/share/munin"), ("MUNIN_PREFIX", "/usr"),
      ("MUNIN_CONFDIR", "/etc/munin"), ("MUNIN_BINDIR", "/usr/bin"), ("MUNIN_SBINDIR", "/usr/sbin"),
      ("MUNIN_DOCDIR", "/usr/share/doc"), ("MUNIN_HTMLDIR", "/var/cache/munin/www"),
      ("MUNIN_CGIDIR", "/usr/lib/munin/cgi"), ("MUNIN_CGITMPDIR", "/var/lib/munin/cgi-tmp"),
      ("MUNIN_DBDIR", "/var/lib/munin"), ("MUNIN_SPOOLDIR", "/var/lib/munin-async"),
      ("MUNIN_MANDIR", "/usr/share/man"), ("MUNIN_LOGDIR", "/var/log/munin"),
      ("MUNIN_STATEDIR", "/var/run/munin"), ("MUNIN_USER", "munin"), ("MUNIN_GROUP", "munin"),
      ("MUNIN_PLUGINUSER", "nobody"), ("MUNIN_OSTYPE", "linux"), ("MUNIN_VERSION", "2.0.73"),
      ("MUNIN_PERL", "/usr/bin/perl"), ("MUNIN_PERLLIB", "/usr/share/perl5"),
      ("MUNIN_GOODSH", "/bin/sh"), ("MUNIN_BASH", "/bin/bash"),
      ("MUNIN_PYTHON", "/usr/bin/python3"),
      ("MUNIN_RUBY", "/usr/bin/ruby"), ("MUNIN_HOSTNAME", nodeName),
      ("MUNIN_MKTEMP", "mktemp -p /tmp/ $1"), ("MUNIN_HASSETR", ""),
      ("MUNIN_MASTER_IP", master), ("MUNIN_DEBUG", "0"), ("MUNIN_CAP_MULTIGRAPH", "1"),
    ]
    if capabilities.dirtyConfig { values.append(("MUNIN_CAP_DIRTYCONFIG", "1")) }
    let state = stateFolder.map { "\($0)/\(user)" } ?? "/nonexistent/munin-plugin-state"
    values.append(("MUNIN_PLUGSTATE", state))
    values.append(("MUNIN_STATEFILE", "\(state)/\(service)-\(master)"))
    values += settings.environment.map { ($0.name, $0.value) }

    var merged: [String: String] = [:]
    for text in inherited {
      guard let sign = text.firstIndex(of: "=") else { continue }
      merged[String(text[..<sign])] = String(text[text.index(after: sign)...])
    }
    merged["MUNIN_CAP_DIRTYCONFIG"] = nil
    for (name, value) in values { merged[name] = value }
    return merged.map { "\($0.key)=\($0.value)" }.sorted()
  }
}
