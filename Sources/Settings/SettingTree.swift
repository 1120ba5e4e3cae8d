/// Everything munin.conf sets, by place. Of the same setting given twice the last one wins.
struct SettingTree: Sendable {
  private var settings: [SettingPath: [String: Directive]] = [:]
  /// The words that are set anywhere. Most words are set nowhere, and are asked for 40,000 fields: that costs one look-up in
  /// this set.
  private var words: Set<String> = []
  /// The places in the order in which they first appear.
  private(set) var paths: [SettingPath] = []

  /// Keeps a place in its order, although nothing is set there yet.
  mutating func touch(_ path: SettingPath) {
    guard settings[path] == nil else { return }
    settings[path] = [:]
    paths.append(path)
  }

  mutating func set(_ name: String, _ directive: Directive, at path: SettingPath) {
    touch(path)
    words.insert(name)
    settings[path]![name] = directive
  }

  /// What is set at this very place.
  func own(_ name: String, at path: @autoclosure () -> SettingPath) -> Directive? {
    words.contains(name) ? settings[path()]?[name] : nil
  }

  func all(at path: SettingPath) -> [String: Directive] {
    settings[path] ?? [:]
  }

  /// What is set here, or at the nearest place around it.
  func inherited(_ name: String, at path: @autoclosure () -> SettingPath) -> Directive? {
    guard words.contains(name) else { return nil }
    var place: SettingPath? = path()
    while let here = place {
      if let found = settings[here]?[name] { return found }
      place = here.outer
    }
    return nil
  }
}
