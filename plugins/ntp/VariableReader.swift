internal import MuninWire

/// Reads the variables in an answer of ntpd one after the other: `name=value, name="quoted, value",\r\n…`.
///
/// The text is bytes: ntpsec 1.2.2 leaves uninitialised memory in some values, and NUL at the end.
struct VariableReader {
  private var position = 0

  /// The next variable's name and value, without quotes; `nil` at the end.
  mutating func next(in text: Span<UInt8>) -> (name: Range<Int>, value: Range<Int>)? {
    while position < text.count {
      while position < text.count,
        text[position].isBlank || text[position] == 0x2C || text[position] == 0
      {
        position += 1
      }
      let start = position
      while position < text.count, text[position] != 0x3D, text[position] != 0x2C { position += 1 }
      // A name without a value is passed over.
      guard position < text.count, text[position] == 0x3D else { continue }
      let name = trimmed(text, start..<position)
      position += 1
      return (name, value(in: text))
    }
    return nil
  }

  private mutating func value(in text: Span<UInt8>) -> Range<Int> {
    while position < text.count, text[position] == 0x20 { position += 1 }
    if position < text.count, text[position] == 0x22 {
      let start = position + 1
      position = start
      while position < text.count, text[position] != 0x22 { position += 1 }
      let value = start..<position
      while position < text.count, text[position] != 0x2C { position += 1 }
      return value
    }
    let start = position
    while position < text.count, text[position] != 0x2C { position += 1 }
    return trimmed(text, start..<position)
  }

  private func trimmed(_ text: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, text[start].isBlank { start += 1 }
    while start < end, text[end - 1].isBlank || text[end - 1] == 0 { end -= 1 }
    return start..<end
  }
}

extension Span where Element == UInt8 {
  /// The whole number in a value, decimal or `0x` hexadecimal, of at most `most`.
  func wholeNumber(_ range: Range<Int>, upTo most: Int) -> Int? {
    let digits = extracting(range)
    let value: UInt64?
    if digits.hasPrefix("0x") {
      value = hexadecimal(range.lowerBound + 2..<range.upperBound)
    } else {
      value = parseUnsigned(digits)
    }
    return value.flatMap { $0 <= UInt64(most) ? Int($0) : nil }
  }

  /// A number of milliseconds, in seconds; `nil` above a century.
  func milliseconds(_ range: Range<Int>) -> Double? {
    parseNumber(extracting(range)).flatMap { $0.magnitude <= 4e12 ? $0 / 1000 : nil }
  }

  /// The time in `0xhhhhhhhh.hhhhhhhh`, seconds since 1900 and their fraction; `nil` for none, which is sent as 0.
  func timestamp(_ range: Range<Int>) -> Double? {
    let text = extracting(range)
    guard text.count == 19, text.hasPrefix("0x"), text[10] == 0x2E,
      let seconds = hexadecimal(range.lowerBound + 2..<range.lowerBound + 10),
      let fraction = hexadecimal(range.lowerBound + 11..<range.upperBound), seconds > 0
    else { return nil }
    return Double(seconds) + Double(fraction) / 0x1p32
  }

  private func hexadecimal(_ range: Range<Int>) -> UInt64? {
    guard (1...15).contains(range.count) else { return nil }
    var value: UInt64 = 0
    for index in range {
      let byte = self[index]
      if byte.isDigit {
        value = value << 4 | UInt64(byte & 0x0F)
      } else if (0x61...0x66).contains(byte | 0x20) {
        value = value << 4 | UInt64((byte | 0x20) - 0x57)
      } else {
        return nil
      }
    }
    return value
  }

  /// A value as text, in which every byte that is not printable ASCII is replaced by `?`.
  func plainText(_ range: Range<Int>, limit: Int = 128) -> String {
    var bytes: [UInt8] = []
    for index in range.prefix(limit) {
      bytes.append((0x21...0x7E).contains(self[index]) || self[index] == 0x20 ? self[index] : 0x3F)
    }
    return String(copying: bytes.span)
  }
}
