public import MuninWire

/// A reading as librrd takes it for a field of a type.
///
/// librrd refuses a whole update over a fraction in a `DERIVE` or `COUNTER`, or over the sign of a negative `COUNTER`, and reckons wrongly
/// with counters of more digits than it stores.
public struct RRDNumber: Sendable, Hashable {
  /// What the text says other than the reading.
  public enum Change: Sendable, Hashable {
    /// The digits behind the point are cut off.
    case fractionCut
    /// A negative `COUNTER` is stored as unknown.
    case negative
    /// A number of more digits than librrd takes is stored as unknown: 29 of a counter, 60 of other types.
    case tooLong

    /// Whether the value is stored as unknown.
    public var isLoss: Bool { self != .fractionCut }

    /// What is wrong with the values of a field of a type.
    public func finding(_ type: FieldType) -> String {
      switch self {
      case .fractionCut: "\(type.rawValue) takes whole numbers: fractions are cut off"
      case .negative: "\(type.rawValue) takes no negative numbers: stored as unknown"
      case .tooLong:
        "value of more than \(RRDNumber.mostDigits(of: type)) digits: stored as unknown"
      }
    }
  }

  /// A plain decimal, or `U`.
  public let text: String
  /// `nil` where the text says what the reading says.
  public let change: Change?

  /// librrd stores the last value of a counter in 30 bytes, of which the last is 0.
  public static let longestCounter = 29
  /// Far beyond what a `Double` tells apart.
  private static let longestNumber = 60

  private static func mostDigits(of type: FieldType) -> Int {
    type == .derive || type == .counter ? longestCounter : longestNumber
  }

  public init(_ reading: Reading, as type: FieldType) {
    let text = reading.rrdText
    guard type == .derive || type == .counter else {
      (self.text, change) = Self.plain(text)
      return
    }
    guard !Self.isWhole(text, type) else {
      self.text = text
      change = nil
      return
    }
    let isNegative = text.utf8.first == 0x2D
    var whole = String(text.prefix { $0 != "." })
    if whole == "-0" || whole == "-" || whole.isEmpty { whole = "0" }
    if type == .counter, isNegative, whole != "0" {
      self.text = "U"
      change = .negative
    } else if whole.utf8.count > Self.longestCounter {
      self.text = "U"
      change = .tooLong
    } else {
      self.text = whole
      change = .fractionCut
    }
  }

  /// A number that need not be whole: digits behind the point that nobody sees are cut off.
  private static func plain(_ text: String) -> (text: String, change: Change?) {
    guard text.utf8.count > longestNumber else { return (text, nil) }
    let start = text.prefix(longestNumber)
    return start.utf8.contains(0x2E) ? (String(start), nil) : ("U", .tooLong)
  }

  /// Whether librrd takes the text for a counter as it is; `U` is taken too.
  private static func isWhole(_ text: String, _ type: FieldType) -> Bool {
    var digits = text.utf8[...]
    if type == .derive, digits.first == 0x2D { digits = digits.dropFirst() }
    if text == "U" { return true }
    return text.utf8.count <= longestCounter && !digits.isEmpty && digits.allSatisfy(\.isDigit)
  }
}
