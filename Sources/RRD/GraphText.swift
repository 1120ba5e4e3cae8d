/// Makes texts of a node safe inside librrd's arguments, which have a syntax of their own.
enum GraphText {
  /// A title or the label of an axis: shown as it is, but on one line and of bounded length.
  static func plain(_ text: String, limit: Int = 200) -> String {
    String(cleaned(text).prefix(limit))
  }

  /// A legend, cut to `limit` characters, before it is escaped.
  ///
  /// A backslash means something to librrd even when doubled (`\t` is a tab, `\j` at the end a line
  /// break), so it is replaced by U+2216, which looks the same.
  static func label(_ text: String, limit: Int = 60) -> String {
    let plain = String(cleaned(text).map { $0 == "\\" ? "\u{2216}" : $0 })
    // librrd keeps 200 bytes of a legend, and would cut in the middle of a character.
    var label = ""
    var room = 150
    for character in plain.prefix(limit) {
      room -= character.utf8.count
      if room < 0 { break }
      label.append(character)
    }
    return label
  }

  /// The legend as an argument's last part.
  ///
  /// librrd takes `key=value` anywhere in an argument (`stack=1`, `debug=7`), and some bare words. With
  /// its own key in front, a text is text.
  static func argument(_ label: String) -> String {
    let words = ["STACK", "strftime", "dashes", "valstrftime", "valstrfduration", "skipscale"]
    let isSyntax = label.contains("=") || words.contains(label)
    return (isSyntax ? "legend=" : "") + escaped(label)
  }

  /// Colons part the parts of an argument.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      if character == ":" { escaped.append("\\") }
      escaped.append(character)
    }
    return escaped
  }

  private static func cleaned(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
  }
}

/// Whether the text holds exactly one number in one of C's ways, as librrd's legends want it
/// (`%6.2lf`), perhaps with text around it.
func isNumberFormat(_ text: String) -> Bool {
  var rest = text.utf8[...]
  guard text.utf8.count <= 40,
    !text.utf8.contains(where: { $0 < 0x20 || [0x3A, 0x5C].contains($0) })
  else { return false }
  rest = rest.drop { $0 != 0x25 }.dropFirst()
  if let flag = rest.first, "-+ 0#".utf8.contains(flag) { rest = rest.dropFirst() }
  func takeDigits() -> Int {
    let count = rest.prefix { (0x30...0x39).contains($0) }.count
    rest = rest.dropFirst(count)
    return count
  }
  guard takeDigits() <= 2 else { return false }
  if rest.first == 0x2E {
    rest = rest.dropFirst()
    guard (1...2).contains(takeDigits()) else { return false }
  }
  guard rest.first == 0x6C, let kind = rest.dropFirst().first, "eEfFgG".utf8.contains(kind) else {
    return false
  }
  return !rest.contains(0x25)
}
