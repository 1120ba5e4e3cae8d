internal import MuninWire

/// The options of rrdgraph that a node may give in `graph_args`: those that change how its graph looks.
///
/// A node is not trusted: options that name files, programs or daemons, that replace what the collector
/// sets, or that make a picture huge, are not here, and neither is any argument that is not an option.
struct GraphOptions {
  /// What is left for librrd, each option a word and its value another.
  private(set) var words: [String] = []
  /// What was left out, to be told.
  private(set) var findings: [String] = []

  init(_ text: String) {
    guard text.utf8.count <= 4096 else {
      findings = ["graph_args: expected at most 4096 bytes"]
      return
    }
    var rest = shellWords(text)[...]
    while let word = rest.popFirst() {
      if word.hasPrefix("--"), word != "--" {
        takeLong(word, &rest)
      } else if word.hasPrefix("-"), word.count > 1, word != "--" {
        takeShort(word, &rest)
      } else {
        leaveOut(word)
      }
    }
  }

  /// The value given last for an option.
  func value(of name: String) -> String? {
    words.lastIndex(of: name).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
  }

  private mutating func takeLong(_ word: String, _ rest: inout ArraySlice<String>) {
    let equals = word.firstIndex(of: "=")
    let name = String(word[..<(equals ?? word.endIndex)].dropFirst(2))
    guard let option = Self.known.first(where: { $0.name == name }) else {
      return leaveOut(name, spelled: word, &rest)
    }
    if option.value == .none { return equals == nil ? words.append(word) : leaveOut(word) }
    let given = equals.map { String(word[word.index(after: $0)...]) } ?? rest.popFirst()
    take(option, spelled: "--" + name, given)
  }

  /// A cluster of letters: flags, then perhaps an option with its value, joined or as the next word.
  private mutating func takeShort(_ word: String, _ rest: inout ArraySlice<String>) {
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      guard let option = Self.known.first(where: { $0.letter == letter }) else {
        return leaveOut(word)
      }
      if option.value == .none {
        words.append("-\(letter)")
      } else {
        return take(
          option, spelled: "-\(letter)", letters.isEmpty ? rest.popFirst() : String(letters))
      }
    }
  }

  private mutating func take(_ option: Option, spelled: String, _ value: String?) {
    guard let value, option.value.accepts(value) else {
      return leaveOut("\(spelled) \(value ?? "")")
    }
    words += [spelled, value]
  }

  private mutating func leaveOut(_ word: String) {
    findings.append("graph_args: '\(GraphText.plain(word, limit: 60))' is not allowed, ignored")
  }

  /// An option that is not in the list, with the word behind it, which must be its value.
  private mutating func leaveOut(
    _ name: String, spelled word: String, _ rest: inout ArraySlice<String>
  ) {
    var text = word
    if !word.contains("="), let value = rest.first, !value.hasPrefix("-") {
      text += " " + value
      rest.removeFirst()
    }
    text = GraphText.plain(text, limit: 60)
    if Self.reserved.contains(name) {
      findings.append("graph_args: option '\(text)' is not allowed, ignored")
      return
    }
    let letters = name.filter { $0 != "-" }
    let meant = Self.known.first { $0.name.filter { $0 != "-" } == letters }
    let hint = meant.map { ", did you mean --\($0.name)?" } ?? ""
    findings.append("graph_args: unknown option '\(text)' ignored\(hint)")
  }

  private struct Option {
    let name: String
    let letter: Character?
    let value: Value

    init(_ name: String, _ letter: Character?, _ value: Value) {
      self.name = name
      self.letter = letter
      self.value = value
    }
  }

  private enum Value: Equatable {
    case none
    case number
    case count(ClosedRange<Int>)
    case oneOf([String])
    case text
    case colour
    case axis
    case format

    func accepts(_ value: String) -> Bool {
      switch self {
      case .none: false
      case .number: isNumber(value)
      case .count(let range): Int(value).map(range.contains) ?? false
      case .oneOf(let words): words.contains(value)
      case .text: value.count <= 200 && !value.utf8.contains { $0 < 0x20 }
      case .colour: isColour(value)
      case .axis:
        value.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
          .allSatisfy(isNumber) && value.split(separator: ":").count == 2
      case .format: isNumberFormat(value)
      }
    }

    /// A number librrd can lay an axis through: near the ends of `Double` it never finishes.
    private func isNumber(_ text: String) -> Bool {
      guard let value = parseNumber(text.utf8.span) else { return false }
      return abs(value) <= 1e30 && (value == 0 || abs(value) >= 1e-30)
    }

    private func isColour(_ text: String) -> Bool {
      let parts = text.split(separator: "#", omittingEmptySubsequences: false)
      let tags = [
        "BACK", "CANVAS", "SHADEA", "SHADEB", "GRID", "MGRID", "FONT", "AXIS", "FRAME", "ARROW",
      ]
      return parts.count == 2 && tags.contains(String(parts[0]))
        && [6, 8].contains(parts[1].utf8.count) && parts[1].utf8.allSatisfy(isHexDigit)
    }
  }

  /// Options that librrd knows and that a node may not give.
  private static let reserved: Set<String> = [
    "daemon", "dynamic-labels", "end", "font", "font-smoothing-threshold", "full-size-mode",
    "grid-dash", "height",
    "imgformat", "imginfo", "lazy", "left-axis-formatter", "only-graph", "pango-markup",
    "right-axis-formatter", "start", "title", "watermark", "week-fmt", "width", "zoom",
    "allow-shrink",
  ]

  // Without x-grid and y-grid in figures (a line per pixel or far more), zoom, sizes, fonts.
  private static let known = [
    Option("alt-autoscale", "A", .none),
    Option("alt-autoscale-max", "M", .none),
    Option("alt-autoscale-min", "J", .none),
    Option("alt-y-grid", "Y", .none),
    Option("base", "b", .oneOf(["1000", "1024"])),
    Option("border", nil, .count(0...10)),
    Option("color", "c", .colour),
    Option("disable-rrdtool-tag", nil, .none),
    Option("font-render-mode", "R", .oneOf(["normal", "light", "mono"])),
    Option("force-rules-legend", "F", .none),
    Option("graph-render-mode", "G", .oneOf(["normal", "mono"])),
    Option("interlaced", "i", .none),
    Option("legend-direction", nil, .oneOf(["topdown", "bottomup", "bottomup2"])),
    Option("legend-position", nil, .oneOf(["north", "south", "west", "east"])),
    Option("left-axis-format", nil, .format),
    Option("logarithmic", "o", .none),
    Option("lower-limit", "l", .number),
    Option("no-gridfit", "N", .none),
    Option("no-legend", "g", .none),
    Option("no-minor", "I", .none),
    Option("right-axis", nil, .axis),
    Option("right-axis-format", nil, .format),
    Option("right-axis-label", nil, .text),
    Option("rigid", "r", .none),
    Option("slope-mode", "E", .none),
    Option("step", "S", .count(1...31_536_000)),
    Option("tabwidth", "T", .count(1...200)),
    Option("units", nil, .oneOf(["si"])),
    Option("units-exponent", "X", .count(-18...18)),
    Option("units-length", "L", .count(1...20)),
    Option("upper-limit", "u", .number),
    Option("use-nan-for-all-missing-data", "Z", .none),
    Option("vertical-label", "v", .text),
    Option("x-grid", "x", .oneOf(["none"])),
    Option("y-grid", "y", .oneOf(["none"])),
  ]
}
