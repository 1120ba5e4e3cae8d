/// Appends `value` in decimal digits.
public func appendDecimal(_ value: UInt64, to bytes: inout [UInt8]) {
  // From the last digit: a division by ten is a multiplication, one by a variable is not.
  var digits = InlineArray<20, UInt8>(repeating: 0)
  var first = 20
  var rest = value
  repeat {
    first -= 1
    digits[first] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
    rest /= 10
  } while rest > 0
  digits.span.extracting(first..<20).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
}

/// Appends `value` in decimal digits.
public func appendDecimal(_ value: Int, to bytes: inout [UInt8]) {
  if value < 0 { bytes.append(0x2D) }
  appendDecimal(UInt64(value.magnitude), to: &bytes)
}

/// Appends `value` with `digits` decimals (0 to 15), rounded as C's `%.2f` does: to the nearest, and
/// to the even digit when two are equally near. NaN and the infinities become `U`.
public func appendDecimal(_ value: Double, digits: Int, to bytes: inout [UInt8]) {
  precondition((0...15).contains(digits), "a Double has 15 digits")
  guard value.isFinite else { return bytes.append(0x55) }
  if value.sign == .minus { bytes.append(0x2D) }
  let magnitude = value.magnitude
  guard magnitude < 0x1p64 else {
    bytes.append(contentsOf: plainDecimal(magnitude.description.utf8))
    appendFraction(0, digits: digits, to: &bytes)
    return
  }
  var (whole, scaled) = split(magnitude, scale: UInt64(powersOfTen[digits]))
  if digits == 0 {
    whole += scaled
    scaled = 0
  } else if scaled >= UInt64(powersOfTen[digits]) {
    whole += 1
    scaled = 0
  }
  appendDecimal(whole, to: &bytes)
  appendFraction(scaled, digits: digits, to: &bytes)
}

/// The number that `value` is once it was written with two decimals, as C's `%.2f` does: what munin compares with its limits.
public func roundedToHundredths(_ value: Double) -> Double {
  // From here on neighbours lie so far apart that the text leads back to the value.
  guard value.isFinite, value.magnitude < 0x1p46 else { return value }
  let (whole, scaled) = split(value.magnitude, scale: 100)
  // Both numbers are exact, so the quotient is the `Double` nearest to the decimal text.
  let magnitude = Double(whole * 100 + scaled) / 100
  return value.sign == .minus ? -magnitude : magnitude
}

/// `value` with `digits` decimals, as ``appendDecimal(_:digits:to:)`` writes it.
public func formatted(_ value: Double, digits: Int) -> String {
  var bytes: [UInt8] = []
  appendDecimal(value, digits: digits, to: &bytes)
  return String(copying: bytes.span)
}

/// The whole part of a value below 2^64, and its fraction times `scale`, rounded to the nearest, with
/// ties to even. All in integers: 53 bits times 10^15 fit into 128, so ties are seen as they are.
private func split(_ magnitude: Double, scale: UInt64) -> (whole: UInt64, scaled: UInt64) {
  let whole = UInt64(magnitude)
  let fraction = magnitude - Double(whole)
  guard fraction > 0 else { return (whole, 0) }
  // fraction = bits / 2^places
  let places = 52 - Int(fraction.exponent)
  guard fraction.isNormal, places < 128 else { return (whole, 0) }
  let bits = UInt128(fraction.significandBitPattern | 1 << 52)
  let product = bits * UInt128(scale)
  let scaled = UInt64(product >> UInt128(places))
  let rest = product & ((1 << UInt128(places)) - 1)
  let half: UInt128 = 1 << UInt128(places - 1)
  let isOdd = (scale == 1 ? whole : scaled) & 1 == 1
  return (whole, rest > half || (rest == half && isOdd) ? scaled + 1 : scaled)
}

private func appendFraction(_ value: UInt64, digits: Int, to bytes: inout [UInt8]) {
  guard digits > 0 else { return }
  var text = InlineArray<16, UInt8>(repeating: 0x2E)
  var rest = value
  for place in stride(from: digits, to: 0, by: -1) {
    text[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
    rest /= 10
  }
  text.span.extracting(0...digits).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
}

/// A number's bytes written without exponent, plus sign, and empty side of the point. No digit is
/// lost. The bytes are those of a number that a `Double` holds, so the answer stays below 500 bytes.
func plainDecimal(_ number: some Sequence<UInt8>) -> [UInt8] {
  var digits: [UInt8] = []
  var point: Int?
  var exponent: [UInt8]?
  var negative = false
  for byte in number {
    if exponent != nil {
      exponent?.append(byte)
    } else if byte.isDigit {
      digits.append(byte)
    } else if byte == 0x2E {
      point = digits.count
    } else if byte | 0x20 == 0x65 {
      exponent = []
    } else if byte == 0x2D {
      negative = true
    }
  }
  var whole = point ?? digits.count
  if let exponent { whole += NumberParts.exponent(exponent.span) ?? 0 }
  let zeros = digits.prefix { $0 == 0x30 }.count
  digits.removeFirst(zeros)
  whole -= zeros
  // Below the smallest Double the value is zero, so the text may be too.
  if digits.isEmpty || whole < -350 { return [0x30] }
  var text: [UInt8] = negative ? [0x2D] : []
  if whole <= 0 {
    text += [0x30, 0x2E] + Array(repeating: 0x30, count: -whole) + digits
  } else if whole >= digits.count {
    text += digits + Array(repeating: 0x30, count: whole - digits.count)
  } else {
    text += digits[..<whole] + [0x2E] + digits[whole...]
  }
  guard text.contains(0x2E) else { return text }
  while text.last == 0x30 { text.removeLast() }
  if text.last == 0x2E { text.removeLast() }
  return text
}
