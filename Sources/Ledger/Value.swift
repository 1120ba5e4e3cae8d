/// One cell of a table, in SQLite's five kinds.
public enum Value: Sendable, Hashable {
  case null
  case integer(Int)
  case real(Double)
  case text(String)
  case blob([UInt8])

  public var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  /// The number, also of an integer cell: SQLite stores 5.0 in an integer column as 5.
  public var real: Double? {
    switch self {
    case .real(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  public var text: String? { if case .text(let value) = self { value } else { nil } }
  public var blob: [UInt8]? { if case .blob(let value) = self { value } else { nil } }

  /// `NULL` for `nil`.
  public init(_ value: Int?) { self = value.map(Value.integer) ?? .null }
  public init(_ value: Double?) { self = value.map(Value.real) ?? .null }
  public init(_ value: String?) { self = value.map(Value.text) ?? .null }
  public init(_ value: [UInt8]?) { self = value.map(Value.blob) ?? .null }
  public init(_ value: Bool) { self = .integer(value ? 1 : 0) }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(stringLiteral value: String) { self = .text(value) }
  public init(nilLiteral: ()) { self = .null }
}
