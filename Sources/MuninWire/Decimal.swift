/// Appends `value` in decimal digits.
public func appendDecimal(_ value: UInt64, to bytes: inout [UInt8]) {
  var divisor: UInt64 = 1
  while value / divisor >= 10 { divisor *= 10 }
  while divisor > 0 {
    bytes.append(0x30 + UInt8(truncatingIfNeeded: value / divisor % 10))
    divisor /= 10
  }
}

/// Appends `value` in decimal digits.
public func appendDecimal(_ value: Int, to bytes: inout [UInt8]) {
  if value < 0 { bytes.append(0x2D) }
  appendDecimal(UInt64(value.magnitude), to: &bytes)
}

/// Appends `value` with `digits` decimals (0 to 15), rounded as C's `%.2f` does: to the nearest, and
/// to the even digit when two are equally near. What is no number becomes `U`.
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
  var whole = UInt64(magnitude)
  // The subtraction is exact, and `error` is what the product lost, so ties are seen as they are.
  let fraction = magnitude - Double(whole)
  let scale = powersOfTen[digits]
  let product = fraction * scale
  let error = (-product).addingProduct(fraction, scale)
  var scaled = UInt64(product)
  let rest = product - Double(scaled)
  if rest > 0.5 || (rest == 0.5 && (error > 0 || (error == 0 && isOdd(scaled, whole, digits)))) {
    scaled += 1
  }
  if scaled >= UInt64(scale) {
    scaled -= UInt64(scale)
    whole += 1
  }
  appendDecimal(whole, to: &bytes)
  appendFraction(scaled, digits: digits, to: &bytes)
}

/// `value` with `digits` decimals, as ``appendDecimal(_:digits:to:)`` writes it.
public func formatted(_ value: Double, digits: Int) -> String {
  var bytes: [UInt8] = []
  appendDecimal(value, digits: digits, to: &bytes)
  return String(copying: bytes.span)
}

/// Whether the last digit kept is odd: of the fraction, or of the whole when no decimals are wanted.
private func isOdd(_ fraction: UInt64, _ whole: UInt64, _ digits: Int) -> Bool {
  (digits == 0 ? whole : fraction) & 1 == 1
}

private func appendFraction(_ value: UInt64, digits: Int, to bytes: inout [UInt8]) {
  guard digits > 0 else { return }
  bytes.append(0x2E)
  var divisor = UInt64(powersOfTen[digits - 1])
  for _ in 0..<digits {
    bytes.append(0x30 + UInt8(truncatingIfNeeded: value / divisor % 10))
    divisor = max(divisor / 10, 1)
  }
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
