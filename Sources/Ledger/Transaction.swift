/// Statements that take effect together or not at all. The body of `Ledger.transaction` gets one and cannot keep it.
public struct Transaction: ~Copyable {
  private let database: Database

  init(_ database: Database) { self.database = database }

  /// Runs one statement.
  /// - Parameter values: one for each `?` of the statement.
  /// - Returns: how many rows were written, changed or removed.
  @discardableResult
  public borrowing func execute(_ sql: String, _ values: [Value] = []) throws(LedgerError) -> Int {
    try database.run(sql, values) { _ in }
    return database.changes
  }

  /// Runs one query and returns its rows.
  public borrowing func query(_ sql: String, _ values: [Value] = []) throws(LedgerError) -> [Row] {
    var rows: [Row] = []
    try database.run(sql, values) { rows.append($0) }
    return rows
  }

  /// Runs one query and shows its rows one after the other, for answers that are large.
  public borrowing func each(
    _ sql: String, _ values: [Value] = [],
    _ body: (borrowing RowCursor) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    try database.each(sql, values, body)
  }

  /// The number of the row that the last insert wrote.
  public var lastInsertedRow: Int { database.lastInsertedRow }
}
