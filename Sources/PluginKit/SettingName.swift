internal import MuninWire

/// The declared name of a setting, in which some words may stand for any name: `regex_NAME`, `DEVICE_warning`.
struct SettingName {
  private enum Piece: Hashable {
    case literal(String)
    case any
  }

  private let pieces: [Piece]

  /// A row of at least four capital letters stands for any name.
  private init(_ text: String) {
    var pieces: [Piece] = []
    var literal = ""
    var rest = Substring(text)
    while let first = rest.first {
      let capitals = rest.prefix { $0.isASCII && $0.isUppercase }
      if capitals.count >= 4 {
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        pieces.append(.any)
        literal = ""
        rest = rest.dropFirst(capitals.count)
      } else {
        literal += capitals.isEmpty ? String(first) : String(capitals)
        rest = rest.dropFirst(max(capitals.count, 1))
      }
    }
    if !literal.isEmpty { pieces.append(.literal(literal)) }
    self.pieces = pieces
  }

  /// What a declared name stands for, once for each field where it contains `FIELD`.
  static func all(_ text: String, fields: [String]) -> [SettingName] {
    let parts = split(text)
    guard let parts else { return [SettingName(text)] }
    return fields.map { SettingName(parts.before + $0 + parts.behind) }
  }

  /// The parts around `FIELD`.
  private static func split(_ text: String) -> (before: Substring, behind: Substring)? {
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix("FIELD") {
        return (text[..<start], text[text.index(start, offsetBy: 5)...])
      }
      start = text.index(after: start)
    }
    return nil
  }

  /// Whether a name fits. The work grows with its length only, however many parts are open.
  func matches(_ name: String) -> Bool {
    let name = Array(name.utf8)
    var position = 0
    var isOpen = false
    for (index, piece) in pieces.enumerated() {
      guard case .literal(let part) = piece else {
        // An open part is at least one character.
        position += 1
        isOpen = true
        continue
      }
      let text = Array(part.utf8)
      let last = name.count - text.count
      guard position <= last else { return false }
      // Behind an open part the first place is as good as any other, but the end has to be the name's.
      let start = isOpen && index == pieces.count - 1 ? last : position
      let places = isOpen ? start...last : start...start
      guard let place = places.first(where: { name[$0..<($0 + text.count)] == text[...] }) else {
        return false
      }
      position = place + text.count
      isOpen = false
    }
    return isOpen ? position <= name.count : position == name.count
  }

  /// Names that fit and differ from `name` only in a literal part at the start or at the end.
  func candidates(for name: String) -> [String] {
    guard pieces.contains(.any) else {
      return pieces.compactMap { if case .literal(let text) = $0 { text } else { nil } }
    }
    guard name.count <= 64 else { return [] }
    var found: [String] = []
    // Where the literal part is right, it is the open part that is missing, and no slip of the pen.
    for cut in name.indices {
      if case .literal(let end) = pieces.last, !name.hasSuffix(end) {
        found.append(name[..<cut] + end)
      }
      if case .literal(let start) = pieces.first, !name.hasPrefix(start) {
        found.append(start + name[cut...])
      }
    }
    // A name that only begins or ends with an open part is no slip: nobody types an underscore twice.
    return found.filter {
      abs($0.count - name.count) <= 3 && matches($0)
        && (!$0.contains(text: "__") || name.contains(text: "__"))
    }
  }
}
