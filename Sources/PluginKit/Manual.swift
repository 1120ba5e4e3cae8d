/// A plugin's manual: what it shows, what can be set, what its fields mean.
public struct Manual: Sendable {
  /// One sentence: what the graph shows.
  public var summary: String
  /// Where the numbers come from and how to read them.
  public var details: String
  /// What `env.` settings there are.
  public var settings: [Setting]
  /// The fields with their units.
  public var fields: [(name: String, meaning: String)]
  /// A section for plugin-conf.d, ready to copy.
  public var example: String

  /// One `env.` setting.
  public struct Setting: Sendable {
    public var name: String
    public var standard: String
    public var meaning: String

    public init(_ name: String, default standard: String, _ meaning: String) {
      self.name = name
      self.standard = standard
      self.meaning = meaning
    }
  }

  public init(
    _ summary: String, details: String, settings: [Setting] = [],
    fields: [(name: String, meaning: String)], example: String
  ) {
    self.summary = summary
    self.details = details
    self.settings = settings
    self.fields = fields
    self.example = example
  }

  /// The manual as text of at most 80 columns or so.
  public func text(for name: String) -> String {
    var lines = ["\(name): \(summary)", "", details, ""]
    func list(_ title: String, _ rows: [(String, String)]) {
      guard !rows.isEmpty else { return }
      let width = rows.map(\.0.count).max()!
      lines.append(title)
      for (left, right) in rows {
        let indent = String(repeating: " ", count: width + 4)
        let rows = Manual.wrapped(right, to: max(100 - indent.count, 40))
        lines.append("  " + left + indent.dropFirst(left.count + 2) + rows[0])
        lines += rows.dropFirst().map { indent + $0 }
      }
      lines.append("")
    }
    list("Fields", fields.map { ($0.name, $0.meaning) })
    list(
      "Settings (plugin-conf.d)",
      settings.map { ("env.\($0.name)", "\($0.meaning) (\($0.standard))") })
    lines.append("Example")
    lines += example.split(separator: "\n").map { "  \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Manual {
  /// A text in lines of at most `width` characters, broken at blanks.
  private static func wrapped(_ text: String, to width: Int) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
      if !lines.last!.isEmpty, lines.last!.count + 1 + word.count > width { lines.append("") }
      lines[lines.count - 1] += (lines.last!.isEmpty ? "" : " ") + word
    }
    return lines
  }
}

extension Manual.Setting {
  /// Limits that count for every field.
  public static let general = Manual.Setting(
    "warning, env.critical", default: "none", "ranges of all fields without their own")

  /// The thresholds that each field of a plugin takes.
  public static func thresholds(_ field: String) -> [Manual.Setting] {
    ["warning", "critical"].map {
      Manual.Setting("\(field)_\($0)", default: "none", "\($0) range min:max of \(field)")
    }
  }
}
