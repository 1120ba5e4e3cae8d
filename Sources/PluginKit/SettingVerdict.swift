internal import MuninWire
internal import Settings

/// What is to be said of one `env.` setting of a service that a built-in plugin answers.
public enum SettingVerdict: Sendable, Hashable {
  /// The plugin knows the setting, and the value makes sense.
  case fine
  /// The plugin has no such setting: it has no effect. The setting that probably was meant, if there is one.
  case unknown(nearest: String?)
  /// The value is not what the setting takes; what that is.
  case malformed(expected: String)
  /// The value is well formed but cannot be meant, and why.
  case implausible(reason: String)
}

extension Manual {
  /// Judges one setting by what the plugin declares. Nothing but the two texts is looked at.
  ///
  /// - Parameters:
  ///   - value: the value as plugin-conf.d has it.
  ///   - name: the setting's name without `env.`
  /// - Returns: ``SettingVerdict/fine`` also for the environment that scripts need (`PATH`, `LANG`, `MUNIN_…`): it
  ///   does no harm here.
  public func verdict(on value: String, of name: String) -> SettingVerdict {
    guard let setting = setting(named: name) else {
      if Manual.isEnvironment(name) { return .fine }
      return .unknown(nearest: nearest(to: name))
    }
    guard setting.kind.accepts(value) else {
      return .malformed(expected: setting.kind.expectation)
    }
    if case .range = setting.kind, let range = Bounds(value), let low = range.min,
      let high = range.max, low > high
    {
      return .implausible(reason: "the lower bound is above the upper one, so no value is good")
    }
    return setting.check(value).map { .implausible(reason: $0) } ?? .fine
  }

  /// The same as a line for people, without the plugin's name: `env.load_warning: expected a range, min:max, found
  /// 'abc'`; `nil` when all is well.
  public func finding(on value: String, of name: String) -> String? {
    switch verdict(on: value, of: name) {
    case .fine: return nil
    case .unknown(let nearest):
      let hint = nearest.map { "; did you mean env.\($0)?" } ?? ""
      return "env.\(name): the plugin has no such setting\(hint)"
    case .malformed(let expected):
      let isSecret = setting(named: name)?.kind.isSecret == true
      let found = isSecret ? "\(value.utf8.count)" : "'\(value)'"
      return "env.\(name): expected \(expected), found \(found)"
    case .implausible(let reason): return "env.\(name) \(value): \(reason)"
    }
  }

  /// The declaration of a setting; `nil` when the plugin has none of this name. One that is declared by its exact
  /// name goes before one by a pattern.
  public func setting(named name: String) -> EnvSetting? {
    settings.first { $0.names.contains(name) }
      ?? settings.first { setting in
        setting.names.contains {
          SettingName.all($0, fields: fieldNames).contains { $0.matches(name) }
        }
      }
  }

  /// The fields' names one by one. Several stand in one row with commas between them, and a multigraph plugin may
  /// name the graph before its fields: `ntp_peers_usable usable, all`.
  private var fieldNames: [String] {
    fields.flatMap { field in
      let words = field.name.split(separator: " ")
      let hasGraph = words.count > 1 && !words[0].hasSuffix(",")
      return words.dropFirst(hasGraph ? 1 : 0).map {
        String($0.hasSuffix(",") ? $0.dropLast() : $0)
      }
    }
  }

  /// The declared name that a name is probably a slip of.
  private func nearest(to name: String) -> String? {
    let known = settings.flatMap(\.names).flatMap { SettingName.all($0, fields: fieldNames) }
    return nearestWord(to: name, among: Set(known.flatMap { $0.candidates(for: name) }).sorted())
  }

  /// What scripts and their languages take from the environment.
  private static func isEnvironment(_ name: String) -> Bool {
    ["PATH", "HOME", "SHELL", "LANG", "LANGUAGE", "TZ", "PERL5LIB"].contains(name)
      || name.hasPrefix("LC_") || name.hasPrefix("MUNIN_")
  }
}
