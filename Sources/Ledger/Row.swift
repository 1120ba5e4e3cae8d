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
