/// Texts by which a device identifies itself, cleaned for a screen and for a graph's title.
enum UPSText {
  /// How many characters a text keeps.
  static let longest = 64

  /// The text without blanks and NULs at its ends, with one blank between words; what cannot be printed is escaped, as
  /// in `\x1b`.
  /// - Returns: `nil` for a text without a printable character, and for one that stands for none.
  static func cleaned(_ bytes: some Collection<UInt8>) -> String? {
    var bytes = Array(bytes.prefix(255))
    // Memory that was never written holds NULs or, in flash, 0xFF.
    while let last = bytes.last, last == 0x00 || last == 0xFF || isBlank(last) {
      bytes.removeLast()
    }
    var text = ""
    var isPrintable = false
    var count = 0
    func add(_ part: String, printable: Bool) {
      text += part
      count += part.unicodeScalars.count
      if printable { isPrintable = true }
    }
    for scalar in scalars(bytes) where count < longest {
      switch scalar {
      case .success(let scalar) where scalar.isASCII && isBlank(UInt8(scalar.value)):
        if !text.isEmpty, text.last != " " { add(" ", printable: false) }
      case .success(let scalar) where isControl(scalar):
        let digits = String(scalar.value, radix: 16)
        let escape =
          scalar.isASCII ? "\\x" + (digits.count < 2 ? "0" : "") + digits : "\\u{\(digits)}"
        add(escape, printable: false)
      case .success(let scalar): add(String(scalar), printable: true)
      case .failure(let byte): add("\\x" + String(byte.value, radix: 16), printable: false)
      }
    }
    while text.last == " " { text.removeLast() }
    guard isPrintable, text != "<private>", !isDumpOfNULs(text) else { return nil }
    return text
  }

  /// A text that came as one. Characters that an earlier reader could not decode are blanks.
  static func cleaned(_ text: String?) -> String? {
    guard let text else { return nil }
    return cleaned(Array(text.replacingUndecoded.utf8))
  }

  /// Whether a text of at most 200 characters holds nothing that has to be escaped.
  static func isClean(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 800 && text.unicodeScalars.count <= 200
      && !text.unicodeScalars.contains(where: isControl)
  }

  /// A byte that belongs to no character.
  private struct Stray: Error { let value: UInt8 }

  private static func scalars(_ bytes: [UInt8]) -> [Result<Unicode.Scalar, Stray>] {
    if let whole = String(validating: bytes, as: UTF8.self) {
      return whole.unicodeScalars.map { .success($0) }
    }
    return bytes.map { $0 < 0x80 ? .success(Unicode.Scalar($0)) : .failure(Stray(value: $0)) }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// Control characters, and those that turn the direction of a line or have no width.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }

  /// Some agents send the bytes of an unset text as digits: `00 00 00`.
  private static func isDumpOfNULs(_ text: String) -> Bool {
    text.count > 2 && text.split(separator: " ").allSatisfy { $0 == "00" }
  }
}

extension String {
  /// The text with a blank for each character that could not be decoded.
  fileprivate var replacingUndecoded: String {
    guard unicodeScalars.contains("\u{FFFD}") else { return self }
    var text = ""
    for scalar in unicodeScalars { text.unicodeScalars.append(scalar == "\u{FFFD}" ? " " : scalar) }
    return text
  }
}
