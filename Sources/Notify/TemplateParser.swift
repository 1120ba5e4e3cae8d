/// Reads a template as munin-limits does: a directive is what stands between `${` and the brace that belongs to it, if it is
/// one of the four; anything else is text.
struct TemplateParser {
  private let bytes: [UInt8]
  private let purpose: MuninTemplate.Purpose
  /// The place of the brace that closes the one at each place; -1 where there is none.
  private let closing: [Int32]
  private(set) var problems: [TemplateError] = []

  /// What is wrong is told so often.
  private static let mostProblems = 10

  init(_ text: String, for purpose: MuninTemplate.Purpose) throws(TemplateError) {
    bytes = Array(text.utf8)
    self.purpose = purpose
    guard bytes.count <= MuninTemplate.sizeLimit else {
      throw TemplateError(
        column: MuninTemplate.sizeLimit,
        message: "expected at most \(MuninTemplate.sizeLimit) bytes, found \(bytes.count)")
    }
    closing = TemplateParser.closing(bytes)
  }

  mutating func parse() throws(TemplateError) -> [MuninTemplate.Part] {
    try parts(bytes.indices, depth: 0)
  }

  /// A brace after a backslash belongs to no other one.
  private static func closing(_ bytes: [UInt8]) -> [Int32] {
    var closing = [Int32](repeating: -1, count: bytes.count)
    var open: [Int] = []
    var position = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\\"): position += 1
      case UInt8(ascii: "{"): open.append(position)
      case UInt8(ascii: "}"): if let start = open.popLast() { closing[start] = Int32(position) }
      default: break
      }
      position += 1
    }
    return closing
  }

  private mutating func parts(
    _ range: Range<Int>, depth: Int
  ) throws(TemplateError) -> [MuninTemplate.Part] {
    var parts: [MuninTemplate.Part] = []
    var text: [UInt8] = []
    var position = range.lowerBound
    while position < range.upperBound {
      guard bytes[position] == UInt8(ascii: "$"), position + 1 < range.upperBound,
        bytes[position + 1] == UInt8(ascii: "{")
      else {
        append(&position, range.upperBound, to: &text)
        continue
      }
      let start = position
      position += 1
      guard closing[position] >= 0 else {
        tell(start, "expected a } that closes this ${")
        if purpose == .command { text.append(bytes[start]) }
        continue
      }
      let end = Int(closing[position])
      guard depth < MuninTemplate.depthLimit else {
        throw TemplateError(
          column: start + 1,
          message: "expected at most \(MuninTemplate.depthLimit) directives inside each other")
      }
      if let part = try directive(position + 1..<end, depth: depth + 1) {
        if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) }
        text = []
        parts.append(part)
        position = end + 1
      } else {
        // A command's `${HOME}` is left to the shell.
        if purpose == .command { text.append(bytes[start]) }
        while position <= end { append(&position, end + 1, to: &text) }
      }
    }
    if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) }
    return parts
  }

  /// Adds a byte of the text itself; in a message `\n` and `\t` stand for line feed and tab.
  private func append(_ position: inout Int, _ end: Int, to text: inout [UInt8]) {
    let byte = bytes[position]
    position += 1
    guard purpose == .message, byte == UInt8(ascii: "\\"), position < end else {
      return text.append(byte)
    }
    switch bytes[position] {
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "t"): text.append(9)
    default: return text.append(byte)
    }
    position += 1
  }

  // MARK: Directives

  /// What stands between the braces.
  /// - Returns: `nil` for what is no directive.
  private mutating func directive(
    _ range: Range<Int>, depth: Int
  ) throws(TemplateError) -> MuninTemplate.Part? {
    var position = range.lowerBound
    let word = take(&position, range.upperBound) { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    switch word {
    case "var":
      guard skip(":", &position, range) else { return no(position, "expected ':'") }
      let name = take(&position, range.upperBound) { !$0.isBlankOrBreak }
      guard !name.isEmpty else { return no(position, "expected the name of a variable") }
      guard position == range.upperBound else {
        return no(position, "expected a } behind the name of a variable")
      }
      return .variable(name)
    case "if":
      guard skip(":", &position, range) else { return no(position, "expected ':'") }
      skipBlanks(&position, range)
      let isNegated = skip("!", &position, range)
      guard let (name, inner) = nameAndText(&position, range) else { return nil }
      return .condition(name: name, isSet: !isNegated, try parts(inner, depth: depth))
    case "strtrunc":
      guard skip(":", &position, range) else { return no(position, "expected ':'") }
      skipBlanks(&position, range)
      let start = position
      guard let (digits, inner) = nameAndText(&position, range) else { return nil }
      guard digits.utf8.allSatisfy(\.isDecimalDigit), let count = Int(digits), count <= 100_000
      else {
        return no(start, "expected a number of characters up to 100000")
      }
      return .cut(count, try parts(inner, depth: depth))
    case "loop":
      var separator: [UInt8] = []
      if skip("<", &position, range) {
        let start = position
        while position < range.upperBound, bytes[position] != UInt8(ascii: ">") {
          append(&position, range.upperBound, to: &separator)
        }
        guard skip(">", &position, range) else {
          return no(position, "expected a > after the separator")
        }
        guard !separator.isEmpty else { return no(start, "expected a separator") }
      }
      guard skip(":", &position, range) else { return no(position, "expected ':'") }
      skipBlanks(&position, range)
      guard let (list, inner) = nameAndText(&position, range) else { return nil }
      return .loop(
        list: list, separator: String(decoding: separator, as: UTF8.self),
        try parts(inner, depth: depth))
    default:
      let hint = purpose == .command ? " (a shell variable is written without braces)" : ""
      return no(
        range.lowerBound,
        "expected var, loop, if or strtrunc, found '\(oneLine(word, limit: 20))'\(hint)")
    }
  }

  /// The name after a directive's colon and the text behind the blank that ends it.
  private mutating func nameAndText(
    _ position: inout Int, _ range: Range<Int>
  ) -> (name: String, text: Range<Int>)? {
    let name = take(&position, range.upperBound) { !$0.isBlankOrBreak }
    guard !name.isEmpty else {
      tell(position, "expected the name of a variable")
      return nil
    }
    guard position + 1 < range.upperBound else {
      tell(position, "expected a blank and a text")
      return nil
    }
    return (name, position + 1..<range.upperBound)
  }

  private mutating func no(_ position: Int, _ message: String) -> MuninTemplate.Part? {
    tell(position, message)
    return nil
  }

  private mutating func tell(_ position: Int, _ message: String) {
    guard problems.count < Self.mostProblems else { return }
    problems.append(TemplateError(column: position + 1, message: message))
  }

  // MARK: Bytes

  private func take(
    _ position: inout Int, _ end: Int, while isWanted: (UInt8) -> Bool
  ) -> String {
    let start = position
    while position < end, isWanted(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private func skip(
    _ character: Unicode.Scalar, _ position: inout Int, _ range: Range<Int>
  ) -> Bool {
    guard position < range.upperBound, bytes[position] == UInt8(ascii: character) else {
      return false
    }
    position += 1
    return true
  }

  private func skipBlanks(_ position: inout Int, _ range: Range<Int>) {
    while position < range.upperBound, bytes[position].isBlankOrBreak { position += 1 }
  }
}

extension UInt8 {
  /// Blank, tab, or what ends a line or page.
  fileprivate var isBlankOrBreak: Bool { self == 32 || (9...13).contains(self) }
  fileprivate var isDecimalDigit: Bool { (48...57).contains(self) }
}
