extension MasterSettings {
  /// Reads `munin.conf` and, behind it, the files of its `includedir` in the order of their names.
  ///
  /// Everything wrong is told at once; `settings` holds what was right. Warnings are lines that munin
  /// accepts as well, and that have no effect or not the intended one.
  public static func parse(
    _ files: [SettingsFile]
  ) -> (settings: MasterSettings, problems: [SettingProblem], warnings: [SettingProblem]) {
    var parser = MasterSettingsParser()
    for (index, file) in files.enumerated() { parser.read(file, isMain: index == 0) }
    return parser.finish()
  }

  /// The directory whose files are to be read too, all but `.*` and `*~`. The last one counts.
  public static func includeDirectory(of file: SettingsFile) -> String? {
    var ignored = Findings()
    var lines = SettingLines(file, continues: true, findings: &ignored)
    var directory: String?
    while let line = lines.next(&ignored), line.text.utf8.first != UInt8(ascii: "[") {
      let directive = Directive(line, in: file)
      if directive.name == "includedir", let path = try? directive.absolutePath() {
        directory = path
      }
    }
    return directory
  }

  /// Whether a file of the include directory is read.
  public static func isIncluded(fileName: String) -> Bool {
    !fileName.hasPrefix(".") && !fileName.hasSuffix("~")
  }
}

private struct MasterSettingsParser {
  private var settings = MasterSettings()
  private var findings = Findings()
  private var contacts: [String: Contact] = [:]
  private var contactNames: [String] = []
  private var contactLines: [String: Setting] = [:]
  /// Where the hosts stand first.
  private var firstLines: [SettingPath: Setting] = [:]
  /// The lists of contacts, looked at when all contacts are known.
  private var contactLists: [Setting] = []

  mutating func read(_ file: SettingsFile, isMain: Bool) {
    var lines = SettingLines(file, continues: true, findings: &findings)
    // `nil` below a section that makes no sense: its lines would only repeat that.
    var section: SettingPath? = SettingPath()
    while !findings.isFull, let line = lines.next(&findings) {
      do throws(SettingProblem) {
        if line.text.utf8.first == UInt8(ascii: "[") {
          section = nil
          section = try path(of: line, in: file)
        } else if let section {
          let directive = Directive(line, in: file)
          if directive.name == "includedir", !isMain {
            findings.add(warning: directive.problem("includedir: no effect in an included file"))
          } else {
            try take(directive, in: section)
          }
        }
      } catch {
        findings.add(problem: error)
      }
    }
  }

  private mutating func path(
    of line: SettingLine, in file: SettingsFile
  ) throws(SettingProblem) -> SettingPath {
    let setting = Setting(value: line.text, file: file.name, line: line.number)
    guard line.text.utf8.last == UInt8(ascii: "]"), line.text.utf8.count > 2 else {
      throw setting.problem("expected [group;host] alone on its line, found \(line.text.quoted)")
    }
    do throws(PathFault) {
      let path = try SettingPath(section: String(line.text.dropFirst().dropLast()))
      note(path, setting)
      return path
    } catch {
      throw setting.problem("section \(line.text.quoted): \(error.message)")
    }
  }

  private mutating func note(_ path: SettingPath, _ setting: Setting) {
    settings.tree.touch(path)
    guard path.host != nil else { return }
    let host = SettingPath(groups: path.groups, host: path.host)
    if firstLines[host] == nil { firstLines[host] = setting }
  }

  private mutating func take(
    _ directive: Directive, in section: SettingPath
  ) throws(SettingProblem) {
    let parts = directive.name.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count == 3, parts[0] == "contact", Contact.attributes.contains(String(parts[2])) {
      guard section.isRoot else {
        throw directive.problem("\(directive.name): expected before the first section")
      }
      return try takeContact(String(parts[1]), String(parts[2]), directive)
    }
    let place: (path: SettingPath, attribute: String)
    do throws(PathFault) {
      place = try section.resolve(directive.name)
    } catch {
      throw directive.problem("\(directive.name.quoted): \(error.message)")
    }
    guard let kind = MasterWords.kind(of: place.attribute) else {
      let hint = suggestion(for: place.attribute, among: MasterWords.all)
      throw directive.problem("unknown word \(place.attribute.quoted)\(hint)")
    }
    try MasterWords.check(directive, as: kind, word: place.attribute)
    if !place.path.isRoot, MasterWords.global.contains(place.attribute) {
      findings.add(
        warning: directive.problem("\(directive.name): no effect behind the first section"))
    }
    let setting = Setting(value: directive.value, file: directive.file, line: directive.line)
    note(place.path, setting)
    settings.tree.set(place.attribute, setting, at: place.path)
    if place.attribute == "contacts" { contactLists.append(setting) }
  }

  private mutating func takeContact(
    _ name: String, _ attribute: String, _ directive: Directive
  ) throws(SettingProblem) {
    guard !name.isEmpty, name != "none",
      name.utf8.allSatisfy({ $0.isLetter || $0.isDigit || "-_".utf8.contains($0) || $0 > 0x7F })
    else { throw directive.problem("\(directive.name): expected contact.NAME.\(attribute)") }
    _ = try directive.text()
    if contacts[name] == nil {
      contactNames.append(name)
      contactLines[name] =
        Setting(value: name, file: directive.file, line: directive.line)
    }
    var contact = contacts[name] ?? Contact(name: name)
    try contact.take(attribute, directive)
    contacts[name] = contact
    settings.contactSettings[directive.name] =
      Setting(value: directive.value, file: directive.file, line: directive.line)
  }
}

extension MasterSettingsParser {
  consuming func finish() -> (
    settings: MasterSettings, problems: [SettingProblem], warnings: [SettingProblem]
  ) {
    settings.applyGlobals()
    finishContacts()
    finishHosts()
    return (settings, findings.problems, findings.warnings)
  }

  private mutating func finishContacts() {
    settings.contacts = contactNames.compactMap { contacts[$0] }
    for contact in settings.contacts where !contact.isReachable && contact.name != "default" {
      guard let first = contactLines[contact.name] else { continue }
      findings.add(
        warning: first.problem("contact \(contact.name.quoted) has neither command nor email"))
    }
    if let old = settings.oldNagios, contacts["old-nagios"] == nil { settings.contacts.append(old) }
    let known = settings.contacts.map(\.name)
    for list in contactLists {
      for name in list.value.words() where name != "none" && !known.contains(name) {
        findings.add(
          problem: list.problem(
            "contacts: unknown contact \(name.quoted)\(suggestion(for: name, among: known))"))
      }
    }
  }

  private mutating func finishHosts() {
    var seen: Set<SettingPath> = []
    for path in settings.tree.paths {
      guard let name = path.host else { continue }
      let place = SettingPath(groups: path.groups, host: name)
      if !path.names.isEmpty { settings.overridesByHost[place, default: []].append(path) }
      guard seen.insert(place).inserted, let first = firstLines[place] else { continue }
      let host = HostSettings(place: place, name: name, in: settings.tree, first: first)
      if host.update, host.endpoint == nil {
        findings.add(
          problem: first.problem("host \(host.path.quoted): expected an address or update no"))
      }
      settings.hosts.append(host)
    }
  }
}

extension MasterSettings {
  /// Takes the directives of the root. Their values have been checked when they were read.
  fileprivate mutating func applyGlobals() {
    func text(_ name: String) -> String? { tree.own(name, at: SettingPath())?.value }
    func number(_ name: String) -> Int? { text(name).flatMap { wholeNumber($0) } }
    databaseDirectory = text("dbdir") ?? databaseDirectory
    logDirectory = text("logdir") ?? logDirectory
    runDirectory = text("rundir") ?? runDirectory
    updateRate = text("update_rate").flatMap(MasterWords.updateRate) ?? updateRate
    graphDataSize = text("graph_data_size").flatMap(GraphDataSize.init) ?? graphDataSize
    if let listen = text("web_listen") { webListen = HostPort(listen) }
    smtpServer = text("smtp_server")
    smtpFrom = text("smtp_from")
    connectTimeout = number("timeout") ?? connectTimeout
    nodeTimeout = number("timeout_fetch_one_node") ?? nodeTimeout
    allNodesTimeout = number("timeout_fetch_all_nodes") ?? allNodesTimeout
    maxProcesses = number("max_processes") ?? maxProcesses
    if text("fork").flatMap(Directive.flag) == false { maxProcesses = 1 }
    rrdcachedSocket = text("rrdcached_socket")
    sshCommand = text("ssh_command") ?? sshCommand
    sshOptions = text("ssh_options") ?? sshOptions
    logFile = text("log_file").map { $0.hasPrefix("/") ? $0 : "Sys::Syslog" }
    logLevel = number("log_level") ?? logLevel
    syslogIdentity = text("syslog_ident") ?? syslogIdentity
    syslogFacility =
      text("syslog_facility").flatMap(SyslogFacility.init(setting:)) ?? syslogFacility
    pidFile = text("pid_file")
  }

  /// munin's first way to write to nagios, in three directives of its own.
  fileprivate var oldNagios: Contact? {
    func text(_ name: String) -> String? { tree.own(name, at: SettingPath())?.value }
    guard let program = text("nsca") else { return nil }
    let server = text("nsca_server").map { " \($0)" } ?? ""
    let configuration = text("nsca_config").map { " -c \($0)" } ?? ""
    return Contact(name: "old-nagios", command: "\(program)\(server)\(configuration) -to 60")
  }
}

extension HostSettings {
  fileprivate init(place: SettingPath, name: String, in tree: SettingTree, first: Setting) {
    func value(_ name: String) -> String? { tree.inherited(name, at: place)?.value }
    func flag(_ name: String) -> Bool? { value(name).flatMap(Directive.flag) }
    self.init(
      groups: place.groups, name: name, address: tree.own("address", at: place)?.value ?? "",
      port: value("port").flatMap { wholeNumber($0) } ?? 4949)
    update = flag("update") ?? true
    useNodeName = flag("use_node_name") ?? false
    useDefaultNode = flag("use_default_node") ?? false
    notifyAlias = tree.own("notify_alias", at: place)?.value
    localAddress = value("local_address").flatMap { $0 == "0" ? nil : $0 }
    for word in TLSSettings.directives {
      guard let setting = tree.inherited(word, at: place) else { continue }
      // Wrong values were told and left out when they were read.
      try? tls.take(
        Directive(name: word, value: setting.value, file: setting.file, line: setting.line))
    }
    attributes = tree.all(at: place).mapValues(\.value)
    file = first.file
    line = first.line
  }
}
