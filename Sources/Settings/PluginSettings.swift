/// What the files of `plugin-conf.d` say about every service.
public struct PluginSettings: Sendable {
  private var exact: [String: ServiceSettings] = [:]
  private var wildcards: [Wildcard] = []

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
  var settings: ServiceSettings

  /// munin takes the part beside the star for a regular expression. Of that only the dot is left,
  /// which fits any character; sections with more are refused.
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
  /// Everything wrong is told at once. As in munin, only what stands before the first wrong line of a
  /// file comes into force, for a caller that goes on all the same.
  public static func parse(
    _ files: [SettingsFile]
  ) -> (settings: PluginSettings, problems: [SettingProblem]) {
    var findings = Findings()
    var sections: [String: ServiceSettings] = [:]
    for file in files { read(file, into: &sections, &findings) }
    var parsed = PluginSettings()
    for (name, settings) in sections {
      if name.utf8.last == UInt8(ascii: "*") || name.utf8.first == UInt8(ascii: "*") {
        let isPrefix = name.utf8.last == UInt8(ascii: "*")
        let text = Array((isPrefix ? name.dropLast() : name.dropFirst()).utf8)
        parsed.wildcards.append(
          Wildcard(name: name, text: text, isPrefix: isPrefix, settings: settings))
      } else {
        parsed.exact[name] = settings
      }
    }
    parsed.wildcards.sort { $1.name.utf8.lexicographicallyPrecedes($0.name.utf8) }
    return (parsed, findings.problems)
  }

  private static func read(
    _ file: SettingsFile, into sections: inout [String: ServiceSettings], _ findings: inout Findings
  ) {
    let problemsBefore = findings.problems.count
    var lines = SettingLines(file, continues: false, findings: &findings)
    var section: String?
    while !findings.isFull, let line = lines.next(&findings) {
      let directive = Directive(line, in: file)
      do throws(SettingProblem) {
        if line.text.utf8.first == UInt8(ascii: "[") {
          section = try sectionName(line, directive)
          continue
        }
        guard let section else {
          throw directive.problem("expected a [section] first, found \(line.text.quoted)")
        }
        var settings = sections[section] ?? ServiceSettings()
        try settings.take(directive)
        if findings.problems.count == problemsBefore { sections[section] = settings }
      } catch {
        findings.add(problem: error)
      }
    }
  }

  /// The text between the brackets; a star only at one end, where munin looks for it.
  private static func sectionName(
    _ line: SettingLine, _ directive: Directive
  ) throws(SettingProblem) -> String {
    let name = line.text.dropFirst().dropLast().words().joined(separator: " ")
    let allowed = "_-@.:*".utf8
    guard line.text.utf8.last == UInt8(ascii: "]"), !name.isEmpty,
      name.utf8.allSatisfy({ $0.isLetter || $0.isDigit || allowed.contains($0) }),
      !name.dropFirst().dropLast().utf8.contains(UInt8(ascii: "*")),
      name == "*" || !(name.hasPrefix("*") && name.hasSuffix("*"))
    else {
      throw directive.problem(
        "expected [service], [prefix*] or [*suffix], found \(line.text.quoted)")
    }
    return name
  }
}
