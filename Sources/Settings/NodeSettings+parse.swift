internal import MuninWire

extension NodeSettings {
  /// Reads `munin-node.conf` and, behind it, the files of its `include_dir` in the order of their names.
  /// Everything wrong is reported at once; `settings` holds what was right.
  ///
  /// An unknown directive is only a warning, because munin-node ignores it in silence.
  public static func parse(
    _ files: [SettingsFile]
  ) -> (settings: NodeSettings, problems: [SettingFinding], warnings: [SettingFinding]) {
    var parser = NodeSettingsParser()
    for (index, file) in files.enumerated() { parser.read(file, isMain: index == 0) }
    return parser.finish(files.first)
  }

  public static func parse(
    _ file: SettingsFile
  ) -> (settings: NodeSettings, problems: [SettingFinding], warnings: [SettingFinding]) {
    parse([file])
  }

  /// The folder of further files that a `munin-node.conf` names, and the line that names it; `nil` for none.
  public static func includeDirectory(
    of file: SettingsFile
  ) -> (path: String, place: SettingPlace)? {
    var findings = Findings()
    var lines = SettingLines(file, continues: false, findings: &findings)
    var found: (path: String, place: SettingPlace)?
    while let line = lines.next(&findings) {
      let directive = Directive(line, in: file)
      if directive.name == "include_dir", let path = try? directive.absolutePath() {
        found = (path, SettingPlace(file: directive.file, line: directive.line))
      }
    }
    return found
  }

  /// Whether a file of the include directory is read: `*.conf`, unless hidden.
  public static func isIncluded(fileName: String) -> Bool {
    fileName.hasSuffix(".conf") && !fileName.hasPrefix(".")
  }
}

private struct NodeSettingsParser {
  private var settings = NodeSettings()
  private var findings = Findings()
  private var hosts: [String] = []
  private var ports: [Int] = []
  private var idle = IdleDirectives()

  init() {
    settings.access = []
  }

  mutating func read(_ file: SettingsFile, isMain: Bool) {
    var lines = SettingLines(file, continues: false, findings: &findings)
    while !findings.isFull, let line = lines.next(&findings) {
      let directive = Directive(line, in: file)
      do throws(SettingFinding) {
        guard isDirectiveName(directive.name), !directive.value.isEmpty else {
          throw directive.finding("expected 'name value', found \(line.text.quoted)")
        }
        if directive.name == "include_dir", !isMain {
          throw directive.finding("include_dir: expected in the main file only")
        }
        try apply(directive)
        let word = Self.synonyms[directive.name] ?? directive.name
        settings.places[word, default: []].append(
          SettingPlace(file: directive.file, line: directive.line))
      } catch {
        findings.add(problem: error)
      }
    }
  }

  private static let synonyms = [
    "hostname": "host_name", "default_client_user": "default_plugin_user",
    "default_client_group": "default_plugin_group",
  ]

  consuming func finish(
    _ file: SettingsFile?
  ) -> (settings: NodeSettings, problems: [SettingFinding], warnings: [SettingFinding]) {
    for warning in idle.warnings { findings.add(warning: warning) }
    settings.mainFile = file?.name
    settings.hosts = hosts.isEmpty ? ["*"] : hosts
    settings.ports = ports.isEmpty ? [4949] : ports
    // Of a file that could not be read nothing is known.
    if let file, settings.access.isEmpty, !settings.isLoopbackOnly {
      findings.add(
        warning: SettingFinding(
          file: file.name, line: 0,
          message: "no allow or deny line: everybody may ask"))
    }
    return (settings, findings.problems, findings.warnings)
  }

  private mutating func apply(_ directive: Directive) throws(SettingFinding) {
    switch directive.name {
    case "host":
      let isPath = directive.value.hasPrefix("/")
      guard let host = isPath ? directive.value : HostPort.host(directive.value) else {
        throw directive.expected("an address, a name, the path of a unix socket or *")
      }
      // The kernel takes 107 bytes and a zero (unix(7)).
      guard !isPath || host.utf8.count <= 107 else {
        throw directive.expected("the path of a unix socket of at most 107 bytes")
      }
      hosts.append(host)
    case "port": ports.append(try directive.port())
    case "host_name", "hostname":
      guard isHostName(directive.value) else { throw directive.expected("a host name") }
      settings.hostName = directive.value
    case "allow", "deny", "cidr_allow", "cidr_deny":
      settings.access.append(try accessRule(directive))
    case "reverse_lookups": settings.reverseLookups = try directive.flag()
    case "double_reverse_lookups": settings.doubleReverseLookups = try directive.flag()
    case "timeout": settings.timeout = try directive.seconds()
    case "global_timeout": settings.globalTimeout = try directive.seconds()
    case "max_servers": settings.maxServers = try directive.whole(in: 1...100_000)
    case "max_connections_per_peer":
      settings.maxConnectionsPerPeer = try directive.whole(in: 1...100_000)
    case "max_connection_rate": settings.maxConnectionRate = try directive.whole(in: 1...100_000)
    case "idle_timeout": settings.idleTimeout = try directive.seconds()
    case "max_plugins": settings.maxPlugins = try directive.whole(in: 1...1000)
    case "plugin_state_dir": settings.stateDirectory = try directive.absolutePath()
    case "include_dir": settings.includeDirectory = try directive.absolutePath()
    case "stock_plugins": settings.stockPlugins = try directive.choice(StockPlugins.self)
    default: try applyProcess(directive)
    }
  }

  /// The directives that are about the process and not about what it answers.
  private mutating func applyProcess(_ directive: Directive) throws(SettingFinding) {
    switch directive.name {
    case "log_file": settings.logFile = try directive.logFile()
    case "log_level": settings.logLevel = try directive.whole("a level", in: 0...4)
    case "syslog_ident": settings.syslogIdentity = try directive.word("a word")
    case "syslog_facility": settings.syslogFacility = try directive.facility()
    case "pid_file": settings.pidFile = try directive.absolutePath()
    case "ignore_file": settings.ignorePatterns.append(directive.pattern)
    case "paranoia": settings.paranoia = try directive.flag()
    case "user": settings.user = try directive.word("a user")
    case "group": settings.group = try directive.word("a group")
    case "default_plugin_user", "default_client_user":
      settings.defaultPluginUser = try directive.word("a user")
    case "default_plugin_group", "default_client_group":
      settings.defaultPluginGroup = try directive.word("a group")
    case "background": settings.background = try directive.flag()
    case "setsid": settings.setsid = try directive.flag()
    case "listen": settings.listenBacklog = try directive.whole(in: 1...65535)
    case _ where TLSSettings.directives.contains(directive.name):
      try settings.tls.apply(directive)
    case _ where NodeDirectives.withoutEffect.contains(directive.name):
      idle.add(
        directive, word: directive.name, reason: "it is about munin-node's own server library")
    default:
      let hint = suggestion(for: directive.name, among: NodeDirectives.words)
      findings.add(warning: directive.finding("unknown directive \(directive.name.quoted)\(hint)"))
    }
  }

  private func accessRule(_ directive: Directive) throws(SettingFinding) -> AccessRule {
    let verdict: AccessRule.Verdict = directive.name.hasSuffix("allow") ? .allow : .deny
    var match = AccessRule.Match.pattern(directive.value)
    if directive.name.hasPrefix("cidr_") {
      guard let block = AddressBlock(directive.value) else {
        throw directive.expected("a network such as 10.0.0.0/8")
      }
      match = .block(block)
    }
    return AccessRule(verdict, match, file: directive.file, line: directive.line)
  }

  private func isDirectiveName(_ name: String) -> Bool {
    name.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }
  }
}
