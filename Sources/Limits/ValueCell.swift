public import MuninWire

/// A sample of any series in 16 bytes: what is kept of 800,000 series for pages and rates.
///
/// It says the same as the ``Sample`` it was made from: whole numbers are kept as such, so that rates of counters are exact.
public struct ValueCell: Sendable, Hashable {
  /// What `bits` are.
  public enum Kind: UInt8, Sendable {
    /// There is no sample.
    case none
    /// A sample without a known value.
    case unknown
    /// A whole number from 0 up.
    case whole
    /// The bits of a `Double`.
    case real
  }

  private let bits: UInt64
  /// When it was taken, in seconds since 1970, at most in 2106.
  private let seconds: UInt32
  public let kind: Kind

  /// No sample.
  public static let none = ValueCell(bits: 0, seconds: 0, kind: .none)

  private init(bits: UInt64, seconds: UInt32, kind: Kind) {
    self.bits = bits
    self.seconds = seconds
    self.kind = kind
  }

  /// A value that is not known.
  public init(unknownAt time: Int) {
    self.init(bits: 0, seconds: UInt32(clamping: time), kind: .unknown)
  }

  public init(_ number: UInt64, at time: Int) {
    self.init(bits: number, seconds: UInt32(clamping: time), kind: .whole)
  }

  public init(_ number: Double, at time: Int) {
    self.init(bits: number.bitPattern, seconds: UInt32(clamping: time), kind: .real)
  }

  public init(_ sample: Sample) {
    guard let value = sample.reading.value else {
      self.init(unknownAt: sample.time)
      return
    }
    if let whole = parseUnsigned(sample.reading.text.utf8.span) {
      self.init(whole, at: sample.time)
    } else {
      self.init(value, at: sample.time)
    }
  }

  /// A sample from where it was stored: its time and ``text``; `nil` when the text is neither a number nor `U`.
  public init?(time: Int, text: String) {
    guard let sample = Sample(time: time, text: text) else { return nil }
    self.init(sample)
  }

  /// The value as it is stored: all digits of a whole number, the shortest text of another `Double`, `U` when it is not known.
  public var text: String {
    switch kind {
    case .none, .unknown: "U"
    case .whole: "\(bits)"
    case .real: "\(Double(bitPattern: bits))"
    }
  }

  /// In seconds since 1970; 0 without a sample.
  public var time: Int { Int(seconds) }

  /// The number itself; `nil` when it is not known.
  public var number: Double? {
    switch kind {
    case .none, .unknown: nil
    case .whole: Double(bits)
    case .real: Double(bitPattern: bits)
    }
  }

  /// The value to show and to judge; for rates, per second.
  ///
  /// - Parameters:
  ///   - type: what the numbers are.
  ///   - previous: the value before, which all but gauges need.
  ///   - gap: the longest time since then, in seconds, over which a rate is believed.
  /// - Returns: `nil` when there is no value, or none can be computed: the previous one is missing or too old, or a counter went back.
  ///   Whole numbers are subtracted as such: near 2^64 a `Double` would see steps of 2048.
  public func value(as type: FieldType, after previous: ValueCell, within gap: Int) -> Double? {
    guard let number else { return nil }
    if type == .gauge { return number }
    guard previous.kind != .none, previous.seconds < seconds else { return nil }
    let elapsed = Int(seconds - previous.seconds)
    guard elapsed <= gap else { return nil }
    if type == .absolute { return number / Double(elapsed) }
    let difference: Double
    if kind == .whole, previous.kind == .whole {
      difference =
        bits >= previous.bits ? Double(bits - previous.bits) : -Double(previous.bits - bits)
    } else {
      guard let before = previous.number else { return nil }
      difference = number - before
    }
    if type == .counter, difference < 0 { return nil }
    return difference / Double(elapsed)
  }
}
