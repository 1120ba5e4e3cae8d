internal import CSQLite

/// One SQLite connection with its prepared statements. Only the `Ledger` actor touches it.
final class Database {
  let path: String
  private let handle: OpaquePointer
  private var statements: [String: OpaquePointer] = [:]

  /// SQL is written in the program, so the number of statements is that of the program's queries. The
  /// bound is for a query that has its values written into it.
  private static let cacheLimit = 128

  init(path: String) throws(LedgerError) {
    var opened: OpaquePointer?
    // No mutex inside SQLite: the actor is the only user.
    let flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard let opened else { throw LedgerError(.other, "cannot open \(path): out of memory") }
    guard code == SQLITE_OK else {
      let message = String(cString: sqlite3_errmsg(opened))
      sqlite3_close_v2(opened)
      throw LedgerError("cannot open", path: path, code: code, message: message)
    }
    self.path = path
    handle = opened
  }

  deinit {
    for statement in statements.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  var changes: Int { Int(sqlite3_changes64(handle)) }
  var lastInsertedRow: Int { Int(sqlite3_last_insert_rowid(handle)) }
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  func setBusyTimeout(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

  /// Runs several statements without values.
  func script(_ sql: String) throws(LedgerError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw error("cannot run", sql, code) }
  }

  /// Runs one statement and hands each row of its answer to `take`.
  func run(_ sql: String, _ values: [Value], take: (Row) -> Void) throws(LedgerError) {
    let statement = try prepare(sql)
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    try bind(values, to: statement, sql)
    var columns: [String]?
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw error("cannot run", sql, code) }
      let names = columns ?? Self.columns(of: statement)
      columns = names
      take(Row(columns: names, values: names.indices.map { Self.value($0, of: statement) }))
    }
  }

  /// Runs one query and shows its rows to `body`. The body runs no statement of the same text.
  func each(
    _ sql: String, _ values: [Value],
    _ body: (borrowing RowCursor) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    let statement = try prepare(sql)
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    try bind(values, to: statement, sql)
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw error("cannot run", sql, code) }
      try body(RowCursor(statement))
    }
  }

  private func prepare(_ sql: String) throws(LedgerError) -> OpaquePointer {
    if let known = statements[sql] { return known }
    var prepared: OpaquePointer?
    var code = SQLITE_OK
    var rest = 0
    var sql = sql
    sql.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text in
        var tail: UnsafePointer<CChar>?
        code = sqlite3_prepare_v3(
          handle, text.baseAddress, Int32(text.count), UInt32(SQLITE_PREPARE_PERSISTENT),
          &prepared, &tail)
        if let tail, let start = text.baseAddress {
          rest = text[(tail - start)...].count { $0 != 32 && $0 != 10 }
        }
      }
    }
    guard code == SQLITE_OK else { throw error("cannot prepare", sql, code) }
    guard let prepared, rest == 0 else {
      sqlite3_finalize(prepared)
      throw LedgerError(.other, "cannot prepare '\(sql)' on \(path): expected one statement")
    }
    if statements.count >= Self.cacheLimit {
      for statement in statements.values { sqlite3_finalize(statement) }
      statements.removeAll()
    }
    statements[sql] = prepared
    return prepared
  }

  private func bind(
    _ values: [Value], to statement: OpaquePointer, _ sql: String
  ) throws(LedgerError) {
    let expected = Int(sqlite3_bind_parameter_count(statement))
    guard values.count == expected else {
      throw LedgerError(
        .other, "cannot run '\(sql)' on \(path): expected \(expected) values, found \(values.count)"
      )
    }
    for (value, index) in zip(values, Int32(1)...) {
      let code =
        switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let number): sqlite3_bind_int64(statement, index, Int64(number))
        case .real(let number): sqlite3_bind_double(statement, index, number)
        case .text(var text):
          text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
              csqlite_bind_text(statement, index, $0.baseAddress, Int32($0.count))
            }
          }
        case .blob(let bytes):
          bytes.isEmpty
            ? sqlite3_bind_zeroblob(statement, index, 0)
            : bytes.withUnsafeBytes {
              csqlite_bind_blob(statement, index, $0.baseAddress, Int32($0.count))
            }
        }
      guard code == SQLITE_OK else { throw error("cannot give a value to", sql, code) }
    }
  }

  private static func columns(of statement: OpaquePointer) -> [String] {
    (0..<sqlite3_column_count(statement)).map {
      String(cString: sqlite3_column_name(statement, $0))
    }
  }

  private static func value(_ index: Int, of statement: OpaquePointer) -> Value {
    let column = Int32(index)
    switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return .integer(Int(sqlite3_column_int64(statement, column)))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, column))
    case SQLITE_TEXT:
      // The pointer first: asking for it may change the number of bytes.
      let start = sqlite3_column_text(statement, column)
      let count = Int(sqlite3_column_bytes(statement, column))
      return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
    case SQLITE_BLOB:
      let start = sqlite3_column_blob(statement, column)
      let count = Int(sqlite3_column_bytes(statement, column))
      return .blob([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
    default: return .null
    }
  }

  private func error(_ what: String, _ sql: String, _ code: Int32) -> LedgerError {
    LedgerError(
      "\(what) '\(sql)' on", path: path, code: code,
      message: String(cString: sqlite3_errmsg(handle)))
  }
}
