public import MuninWire

/// A number as the kernel prints one: 64 bits wide or 32, with a sign or without.
///
/// Which of these it is differs between kernels and even between the lines of one file: some print an `unsigned` by
/// `%d`, so that a counter jumps from 2147483647 to -2147483648 and goes on from there. Sent on as it is, its
/// differences stay right but for that one.
public struct KernelCounter: Hashable, Sendable {
  public let magnitude: UInt64
  public let isNegative: Bool

  public init(_ value: UInt64) {
    magnitude = value
    isNegative = false
  }

  /// - Returns: `nil` for anything but digits, perhaps with a minus before them, that fit into 64 bits.
  public init?(_ word: Span<UInt8>) {
    let hasMinus = word.count > 1 && word[0] == 0x2D
    guard let magnitude = parseUnsigned(word.extracting((hasMinus ? 1 : 0)..<word.count)),
      !hasMinus || magnitude <= 1 << 63
    else { return nil }
    self.magnitude = magnitude
    isNegative = hasMinus && magnitude > 0
  }

  private init(bits: UInt64, isNegative: Bool) {
    self.isNegative = isNegative
    magnitude = isNegative ? 0 &- bits : bits
  }

  /// The number in two's complement.
  public var bits: UInt64 { isNegative ? 0 &- magnitude : magnitude }

  /// How many there are of something; `nil` when the kernel's count has slipped below 0, which is printed as it is or
  /// as the 32 or 64 bits without a sign.
  public var amount: UInt64? {
    let isBelow = isNegative || magnitude >> 63 == 1 || magnitude >> 31 == 1
    return isBelow ? nil : magnitude
  }

  /// The sum; beyond 64 bits it begins anew, as counters do.
  public static func + (left: KernelCounter, right: KernelCounter) -> KernelCounter {
    let bits = left.bits &+ right.bits
    let isNegative = (left.isNegative || right.isNegative) && Int64(bitPattern: bits) < 0
    return KernelCounter(bits: bits, isNegative: isNegative)
  }

  /// `value * numerator / denominator`, rounded to the nearest and to the even one of two as C's `%.0f` does; at most
  /// what 64 bits hold.
  public func scaled(by numerator: UInt64, over denominator: UInt64) -> KernelCounter {
    precondition(denominator > 0, "a division by zero")
    let product = magnitude.multipliedFullWidth(by: numerator)
    var quotient = UInt64.max
    if product.high < denominator {
      let remainder: UInt64
      (quotient, remainder) = denominator.dividingFullWidth(product)
      let missing = denominator - remainder
      let isUp = remainder > missing || remainder == missing && quotient % 2 == 1
      if isUp, quotient < .max { quotient += 1 }
    }
    return isNegative
      ? KernelCounter(bits: 0 &- min(quotient, 1 << 63), isNegative: quotient > 0)
      : KernelCounter(quotient)
  }
}

extension WordReader {
  /// The next word as a number of the kernel's; `nil` at the end, or when the word is none.
  public mutating func counter(in text: Span<UInt8>) -> KernelCounter? {
    next(in: text).flatMap { KernelCounter(text.extracting($0)) }
  }

  /// The next word as a number of things that there are: 0 where the kernel's count has slipped below that.
  public mutating func amount(in text: Span<UInt8>) -> UInt64? {
    counter(in: text).map { $0.isNegative || $0.magnitude >= 1 << 63 ? 0 : $0.magnitude }
  }
}

extension Reply {
  /// A counter as the kernel prints it.
  public mutating func value(_ field: StaticString, _ counter: KernelCounter) {
    append(field)
    append(".value ")
    append(counter)
  }

  /// A field named `prefix` and what a file says; all but letters, digits and underscores becomes an underscore.
  public mutating func value(
    _ prefix: StaticString, _ name: Span<UInt8>, _ counter: KernelCounter
  ) {
    append(prefix)
    for index in 0..<name.count { bytes.append(name[index].isWord ? name[index] : 0x5F) }
    append(".value ")
    append(counter)
  }

  /// How many there are of something at the moment; unknown where the kernel's count has slipped below 0.
  public mutating func value(_ field: StaticString, amount: KernelCounter) {
    if let amount = amount.amount { value(field, amount) } else { unknown(field) }
  }

  private mutating func append(_ counter: KernelCounter) {
    if counter.isNegative { bytes.append(0x2D) }
    appendDecimal(counter.magnitude, to: &bytes)
    bytes.append(0x0A)
  }
}
