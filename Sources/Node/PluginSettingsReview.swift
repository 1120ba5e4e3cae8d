package import PluginKit
package import Settings

/// What plugin-conf.d says that has no effect, or not the one that was meant: for `apus-node check`.
package struct PluginSettingsReview {
  /// Something to tell, and whether it is an error.
  package struct Finding: Hashable, Sendable {
    package var text: String
    package var isProblem: Bool
    /// The `env.` setting that it is about, and the services that have it from this line.
    package var variable: String?
    package var services: [String] = []
  }

  /// The services that are listed, each with the built-in plugin that answers or would; `nil` where there is none.
  private let services: [String: BuiltIn?]
  private let builtIns: [BuiltIn]
  /// The names of munin's own plugins on this machine.
  private let library: Set<String>
  /// The command that adds a service; `nil` where services need no link.
  private let linking: ((String) -> String)?
  /// Whether a file came with a package of munin's: it holds sections for plugins that most machines do not use.
  private let isPackaged: (String) -> Bool
  /// Why built-in plugins that could be services have nothing to show, in the words of their autoconf.
  private let absences: [String: String]

  package init(
    services: [String: BuiltIn?], builtIns: [BuiltIn], library: Set<String>,
    linking: ((String) -> String)?, absences: [String: String] = [:],
    isPackaged: @escaping (String) -> Bool
  ) {
    self.absences = absences
    self.services = services
    self.builtIns = builtIns
    self.library = library
    self.linking = linking
    self.isPackaged = isPackaged
  }

  /// The sections of one service each that is not there, although a built-in plugin of that name is. Services of families
  /// are not among them: their plugin's autoconf says what can be found, not what a name means.
  package func absentServices(in settings: PluginSettings) -> [String] {
    Set(settings.mentions.filter { !$0.isWildcard }.map(\.section)).filter { name in
      guard !services.keys.contains(name),
        let plugin = FamilyName.plugin(named: name, among: builtIns)
      else { return false }
      return FamilyName(plugin) == nil
    }.sorted()
  }

  package func findings(in settings: PluginSettings) -> [Finding] {
    var known: Set<String> = []
    return settings.mentions.compactMap { mention in
      if let variable = mention.variable { return finding(on: variable, at: mention) }
      guard known.insert(mention.section).inserted else { return nil }
      return findingOnSection(mention)
    }
  }

  // MARK: Sections

  private func findingOnSection(_ mention: PluginSettings.Mention) -> Finding? {
    let name = mention.section
    if services.keys.contains(where: mention.fits) || library.contains(where: mention.fits) {
      return nil
    }
    func warning(_ text: String) -> Finding {
      Finding(text: mention.finding("[\(name)]: \(text)").description, isProblem: false)
    }
    if !mention.isWildcard, FamilyName.plugin(named: name, among: builtIns) != nil {
      let reason = absences[name].map { "; its autoconf says: \($0)" } ?? ""
      return warning("no such service\(reason)\(linking.map { "; add it: \($0(name))" } ?? "")")
    }
    let start = String(decoding: name.utf8.filter { $0 != UInt8(ascii: "*") }, as: UTF8.self)
    // A section for several services may wait for the first of them.
    if mention.isWildcard, fitsBuiltIn(mention, start) { return nil }
    let near = nearestWord(to: start, among: names)
    if let near { return warning("fits no service; did you mean [\(near)]?") }
    return isPackaged(mention.file) ? nil : warning("fits no service")
  }

  /// Whether a section with `*` fits a built-in plugin, or services of a family: `[ups_*]`.
  private func fitsBuiltIn(_ mention: PluginSettings.Mention, _ start: String) -> Bool {
    builtIns.contains { mention.fits("\($0.description.name)") }
      || FamilyName.plugin(named: start + "x", among: builtIns) != nil
  }

  /// Everything that a section may be meant for, in byte order.
  private var names: [String] {
    Set(services.keys).union(builtIns.map { "\($0.description.name)" }).union(library)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: Variables

  private func finding(
    on variable: ServiceSettings.Variable, at mention: PluginSettings.Mention
  ) -> Finding? {
    let answering = services.filter { mention.fits($0.key) }.sorted { $0.key < $1.key }
    let manuals = answering.compactMap { $0.value?.description.manual }
    guard !manuals.isEmpty else { return nil }
    var unknown: String?
    for manual in manuals {
      guard let text = manual.finding(on: variable.value, of: variable.name) else { return nil }
      switch manual.verdict(on: variable.value, of: variable.name) {
      case .fine: return nil
      case .unknown: unknown = unknown ?? text
      case .malformed: return finding(text, at: mention, answering.map(\.key), isProblem: true)
      case .implausible: return finding(text, at: mention, answering.map(\.key), isProblem: false)
      }
    }
    // A script that the section fits as well may know it.
    guard answering.count == manuals.count, let unknown else { return nil }
    return finding(unknown, at: mention, answering.map(\.key), isProblem: false)
  }

  private func finding(
    _ text: String, at mention: PluginSettings.Mention, _ services: [String], isProblem: Bool
  ) -> Finding {
    Finding(
      text: mention.finding("[\(mention.section)] \(text)").description, isProblem: isProblem,
      variable: mention.variable?.name, services: services)
  }
}
