internal import CSQLite

/// The present row of an answer that is read row by row, without a copy of what nobody looks at. Columns are counted
/// from 0.
public struct RowCursor: ~Copyable {
  private let statement: OpaquePointer

  init(_ statement: OpaquePointer) { self.statement = statement }

  /// A whole number; `nil` for `NULL`.
  public borrowing func integer(_ column: Int) -> Int? {
    sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
      ? nil : Int(sqlite3_column_int64(statement, Int32(column)))
  }

  /// A number; `nil` for `NULL`.
  public borrowing func real(_ column: Int) -> Double? {
    sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
      ? nil : sqlite3_column_double(statement, Int32(column))
  }

  /// A text; `nil` for `NULL`. Bytes that are not UTF-8 become U+FFFD.
  public borrowing func text(_ column: Int) -> String? {
    guard let start = sqlite3_column_text(statement, Int32(column)) else { return nil }
    let count = Int(sqlite3_column_bytes(statement, Int32(column)))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// Lends the bytes of a blob or a text; none for `NULL`.
  public borrowing func withBytes<Result>(_ column: Int, _ body: (Span<UInt8>) -> Result) -> Result
  {
    let start = sqlite3_column_blob(statement, Int32(column))
    let count = Int(sqlite3_column_bytes(statement, Int32(column)))
    let bytes = UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
    return body(bytes.bindMemory(to: UInt8.self).span)
  }

  /// A copy of the bytes of a blob; none for `NULL`.
  public borrowing func bytes(_ column: Int) -> [UInt8] {
    withBytes(column) { span in span.withUnsafeBufferPointer { Array($0) } }
  }
}
