/// Whether a character of outside text could begin a line, move the cursor of a terminal, or turn the direction of reading.
public func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7f...0x9f, 0x061c, 0x2028, 0x2029, 0x200e, 0x200f, 0x202a...0x202e,
    0x2066...0x2069, 0xfeff, 0xfff9...0xfffb:
    true
  default: false
  }
}

extension String {
  /// Whether some character of it is not printed, see ``isUnprintable(_:)``.
  public var hasUnprintable: Bool { unicodeScalars.contains(where: isUnprintable) }

  /// The text for a terminal or a log: what is not printed stands there as `\u{202E}`.
  public var printable: String {
    guard hasUnprintable else { return self }
    var result = ""
    for scalar in unicodeScalars {
      if isUnprintable(scalar) {
        result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
