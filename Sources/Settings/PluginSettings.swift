internal import MuninWire

/// What the files of `plugin-conf.d` say about every service.
public struct PluginSettings: Sendable {
  private var exact: [String: ServiceSettings] = [:]
  private var wildcards: [Wildcard] = []
  /// Lines without effect: the node goes on without them.
  public private(set) var warnings: [SettingFinding] = []
  /// Every section and every `env.` line with the place where it stands, in the order of the files.
  public private(set) var mentions: [Mention] = []
  /// The lines `user` and `group` of each section, in the order of the files.
  private var accounts: [(word: String, section: String, place: SettingPlace)] = []

  /// A line of plugin-conf.d that names a service: `[SECTION]`, or `env.NAME VALUE` below it.
  public struct Mention: Sendable, Hashable {
    /// The text between the brackets.
    public let section: String
    /// `nil` for the line of the section itself.
    public let variable: ServiceSettings.Variable?
    public let file: String
    public let line: Int

    /// Whether the section counts for a service.
    public func fits(_ service: String) -> Bool {
      Wildcard(section).map { $0.fits(service) } ?? (section == service)
    }

    /// Whether the section has a star.
    public var isWildcard: Bool { Wildcard(section) != nil }

    /// A finding about this line.
    public func finding(_ message: String) -> SettingFinding {
      SettingFinding(file: file, line: line, message: message)
    }
  }

  public init() {}

  /// The services that have a section of their own, in byte order.
  public var namedServices: [String] {
    exact.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What counts for one service: its own section, then the wildcard sections that fit, in
  /// descending order of their names; each only fills in what is still unset.
  public func settings(for service: String) -> ServiceSettings {
    var settings = exact[service] ?? ServiceSettings()
    for wildcard in wildcards where wildcard.fits(service) {
      settings.fill(from: wildcard.settings)
    }
    return settings
  }

  /// The line `user` or `group` that counts for a service; `nil` where no line says it.
  public func place(of word: String, for service: String) -> SettingPlace? {
    let lines = accounts.filter { $0.word == word }
    if let own = lines.last(where: { $0.section == service }) { return own.place }
    let section = wildcards.first { wildcard in
      wildcard.fits(service) && lines.contains { $0.section == wildcard.name }
    }
    return section.flatMap { section in lines.last { $0.section == section.name }?.place }
  }

  /// Whether a file of the directory is read at all. (`ignore_file` may still exclude it.)
  public static func isFileName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && name.utf8.allSatisfy { $0.isLetter || $0.isDigit || "_-.:".utf8.contains($0) }
  }
}

/// A section with a star at one end.
private struct Wildcard: Sendable {
  let name: String
  let text: [UInt8]
  let isPrefix: Bool
  var settings = ServiceSettings()

  /// - Returns: `nil` for a name without a star.
  init?(_ section: String) {
    isPrefix = section.utf8.last == UInt8(ascii: "*")
    guard isPrefix || section.utf8.first == UInt8(ascii: "*") else { return nil }
    name = section
    text = Array((isPrefix ? section.dropLast() : section.dropFirst()).utf8)
  }

  /// munin takes the part beside the star for a regular expression. Here only the dot has a meaning: it
  /// matches any character. Sections with other special characters are refused.
  func fits(_ service: String) -> Bool {
    let bytes = Array(service.utf8)
    guard bytes.count >= text.count else { return false }
    let part = isPrefix ? bytes.prefix(text.count) : bytes.suffix(text.count)
    return zip(text, part).allSatisfy { $0 == UInt8(ascii: ".") || $0 == $1 }
  }
}

extension PluginSettings {
  /// Reads the files in the given order, which is that of their names.
  ///
  /// Everything wrong is reported at once. An `env.` line without a value or with a name that no environment can have is a
  /// warning, and an earlier value stays. As in munin, only what stands before the first wrong line of a
  /// file comes into force, for a caller that goes on all the same.
  public static func parse(
    _ files: [SettingsFile]
  ) -> (settings: PluginSettings, problems: [SettingFinding]) {
    var findings = Findings()
    var sections: [String: ServiceSettings] = [:]
    var parsed = PluginSettings()
    var idle = IdleDirectives()
    for file in files { parsed.read(file, into: &sections, &idle, &findings) }
    parsed.warnings = findings.warnings + idle.warnings
    for (name, settings) in sections {
      if var wildcard = Wildcard(name) {
        wildcard.settings = settings
        parsed.wildcards.append(wildcard)
      } else {
        parsed.exact[name] = settings
      }
    }
    parsed.wildcards.sort { $1.name.utf8.lexicographicallyPrecedes($0.name.utf8) }
    return (parsed, findings.problems)
  }

  private mutating func read(
    _ file: SettingsFile, into sections: inout [String: ServiceSettings],
    _ idle: inout IdleDirectives, _ findings: inout Findings
  ) {
    let problemsBefore = findings.problems.count
    var lines = SettingLines(file, continues: false, findings: &findings)
    var section: String?
    while !findings.isFull, let line = lines.next(&findings) {
      let directive = Directive(line, in: file)
      do throws(SettingFinding) {
        if line.text.utf8.first == UInt8(ascii: "[") {
          let name = try Self.sectionName(line, directive)
          section = name
          mention(name, nil, directive)
          continue
        }
        guard let section else {
          throw directive.finding("expected a [section] first, found \(line.text.quoted)")
        }
        if let warning = Self.fault(of: directive) {
          findings.add(warning: warning)
          continue
        }
        var settings = sections[section] ?? ServiceSettings()
        try settings.apply(directive)
        if directive.name == "update_rate" {
          idle.add(
            directive, word: directive.name,
            reason: "a plugin prints its update_rate itself, as with munin-node")
        }
        if directive.name.hasPrefix("env.") {
          let name = String(directive.name.dropFirst(4))
          mention(section, .init(name: name, value: directive.value), directive)
        }
        if ["user", "group"].contains(directive.name) {
          let place = SettingPlace(file: directive.file, line: directive.line)
          accounts.append((directive.name, section, place))
        }
        if findings.problems.count == problemsBefore { sections[section] = settings }
      } catch {
        findings.add(problem: error)
      }
    }
  }

  /// What is wrong with an `env.` line that munin-node ignores too; `nil` for any other line.
  private static func fault(of directive: Directive) -> SettingFinding? {
    guard directive.name.hasPrefix("env.") else { return nil }
    let name = directive.name.dropFirst(4).utf8
    guard !name.isEmpty,
      name.allSatisfy({ $0.isLetter || $0.isDigit || "_.".utf8.contains($0) })
    else {
      return directive.finding(
        "expected env.NAME of letters, digits and _, found \(directive.name.quoted); "
          + "the line has no effect")
    }
    guard !directive.value.isEmpty else {
      return directive.finding("\(directive.name): expected a value; the line has no effect")
    }
    return nil
  }

  private mutating func mention(
    _ section: String, _ variable: ServiceSettings.Variable?, _ directive: Directive
  ) {
    mentions.append(
      Mention(section: section, variable: variable, file: directive.file, line: directive.line))
  }

  /// The text between the brackets; a star only at one end, where munin looks for it.
  private static func sectionName(
    _ line: SettingLine, _ directive: Directive
  ) throws(SettingFinding) -> String {
    let name = line.text.dropFirst().dropLast().words().joined(separator: " ")
    let allowed = "_-@.:*".utf8
    guard line.text.utf8.last == UInt8(ascii: "]"), !name.isEmpty,
      name.utf8.allSatisfy({ $0.isLetter || $0.isDigit || allowed.contains($0) }),
      !name.dropFirst().dropLast().utf8.contains(UInt8(ascii: "*")),
      name == "*" || !(name.hasPrefix("*") && name.hasSuffix("*"))
    else {
      throw directive.finding(
        "expected [service], [prefix*] or [*suffix], found \(line.text.quoted)")
    }
    return name
  }
}
