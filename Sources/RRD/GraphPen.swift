internal import MuninWire

/// How a line is drawn: munin's `draw`, turned into rrdgraph's element by what was drawn before.
struct GraphPen: Sendable {
  private var isFirst = true
  private var stackSeen = false

  /// The element for a field's `draw`.
  mutating func element(_ draw: String?) -> String {
    defer { isFirst = false }
    let draw = draw?.uppercased() ?? ""
    switch draw {
    case "AREA": return "AREA"
    case "STACK": return isFirst ? "LINE1" : "STACK"
    case "AREASTACK": return stack(on: "AREA")
    default:
      for (word, stacks) in [("LINESTACK", true), ("LINE", false)] where draw.hasPrefix(word) {
        guard let width = Self.width(draw.dropFirst(word.count)) else { break }
        return stacks ? stack(on: "LINE" + width) : "LINE" + width
      }
      return "LINE1"
    }
  }

  /// Whether it is a word that munin draws by.
  static func isKnown(_ draw: String) -> Bool {
    let draw = draw.uppercased()
    if ["AREA", "STACK", "AREASTACK"].contains(draw) { return true }
    return ["LINESTACK", "LINE"].contains { word in
      draw.hasPrefix(word) && width(draw.dropFirst(word.count)) != nil
    }
  }

  private mutating func stack(on base: String) -> String {
    defer { stackSeen = true }
    return stackSeen ? "STACK" : base
  }

  /// `2`, `0.5`; nil when it is not a width.
  private static func width(_ text: Substring) -> String? {
    if text.isEmpty { return "1" }
    guard let value = parseNumber(text.utf8.span), (0...20).contains(value), text.utf8.count <= 4
    else { return nil }
    return String(text)
  }
}
