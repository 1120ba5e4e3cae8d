/// Reads a template once, from left to right.
struct TemplateParser {
  private let bytes: [UInt8]
  private let purpose: MuninTemplate.Purpose
  private var position = 0

  init(_ text: String, for purpose: MuninTemplate.Purpose) {
    bytes = Array(text.utf8)
    self.purpose = purpose
  }

  mutating func parse() throws(TemplateError) -> [MuninTemplate.Part] {
    guard bytes.count <= MuninTemplate.sizeLimit else {
      throw TemplateError(
        column: MuninTemplate.sizeLimit,
        message: "expected at most \(MuninTemplate.sizeLimit) bytes, found \(bytes.count)")
    }
    return try parts(depth: 0)
  }

  /// Reads up to the end, or inside a directive up to the brace that closes it. Braces of the text
  /// itself are kept as long as they are balanced.
  private mutating func parts(depth: Int) throws(TemplateError) -> [MuninTemplate.Part] {
    var parts: [MuninTemplate.Part] = []
    var text: [UInt8] = []
    var braces = 0
    func flush() { if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) } }
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "$"), peek(1) == UInt8(ascii: "{") {
        flush()
        text = []
        parts.append(try directive(depth: depth + 1))
        continue
      }
      if depth > 0, byte == UInt8(ascii: "}"), braces == 0 {
        flush()
        return parts
      }
      position += 1
      if byte == UInt8(ascii: "{") { braces += 1 }
      if byte == UInt8(ascii: "}") { braces -= 1 }
      if purpose == .message, byte == UInt8(ascii: "\\"), let control = controlCharacter() {
        text.append(control)
      } else {
        text.append(byte)
      }
    }
    flush()
    return parts
  }

  /// The character that `\n` or `\t` stands for, its backslash already read.
  private mutating func controlCharacter() -> UInt8? {
    let control: UInt8? =
      switch peek(0) {
      case UInt8(ascii: "n"): 10
      case UInt8(ascii: "t"): 9
      default: nil
      }
    if control != nil { position += 1 }
    return control
  }

  private mutating func directive(depth: Int) throws(TemplateError) -> MuninTemplate.Part {
    let start = position
    guard depth <= MuninTemplate.depthLimit else {
      throw error("expected at most \(MuninTemplate.depthLimit) directives inside each other")
    }
    position += 2
    let word = take { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    let part: MuninTemplate.Part
    switch word {
    case "var":
      try expect(":")
      part = .variable(try name())
    case "if":
      try expect(":")
      let isNegated = skip("!")
      let name = try name()
      part = .condition(name: name, isSet: !isNegated, try inner(depth))
    case "strtrunc":
      try expect(":")
      let digits = take { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let count = Int(digits), count <= 100_000 else {
        throw error("expected a number of characters up to 100000")
      }
      part = .cut(count, try inner(depth))
    case "loop":
      let separator = skip("<") ? try self.separator() : ""
      try expect(":")
      let list = try name()
      part = .loop(list: list, separator: separator, try inner(depth))
    default:
      let hint = purpose == .command ? " (a shell variable is written without braces)" : ""
      throw TemplateError(
        column: start + 3,
        message: "expected var, loop, if or strtrunc, found '\(oneLine(word, limit: 20))'\(hint)")
    }
    guard skip("}") else {
      throw TemplateError(column: start + 1, message: "expected a } that closes this ${\(word)")
    }
    return part
  }

  /// The text of a directive. One blank parts it from the name and belongs to neither.
  private mutating func inner(_ depth: Int) throws(TemplateError) -> [MuninTemplate.Part] {
    _ = skip(" ")
    return try parts(depth: depth)
  }

  private mutating func separator() throws(TemplateError) -> String {
    var separator: [UInt8] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: ">") {
      let byte = bytes[position]
      position += 1
      if purpose == .message, byte == UInt8(ascii: "\\"), let control = controlCharacter() {
        separator.append(control)
      } else {
        separator.append(byte)
      }
    }
    guard skip(">") else { throw error("expected a > after the separator") }
    return String(decoding: separator, as: UTF8.self)
  }

  private mutating func name() throws(TemplateError) -> String {
    let name = take { $0.isLetterOrDigit || "_.-".utf8.contains($0) }
    guard !name.isEmpty else { throw error("expected the name of a variable") }
    return name
  }

  private mutating func take(while isWanted: (UInt8) -> Bool) -> String {
    let start = position
    while position < bytes.count, isWanted(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(TemplateError) {
    guard skip(character) else { throw error("expected '\(character)'") }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek(0) == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private func peek(_ distance: Int) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  private func error(_ message: String) -> TemplateError {
    TemplateError(column: position + 1, message: message)
  }
}
