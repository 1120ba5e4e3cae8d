/// A range of good values, as munin writes it: `min:max`, `min:`, `:max`, and `max` alone for `:max`.
public struct Bounds: Sendable, Hashable, CustomStringConvertible {
  /// The smallest good value, if there is a limit.
  public let min: Double?
  /// The largest good value, if there is a limit.
  public let max: Double?
  /// The range as it was given.
  public let description: String

  /// A range made by a program.
  public init(min: Double? = nil, max: Double? = nil) {
    self.min = min
    self.max = max
    let plain = { (value: Double?) in
      value.map { String(copying: plainDecimal($0.description.utf8).span) } ?? ""
    }
    description = plain(min) + ":" + plain(max)
  }

  /// Reads munin's text. `nil` for anything but numbers: munin takes `92%` or `~:3` for `0:0`, which
  /// makes every value bad, so whoever reads settings or a config should say that it is wrong.
  public init?(_ text: String) {
    let bytes = text.utf8.span
    let range = bytes.trimmed(0..<bytes.count)
    guard !range.isEmpty else { return nil }
    let word = bytes.extracting(range)
    let colon = word.firstIndex(of: 0x3A)
    guard let low = Self.side(word.extracting(0..<(colon ?? 0))),
      let high = Self.side(word.extracting((colon.map { $0 + 1 } ?? 0)..<word.count))
    else { return nil }
    min = low
    max = high
    description = String(copying: word)
  }

  /// One side: `.some(nil)` when it is open, `nil` when it is no number.
  private static func side(_ bytes: Span<UInt8>) -> Double?? {
    bytes.isEmpty ? .some(nil) : parseNumber(bytes).map { .some($0) }
  }

  /// Whether the upper limit is below the lower one, as in `9:3`: then no value is good.
  public var isInverted: Bool { min.flatMap { low in max.map { $0 < low } } ?? false }

  /// Whether a limit lies between 0 and `size`, both excluded. A limit for an amount of memory below 1024 bytes was meant in another
  /// unit: percent, or MB.
  public func hasLimit(below size: Double) -> Bool {
    [min, max].contains { limit in limit.map { $0 > 0 && $0 < size } ?? false }
  }

  /// Whether the value is good. The limits themselves are.
  public func contains(_ value: Double) -> Bool {
    if let min, value < min { return false }
    if let max, value > max { return false }
    return true
  }
}
