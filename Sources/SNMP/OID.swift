/// An object identifier, a path of numbers: `1.3.6.1.2.1.33.1.2.4.0`.
public struct OID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let numbers: [UInt32]

  /// How many numbers SNMP allows (RFC 2578, section 3.5).
  public static let longest = 128

  public init(_ numbers: [UInt32]) { self.numbers = numbers }

  /// An identifier from its text, with or without a leading dot; `nil` for any other text.
  public init?(_ text: some StringProtocol) {
    var numbers: [UInt32] = []
    let digits = text.first == "." ? text.dropFirst() : text[...]
    for part in digits.split(separator: ".", omittingEmptySubsequences: false) {
      guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt32(part) else {
        return nil
      }
      numbers.append(number)
    }
    guard !numbers.isEmpty, numbers.count <= OID.longest else { return nil }
    self.numbers = numbers
  }

  /// The object below this one.
  public func appending(_ more: [UInt32]) -> OID { OID(numbers + more) }

  /// An instance of this object; 0 for a scalar.
  public func appending(_ number: UInt32) -> OID { OID(numbers + [number]) }

  public func hasPrefix(_ other: OID) -> Bool { numbers.starts(with: other.numbers) }

  public static func < (one: OID, other: OID) -> Bool {
    one.numbers.lexicographicallyPrecedes(other.numbers)
  }

  public var description: String { numbers.map(String.init).joined(separator: ".") }
}

extension OID: ExpressibleByStringLiteral {
  /// For identifiers in source code: an invalid one ends the program.
  public init(stringLiteral text: String) { self.init(text)! }
}
