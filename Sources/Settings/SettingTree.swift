/// One value of munin.conf and where it was set.
struct Setting: Sendable, Hashable {
  let value: String
  let file: String
  let line: Int

  func problem(_ message: String) -> SettingProblem {
    SettingProblem(file: file, line: line, message: message)
  }
}

/// Everything munin.conf sets, by place. Of the same setting given twice the last one wins.
struct SettingTree: Sendable {
  private var settings: [SettingPath: [String: Setting]] = [:]
  /// Every word set anywhere: most that are asked for are set nowhere, for 40 000 fields.
  private var words: Set<String> = []
  /// The places in the order in which they first appear.
  private(set) var paths: [SettingPath] = []

  /// Notes that a place exists, although nothing is set there yet.
  mutating func touch(_ path: SettingPath) {
    guard settings[path] == nil else { return }
    settings[path] = [:]
    paths.append(path)
  }

  mutating func set(_ name: String, _ setting: Setting, at path: SettingPath) {
    touch(path)
    words.insert(name)
    settings[path]![name] = setting
  }

  /// What is set at this very place.
  func own(_ name: String, at path: @autoclosure () -> SettingPath) -> Setting? {
    words.contains(name) ? settings[path()]?[name] : nil
  }

  func all(at path: SettingPath) -> [String: Setting] {
    settings[path] ?? [:]
  }

  /// What is set here, or at the nearest place around it.
  func inherited(_ name: String, at path: @autoclosure () -> SettingPath) -> Setting? {
    guard words.contains(name) else { return nil }
    var place: SettingPath? = path()
    while let here = place {
      if let found = settings[here]?[name] { return found }
      place = here.outer
    }
    return nil
  }
}
