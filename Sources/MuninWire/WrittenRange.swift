/// A range of good values as it is written in settings or by a plugin: `3:5`, `3:`, `:5`, and `5` for `:5`.
///
/// Each end is a number, an exponent allowed, or a share: `92%` of the field's own `max`, `92% of total`, where `total` is a field
/// of the graph or `service.field`, or `92% of 16G`. What the names and sizes are is for those who know the graph.
public struct WrittenRange: Sendable, Hashable {
  /// One end of the range.
  public enum End: Sendable, Hashable {
    case number(Double)
    /// So many percent of the field's `max`.
    case percent(Double)
    /// So many percent of a field, by its name.
    case percentOfField(Double, String)
    /// So many percent of a size.
    case percentOfSize(Double, Size)
  }

  /// A number with a prefix such as `16G`.
  public struct Size: Sendable, Hashable {
    let number: Double
    /// How many steps of 1000 or 1024.
    let steps: Int
    /// `Gi` is binary, wherever it stands.
    let isBinary: Bool

    /// The number of units.
    /// - Parameter base: 1024 where the graph counts so, else 1000.
    public func value(base: Int) -> Double {
      let step: Double = isBinary || base == 1024 ? 1024 : 1000
      return (0..<steps).reduce(number) { value, _ in value * step }
    }
  }

  public let low: End?
  public let high: End?
  /// As it was written, without blanks at its ends, in the form with a colon: `:5` for `5`.
  public let text: String

  /// The longest text accepted, in bytes.
  static let longestText = 200

  /// `nil` for anything else. munin takes such a text for `0:0`, which makes every value bad, so whoever reads settings or a
  /// config should say that it is wrong.
  public init?(_ text: String) {
    let bytes = text.utf8.span
    let range = bytes.trimmed(0..<bytes.count)
    guard !range.isEmpty, range.count <= Self.longestText else { return nil }
    let word = bytes.extracting(range)
    let colon = word.firstIndex(of: 0x3A)
    guard let low = Self.end(word.extracting(0..<(colon ?? 0))),
      let high = Self.end(word.extracting((colon.map { $0 + 1 } ?? 0)..<word.count))
    else { return nil }
    self.low = low
    self.high = high
    self.text = (colon == nil ? ":" : "") + String(copying: word)
  }

  /// One side: `.some(nil)` when it is open, `nil` when it is malformed.
  private static func end(_ side: Span<UInt8>) -> End?? {
    let bytes = side.extracting(side.trimmed(0..<side.count))
    guard bytes.count > 0 else { return .some(nil) }
    if let number = parseNumber(bytes) { return .number(number) }
    guard let sign = bytes.firstIndex(of: 0x25),
      let percent = parseNumber(bytes.extracting(0..<sign))
    else { return nil }
    var words = WordReader()
    let rest = bytes.extracting((sign + 1)..<bytes.count)
    guard let of = words.next(in: rest) else { return .percent(percent) }
    guard of.lowerBound > 0, rest.extracting(of).isEqual(to: "of"), let name = words.next(in: rest),
      words.next(in: rest) == nil
    else { return nil }
    let base = rest.extracting(name)
    if base[0].isDigit || base[0] == 0x2E || base[0] == 0x2D || base[0] == 0x2B {
      return size(base).map { .percentOfSize(percent, $0) }
    }
    return isReference(base) ? .percentOfField(percent, String(copying: base)) : nil
  }

  /// A number, a prefix, perhaps `i`, perhaps `B`.
  private static func size(_ bytes: Span<UInt8>) -> Size? {
    var end = bytes.count
    if end > 1, bytes[end - 1] == UInt8(ascii: "B") { end -= 1 }
    let isBinary = end > 2 && bytes[end - 1] == UInt8(ascii: "i")
    if isBinary { end -= 1 }
    let prefixes: StaticString = "KMGTPE"
    let last = end > 1 ? bytes[end - 1] : 0
    // Both `k` and `K` are in use.
    let prefix = last == UInt8(ascii: "k") ? UInt8(ascii: "K") : last
    let steps = prefixes.withUTF8Buffer { $0.firstIndex(of: prefix).map { $0 + 1 } }
    if steps != nil { end -= 1 } else if isBinary { return nil }
    guard let number = parseNumber(bytes.extracting(0..<end)) else { return nil }
    return Size(number: number, steps: steps ?? 0, isBinary: isBinary)
  }

  /// The name of a field, or names joined by points: `service.field`.
  private static func isReference(_ bytes: Span<UInt8>) -> Bool {
    var isStart = true
    for index in 0..<bytes.count {
      let byte = bytes[index]
      if byte == 0x2E {
        guard !isStart else { return false }
        isStart = true
      } else {
        guard byte.isWord || (byte == 0x2D && !isStart) else { return false }
        isStart = false
      }
    }
    return !isStart
  }
}

/// How many of how many runs have to be bad: `2 of 3`, or `2/3`. `nil` for anything else: of 1 to 16 runs at least one and at
/// most all.
public func parseHold(_ text: String) -> (bad: Int, of: Int)? {
  let bytes = text.utf8.span
  var words = WordReader()
  guard let first = words.next(in: bytes) else { return nil }
  let bad: UInt64?
  let of: UInt64?
  if let second = words.next(in: bytes) {
    guard bytes.extracting(second).isEqual(to: "of"), let third = words.next(in: bytes),
      words.next(in: bytes) == nil
    else { return nil }
    bad = parseUnsigned(bytes.extracting(first))
    of = parseUnsigned(bytes.extracting(third))
  } else {
    let word = bytes.extracting(first)
    guard let slash = word.firstIndex(of: 0x2F) else { return nil }
    bad = parseUnsigned(word.extracting(0..<slash))
    of = parseUnsigned(word.extracting((slash + 1)..<word.count))
  }
  guard let bad, let of, (1...16).contains(of), (1...of).contains(bad) else { return nil }
  return (Int(bad), Int(of))
}

/// A range of the change per time: `:100/min`, with `/s`, `/min`, `/h` or `/d`. `nil` for anything else; percent is refused, since
/// nothing says of what.
public func parseRateRange(_ text: String) -> (low: Double?, high: Double?, seconds: Int)? {
  guard let slash = text.utf8.lastIndex(of: 0x2F) else { return nil }
  let unit = text[text.utf8.index(after: slash)...]
  let seconds: Int
  switch unit {
  case "s": seconds = 1
  case "min": seconds = 60
  case "h": seconds = 3600
  case "d": seconds = 86_400
  default: return nil
  }
  guard let range = WrittenRange(String(text[..<slash])) else { return nil }
  switch (range.low, range.high) {
  case (nil, .number(let high)?): return (nil, high, seconds)
  case (.number(let low)?, nil): return (low, nil, seconds)
  case (.number(let low)?, .number(let high)?): return (low, high, seconds)
  default: return nil
  }
}
