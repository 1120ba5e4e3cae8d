internal import Limits
internal import MuninWire
internal import Text

/// How ranges and levels are written on a page.
enum Wording {
  /// So many characters of a title or a label are shown.
  static let longest = 120

  /// What a range asks for: `at most 90`, `10 to 90`.
  static func range(_ text: String, base: Int) -> String {
    guard let bounds = Bounds(text) else { return text }
    switch (bounds.min, bounds.max) {
    case (let min?, let max?):
      return "\(Amount.text(min, base: base)) to \(Amount.text(max, base: base))"
    case (let min?, nil): return "at least \(Amount.text(min, base: base))"
    case (nil, let max?): return "at most \(Amount.text(max, base: base))"
    case (nil, nil): return "any"
    }
  }

  /// The sign that stands beside a state's colour.
  static func sign(of level: Level) -> String {
    switch level {
    case .ok: "✓"
    case .unknown: "?"
    case .warning: "▲"
    case .critical: "✖"
    }
  }
}

extension String {
  /// The beginning of a text that is longer.
  func shortened(to most: Int) -> String {
    // A character has a byte at least.
    guard utf8.count > most, count > most else { return self }
    return String(prefix(most - 1)) + "…"
  }
}

extension Graph {
  /// The title, as far as there is room for it.
  var shownTitle: String { title.shortened(to: Wording.longest) }

  /// What a kilo of its values is.
  var base: Int { GraphFacts.base(args) }
}
