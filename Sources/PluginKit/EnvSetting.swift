internal import MuninWire

/// One `env.` setting of a plugin, or several that differ only in their names: what it is called, what its value has
/// to look like, what counts without it, and what it means.
///
/// The manual of a plugin is printed from these, and `apus-node check` judges plugin-conf.d by them:
/// ``Manual/verdict(on:of:)``.
///
/// ```swift
/// EnvSetting("speed", as: .whole(1...400_000), default: "what the driver says", "megabits per second")
/// EnvSetting("warning", "FIELD_warning", as: .range, default: "92", "percent", check: EnvSetting.percent)
/// ```
public struct EnvSetting: Sendable {
  /// The names without `env.`. A word of four or more capital letters stands for any name (`DEVICE_warning`,
  /// `regex_NAME`); `FIELD` stands for each field of the manual.
  public var names: [String]
  /// What a value has to look like.
  public var kind: SettingKind
  /// What counts when the setting is not given, in words.
  public var standard: String
  /// What the setting does, and the unit of its value.
  public var meaning: String
  /// Says why a well-formed value cannot be meant; `nil` for one that can.
  public var check: @Sendable (String) -> String?

  public init(
    _ names: String..., as kind: SettingKind, default standard: String, _ meaning: String,
    check: @escaping @Sendable (String) -> String? = { _ in nil }
  ) {
    self.init(names: names, as: kind, default: standard, meaning, check: check)
  }

  public init(
    names: [String], as kind: SettingKind, default standard: String, _ meaning: String,
    check: @escaping @Sendable (String) -> String? = { _ in nil }
  ) {
    self.names = names
    self.kind = kind
    self.standard = standard
    self.meaning = meaning
    self.check = check
  }
}

/// Settings that many plugins have.
extension EnvSetting {
  /// `warning` and `critical`, which count for every field without thresholds of its own.
  public static let general = EnvSetting(
    "warning", "critical", as: .range, default: "none",
    "thresholds of all fields without their own")

  /// `FIELD_warning` and `FIELD_critical` of every field of the manual.
  public static let thresholds = thresholds("FIELD", "thresholds of one field")

  /// The thresholds of one field.
  public static func thresholds(
    _ field: String, as kind: SettingKind = .range, default standard: String = "none",
    _ meaning: String? = nil, check: @escaping @Sendable (String) -> String? = { _ in nil }
  ) -> EnvSetting {
    EnvSetting(
      "\(field)_warning", "\(field)_critical", as: kind, default: standard,
      meaning ?? "thresholds of \(field)", check: check)
  }

  /// The check of a threshold where munin's plugin of that name, like Perl, takes 0 for not set.
  @Sendable public static func notZero(_ value: String) -> String? {
    value == "0" ? "munin's own plugin ignores a 0; write :0" : nil
  }

  /// The check of a range for values from 0 to 100.
  @Sendable public static func percent(_ value: String) -> String? {
    guard let range = Bounds(value) else { return nil }
    if let most = range.max, most > 100 { return "the values are percent, none is above 100" }
    if let most = range.max, most < 0 {
      return "the values are percent, none is below 0, so no value is good"
    }
    if let least = range.min, least < 0, range.max == nil {
      return "the values are percent, none is below 0"
    }
    if let least = range.min, least > 100 { return "the values are percent, none reaches it" }
    return nil
  }

  /// The check of shares of a whole that nothing exceeds: `150%:` is never reached.
  @Sendable public static func share(_ value: String) -> String? {
    for part in value.split(separator: ":") where part.hasSuffix("%") {
      guard let number = parseNumber(String(part.dropLast()).utf8.span) else { continue }
      if number > 100 { return "no share is above 100 %" }
      if number < 0 { return "no share is below 0 %" }
    }
    return nil
  }

  /// The check of a range for amounts of memory: a number below 1 KiB was meant as a share. 0 is none at all, and beside
  /// a share any number is meant as it stands.
  @Sendable public static func bytes(_ value: String) -> String? {
    if value.contains("%") { return share(value) }
    for part in value.split(separator: ":") {
      if let number = parseNumber(String(part).utf8.span), number > 0, number < 1024 {
        let shares = value.split(separator: ":", omittingEmptySubsequences: false).map {
          $0.isEmpty ? "" : "\($0)%"
        }.joined(separator: ":")
        // Without a colon a range is an upper bound, and of free memory a lower one is meant.
        let meant =
          value.contains(":") ? shares : "\(part)%: (at least) or :\(part)% (at most)"
        return "the values are bytes; did you mean \(meant)?"
      }
    }
    return nil
  }
}
