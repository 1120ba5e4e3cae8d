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

  /// `NULL` when there is none.
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

/// One row of an answer.
public struct Row: Sendable, Hashable {
  /// The names of the columns, as the query gives them.
  public let columns: [String]
  public let values: [Value]

  /// The cell of a column that the query names; asking for another is a mistake in our own code.
  public subscript(_ column: String) -> Value {
    guard let index = columns.firstIndex(of: column) else {
      preconditionFailure("no column \(column) among \(columns)")
    }
    return values[index]
  }

  public subscript(_ index: Int) -> Value { values[index] }
}
