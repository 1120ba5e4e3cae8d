internal import Limits
internal import MuninWire
internal import Text

/// How ranges and levels are written on a page.
enum Wording {
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

extension Graph {
  /// What a kilo of its values is.
  var base: Int {
    let args = args ?? ""
    return args.contains("--base 1024") || args.contains("--base=1024") || args.contains("-b 1024")
      ? 1024 : 1000
  }
}
