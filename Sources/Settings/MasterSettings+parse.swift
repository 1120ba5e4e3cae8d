internal import MuninWire

extension MasterSettings {
  /// Reads `munin.conf` and, behind it, the files of its `includedir` in the order of their names.
  ///
  /// - Parameter isComplete: whether all findings are listed, not only the first 100 of a start, and each line of a directive without
  ///   effect.
  ///
  /// Everything wrong is reported at once; `settings` holds what was right. What munin itself accepts keeps
  /// nothing from starting: it is a warning, which says what has no effect.
  public static func parse(
    _ files: [SettingsFile], isComplete: Bool = false
  ) -> (settings: MasterSettings, problems: [SettingFinding], warnings: [SettingFinding]) {
    var parser = MasterSettingsParser(isComplete: isComplete)
    for (index, file) in files.enumerated() { parser.read(file, isMain: index == 0) }
    return parser.finish()
  }

  /// The directory whose files are to be read too, all but `.*` and `*~`. The last one counts.
  public static func includeDirectory(of file: SettingsFile) -> (path: String, line: Int)? {
    var ignored = Findings()
    var lines = SettingLines(file, continues: true, findings: &ignored)
    var directory: (path: String, line: Int)?
    while let line = lines.next(&ignored), line.text.utf8.first != UInt8(ascii: "[") {
      let directive = Directive(line, in: file).asReadByUpdate(line)
      if directive.name == "includedir", !directive.value.isEmpty {
        directory = (directive.value, line.number)
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
  private var findings: Findings
  private var idle: IdleDirectives
  private var contacts: [String: Contact] = [:]
  private var contactNames: [String] = []
  private var contactLines: [String: Directive] = [:]
  /// Where the hosts stand first.
  private var firstLines: [SettingPath: Directive] = [:]
  /// The section whose first line is still to come.
  private var openSection: (path: SettingPath, line: Directive)?
  /// The sections of nodes that have lines, where each stands first.
  private var sections: [SettingPath: Directive] = [:]
  /// Sections with nothing below.
  private var emptySections: [(path: SettingPath, line: Directive)] = []
  /// The lists of contacts, looked at when all contacts are known.
  private var contactLists: [Directive] = []

  init(isComplete: Bool) {
    findings = Findings(most: isComplete ? Findings.all : Findings.usual)
    idle = IdleDirectives(isComplete: isComplete)
  }

  mutating func read(_ file: SettingsFile, isMain: Bool) {
    var lines = SettingLines(file, continues: true, findings: &findings)
    // `nil` below an invalid section: findings about its lines would repeat the first one.
    var section: SettingPath? = SettingPath()
    while !findings.isFull, let line = lines.next(&findings) {
      do throws(SettingFinding) {
        if line.text.utf8.first == UInt8(ascii: "[") {
          closeSection()
          section = nil
          section = try path(of: line, in: file)
        } else if let section {
          if let open = openSection { begin(open.path, open.line) }
          openSection = nil
          let directive = Directive(line, in: file)
          if directive.name == "includedir", !isMain {
            findings.add(warning: directive.finding("includedir: no effect in an included file"))
          } else {
            try apply(directive, line, in: section)
          }
        }
      } catch {
        findings.add(problem: error)
      }
    }
    closeSection()
  }

  /// A section has its first line.
  private mutating func begin(_ path: SettingPath, _ line: Directive) {
    add(path, line)
    guard path.host != nil, path.names.isEmpty else { return }
    guard let first = sections[path], first.file == line.file else {
      sections[path] = line
      return
    }
    findings.add(
      warning: line.finding(
        "section \(line.name.quoted): the same node as in line \(first.line): both sections apply; of a word that is set in both, the last one"
      ))
  }

  private mutating func closeSection() {
    if let open = openSection { emptySections.append(open) }
    openSection = nil
  }

  private mutating func path(
    of line: SettingLine, in file: SettingsFile
  ) throws(SettingFinding) -> SettingPath? {
    let directive = Directive(
      name: line.text, value: line.text, file: file.name, line: line.number)
    guard line.text.utf8.last == UInt8(ascii: "]"), line.text.utf8.count > 2 else {
      throw directive.finding("expected [group;host] alone on its line, found \(line.text.quoted)")
    }
    do throws(PathFault) {
      let path = try SettingPath(section: String(line.text.dropFirst().dropLast()))
      openSection = (path, directive)
      return path
    } catch {
      let message = "section \(line.text.quoted): \(error.message)"
      guard error.isAcceptedByMunin else { throw directive.finding(message) }
      findings.add(warning: directive.finding(message).passedOver(": all of it is ignored"))
      return nil
    }
  }

  /// Adds a place to the tree, and its host to the hosts.
  private mutating func add(_ path: SettingPath, _ line: Directive) {
    settings.tree.touch(path)
    guard path.host != nil else { return }
    let host = SettingPath(groups: path.groups, host: path.host)
    if firstLines[host] == nil { firstLines[host] = line }
  }

  private mutating func apply(
    _ directive: Directive, _ line: SettingLine, in section: SettingPath
  ) throws(SettingFinding) {
    let parts = directive.name.split(separator: ".", omittingEmptySubsequences: false)
    let word = lastWord(of: String(parts.last ?? ""))
    guard let known = MasterDirectives.directive(word) else {
      if let finding = missingBlank(in: directive) { throw finding }
      let hint = suggestion(for: word, among: MasterDirectives.words)
      throw directive.finding("unknown word \(word.quoted)\(hint)")
    }
    let directive = known.isReadByUpdate ? directive.asReadByUpdate(line) : directive
    if parts.count > 2, parts[0] == "contact",
      section.isRoot || known.levels == .contact
    {
      return try applyContact(parts.map(String.init), known, directive, in: section)
    }
    let place: SettingPath
    do throws(PathFault) {
      place = try section.resolve(directive.name).path
    } catch {
      let finding = directive.finding("\(directive.name.quoted): \(error.message)")
      guard error.isAcceptedByMunin else { throw finding }
      return findings.add(warning: finding.passedOver(": the line is ignored"))
    }
    guard !known.levels.isDisjoint(with: place.levels) else {
      return idle.add(directive, word: word, reason: known.reasonForNoEffect)
    }
    do throws(SettingFinding) {
      try known.check(directive)
    } catch {
      // munin passes over a line without a value.
      if known.mustBeRight, !directive.value.isEmpty || known.isOwn { throw error }
      // A node is not polled at another place, or by a less safe connection, than was meant.
      guard ["address", "port"].contains(word) || TLSSettings.directives.contains(word) else {
        return findings.add(warning: error.passedOver(": the line is ignored"))
      }
      findings.add(warning: error.passedOver(": the nodes below are not polled"))
    }
    if let doubt = known.doubt(directive, at: place) { findings.add(warning: doubt) }
    if word == "address", let old = settings.tree.own(word, at: place), old.file != directive.file {
      findings.add(
        warning: directive.finding(
          "address: replaces \(old.value.quoted) of \(old.file):\(old.line)"))
    }
    add(place, directive)
    settings.tree.set(word, directive, at: place)
    if ["contacts", "own_contacts", "heartbeat_mail"].contains(word) {
      contactLists.append(directive.named(word))
    }
  }

  /// `address=1.2.3.4`, `port:4949`: a known word with something else than a blank behind it.
  private func missingBlank(in directive: Directive) -> SettingFinding? {
    guard let end = directive.name.utf8.firstIndex(where: "=:".utf8.contains) else { return nil }
    let key = String(directive.name[..<end])
    guard MasterDirectives.directive(key.split(separator: ".").last.map(String.init) ?? "") != nil
    else { return nil }
    return directive.finding(
      "expected a blank between \(key) and its value, found \(directive.name.quoted)")
  }

  /// In `group;node_order` and `group;host:update` the word stands behind a semicolon or colon.
  private func lastWord(of word: String) -> String {
    let separators = [UInt8(ascii: ";"), UInt8(ascii: ":")]
    return word.utf8.lastIndex(where: separators.contains)
      .map { String(word[word.utf8.index(after: $0)...]) } ?? word
  }

  private mutating func applyContact(
    _ parts: [String], _ known: KnownDirective, _ directive: Directive, in section: SettingPath
  ) throws(SettingFinding) {
    let name = parts[1]
    guard section.isRoot else {
      return idle.add(
        directive, word: "contact", reason: "a contact has to stand before the first section")
    }
    guard known.levels.contains(.contact), parts.count == 3 else {
      return idle.add(directive, word: known.word, reason: known.reasonForNoEffect)
    }
    guard Contact.isName(name) else {
      let finding = directive.finding("\(directive.name): expected contact.NAME.\(known.word)")
      if known.isOwn { throw finding }
      return findings.add(warning: finding.passedOver(": the line is ignored"))
    }
    do throws(SettingFinding) {
      try known.check(directive)
    } catch {
      if known.mustBeRight { throw error }
      // As in munin, the right words of the list count.
      guard known.word == "always_send", !directive.knownSeverities.isEmpty else {
        return findings.add(warning: error.passedOver(": the line is ignored"))
      }
      findings.add(warning: error.passedOver(": the other words count"))
    }
    if contacts[name] == nil {
      contactNames.append(name)
      contactLines[name] = directive
    }
    var contact = contacts[name] ?? Contact(name: name)
    try contact.apply(known.word, directive)
    contacts[name] = contact
    settings.contactDirectives[directive.name] = directive
  }
}

extension MasterSettingsParser {
  consuming func finish() -> (
    settings: MasterSettings, problems: [SettingFinding], warnings: [SettingFinding]
  ) {
    settings.applyGlobals()
    finishContacts()
    finishHosts()
    for finding in settings.findParents() { findings.add(warning: finding) }
    for finding in settings.mailFindings { findings.add(warning: finding) }
    checkDataSizes()
    for warning in idle.warnings { findings.add(warning: warning) }
    return (settings, findings.problems, findings.warnings)
  }

  private mutating func finishContacts() {
    settings.contacts = contactNames.compactMap { contacts[$0] }
    for contact in settings.contacts where !contact.isReachable && contact.name != "default" {
      guard let first = contactLines[contact.name] else { continue }
      findings.add(
        warning: first.finding(
          "contact \(contact.name.quoted): neither email, command, webhook nor syslog: it gets no messages"
        ))
    }
    for contact in settings.contacts {
      for finding in settings.findings(of: contact) { findings.add(warning: finding) }
    }
    if let old = settings.oldNagios, contacts["old-nagios"] == nil,
      !settings.contacts.contains(where: { $0.name == "nagios" && $0.command != nil })
    {
      settings.contacts.append(old)
    }
    let known = settings.contacts.map(\.name)
    for list in contactLists {
      let names =
        list.name == "heartbeat_mail"
        ? settings.heartbeatMail?.contacts ?? [] : list.value.words()
      for name in names where !Contact.nobody.contains(name) && !known.contains(name) {
        findings.add(
          warning: list.finding(
            "\(list.name): unknown contact \(name.quoted)\(suggestion(for: name, among: known))"
          ).passedOver(""))
      }
    }
  }

  /// Resolutions that are finer than the rate at their place.
  private mutating func checkDataSizes() {
    for path in settings.tree.paths {
      guard let directive = settings.tree.own("graph_data_size", at: path),
        let size = RoundRobinLayout(directive.value)
      else { continue }
      let rate = settings.tree.inherited("update_rate", at: path).flatMap { try? $0.updateRate() }
      for finding in size.findings(updateRate: rate ?? MasterSettings().updateRate) {
        findings.add(warning: directive.finding("\(directive.name): \(finding)"))
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
      var host = HostSettings(place: place, name: name, in: settings.tree, first: first)
      if host.update, host.endpoint == nil {
        host.update = false
        // A wrong one was reported where it stands.
        if host.address.isEmpty {
          findings.add(
            warning: first.finding(
              "host \(host.path.quoted): no address: expected an address or update no: not polled"
            ))
        }
      }
      settings.hosts.append(host)
    }
    for (path, line) in emptySections {
      guard let name = path.host, !seen.contains(SettingPath(groups: path.groups, host: name))
      else { continue }
      findings.add(
        warning: line.finding(
          "section \(line.name.quoted): no line below it: no host is made of it"))
    }
  }
}

extension KnownDirective {
  /// Why a line with this word has no effect where it stands.
  fileprivate var reasonForNoEffect: String {
    levels.isEmpty ? meaning : "expected at \(levels.names)"
  }

  fileprivate func check(_ directive: Directive) throws(SettingFinding) {
    _ = try directive.text()
    if TLSSettings.directives.contains(word) {
      var scratch = TLSSettings(mode: .disabled, pem: "/")
      return try scratch.apply(directive.named(word))
    }
    try kind.check(directive)
  }
}

extension KnownDirective {
  /// A value that is valid and certainly a mistake.
  fileprivate func doubt(_ directive: Directive, at place: SettingPath) -> SettingFinding? {
    if case .folder = kind, directive.value.utf8.first != UInt8(ascii: "/") {
      return directive.finding(
        "\(word): \(directive.value.quoted) is looked for in the folder that the collector is started in"
      )
    }
    if word == "update_rate", let rate = try? directive.updateRate(), rate < 10 {
      return directive.finding(
        place.names.isEmpty
          ? "update_rate: \(rate) s is less than 10 s, the shortest rate that time limits and messages are made for: nodes are polled every \(rate) s"
          : "update_rate: \(rate) s is less than 10 s: a service makes its node be polled every 10 s at most"
      )
    }
    guard case .range = kind, let bounds = Bounds(directive.value) else { return nil }
    if bounds.isInverted {
      return directive.finding(
        "\(word): the upper limit of \(directive.value.quoted) is below the lower one: every value is outside"
      )
    }
    if place.names.first == "memory", bounds.hasLimit(below: 1024) {
      return directive.finding(
        "\(word): \(directive.value.quoted) is in bytes, and less than 1 kB cannot be meant")
    }
    return nil
  }
}

extension SettingPath {
  /// What the place may be: `a.b` is field `b` of service `a`, or a nested service.
  fileprivate var levels: KnownDirective.Levels {
    if names.count > 1 { return [.service, .field] }
    if names.count == 1 { return .service }
    if host != nil { return .node }
    return groups.isEmpty ? .root : .group
  }
}
