/// A plugin's manual: what it shows, what can be set, what its fields mean.
public struct Manual: Sendable {
  /// One sentence: what the graph shows.
  public var summary: String
  /// Where the numbers come from and how to read them.
  public var details: String
  /// All `env.` settings that the plugin understands.
  public var settings: [EnvSetting]
  /// The fields with their units; several alike in one row with commas between them.
  public var fields: [(name: String, meaning: String)]
  /// A section for plugin-conf.d, ready to copy.
  public var example: String

  public init(
    _ summary: String, details: String, settings: [EnvSetting] = [],
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
    if !settings.isEmpty {
      lines.append("Settings (plugin-conf.d)")
      for setting in settings { lines += Manual.lines(for: setting) }
      lines.append("")
    }
    lines.append("Example")
    lines += example.split(separator: "\n").map { "  \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Manual {
  /// A setting's names, and below them what it is.
  private static func lines(for setting: EnvSetting) -> [String] {
    let names = setting.names.map { "env.\($0)" }.joined(separator: ", ")
    let text = "\(setting.meaning) (\(setting.kind.expectation); default: \(setting.standard))"
    return wrapped(names, to: 94).map { "  \($0)" } + wrapped(text, to: 90).map { "      \($0)" }
  }

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
