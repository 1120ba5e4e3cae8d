/// The longest number accepted, in bytes: numbers of real plugins are far shorter.
let longestNumber = 128

/// The value of a decimal number that fills `bytes`: sign, digits, point and exponent as in `-1.5e3`.
/// `nil` for anything else, also hexadecimal, `inf`, `nan`, and what a `Double` cannot hold.
public func parseNumber(_ bytes: Span<UInt8>) -> Double? {
  guard let parts = NumberParts(bytes) else { return nil }
  if let value = parts.exactValue { return value }
  let value = Double(String(copying: bytes))
  return value.flatMap { $0.isFinite ? $0 : nil }
}

/// The value of a row of digits that fills `bytes`; `nil` for anything else and beyond 64 bits.
public func parseUnsigned(_ bytes: Span<UInt8>) -> UInt64? {
  guard bytes.count > 0, bytes.count <= longestNumber else { return nil }
  var value: UInt64 = 0
  for index in 0..<bytes.count {
    guard bytes[index].isDigit else { return nil }
    let (product, over) = value.multipliedReportingOverflow(by: 10)
    let (sum, above) = product.addingReportingOverflow(UInt64(bytes[index] & 0x0F))
    if over || above { return nil }
    value = sum
  }
  return value
}

/// The parts of a decimal number; made only of bytes that are one.
struct NumberParts {
  private var negative = false
  /// The first 19 digits, which always fit.
  private var significand: UInt64 = 0
  private var significant = 0
  /// The power of ten to multiply `significand` with.
  private var exponent = 0

  init?(_ bytes: Span<UInt8>) {
    guard bytes.count > 0, bytes.count <= longestNumber else { return nil }
    var position = 0
    if bytes[0] == 0x2D || bytes[0] == 0x2B {
      negative = bytes[0] == 0x2D
      position = 1
    }
    var digits = 0
    var pointSeen = false
    while position < bytes.count {
      let byte = bytes[position]
      if byte.isDigit {
        digits += 1
        if significant > 0 || byte != 0x30 { significant += 1 }
        if significant <= 19 { significand = significand &* 10 &+ UInt64(byte & 0x0F) }
        if pointSeen { exponent -= 1 }
      } else if byte == 0x2E, !pointSeen {
        pointSeen = true
      } else {
        break
      }
      position += 1
    }
    guard digits > 0 else { return nil }
    if position == bytes.count { return }
    guard bytes[position] | 0x20 == 0x65 else { return nil }
    guard let written = Self.exponent(bytes.extracting((position + 1)..<bytes.count)) else {
      return nil
    }
    exponent += written
  }

  /// The power of ten behind an `e`; beyond 9999 it is 9999, which no `Double` reaches either.
  static func exponent(_ bytes: Span<UInt8>) -> Int? {
    var position = 0
    if bytes.count > 0, bytes[0] == 0x2D || bytes[0] == 0x2B { position = 1 }
    guard position < bytes.count else { return nil }
    var value = 0
    while position < bytes.count {
      guard bytes[position].isDigit else { return nil }
      value = min(value * 10 + Int(bytes[position] & 0x0F), 9999)
      position += 1
    }
    return bytes[0] == 0x2D ? -value : value
  }

  /// The value where one rounded step gives it: both numbers exact in a `Double` (Clinger's fast path).
  var exactValue: Double? {
    guard significant <= 19 else { return nil }
    let magnitude: Double
    if exponent == 0 || significand == 0 {
      magnitude = Double(significand)
    } else if significand <= 1 << 53, exponent < 0, exponent >= -22 {
      magnitude = Double(significand) / powersOfTen[-exponent]
    } else if significand <= 1 << 53, exponent > 0, exponent <= 22 {
      magnitude = Double(significand) * powersOfTen[exponent]
    } else {
      return nil
    }
    return negative ? -magnitude : magnitude
  }
}

/// The powers of ten that a `Double` holds exactly.
let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
  1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]
