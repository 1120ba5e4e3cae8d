internal import EventLoop

/// The collector's state in one SQLite file: the only owner of SQLite. What a transaction has written
/// survives a kill at any instant, and a power cut (write-ahead log, synced at each commit).
///
/// The tables belong to the modules that use them; they bring their own `Migration` steps.
public actor Ledger {
  private let executor = ThreadExecutor(label: "ledger")
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// The path of the file.
  public nonisolated let path: String
  private let database: Database

  /// Opens the file, or makes it. Its folder must exist.
  /// - Parameter busyTimeout: how many milliseconds to wait for another process that is writing.
  public init(path: String, busyTimeout: Int = 5000) throws(LedgerError) {
    let database = try Database(path: path)
    database.setBusyTimeout(milliseconds: Int32(clamping: busyTimeout))
    // A file system without shared memory keeps its rollback journal: slower, and as safe.
    try database.run("PRAGMA journal_mode = WAL", []) { _ in }
    try database.script("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
    self.path = path
    self.database = database
  }

  /// Brings the tables of the given parts up to date, all or none.
  public func migrate(_ steps: [Migration]) throws(LedgerError) {
    try framed(by: "BEGIN IMMEDIATE") { () throws(LedgerError) in
      try MigrationLog.apply(steps, to: database)
    }
  }

  /// Runs `body` as one transaction that may write: committed, and on disk, when this returns; rolled
  /// back when `body` throws.
  @discardableResult
  public func transaction<T: Sendable>(
    _ body: @Sendable (borrowing Transaction) throws(LedgerError) -> T
  ) throws(LedgerError) -> T {
    try framed(by: "BEGIN IMMEDIATE") { () throws(LedgerError) in try body(Transaction(database)) }
  }

  /// Runs `body` on one consistent state of the ledger, without keeping another process from writing.
  public func read<T: Sendable>(
    _ body: @Sendable (borrowing Transaction) throws(LedgerError) -> T
  ) throws(LedgerError) -> T {
    try framed(by: "BEGIN DEFERRED") { () throws(LedgerError) in try body(Transaction(database)) }
  }

  private func framed<T>(
    by begin: String, _ body: () throws(LedgerError) -> T
  ) throws(LedgerError) -> T {
    try database.run(begin, []) { _ in }
    do {
      let result = try body()
      try database.run("COMMIT", []) { _ in }
      return result
    } catch {
      // SQLite has already rolled back after some errors (a full disk); a rollback that fails leaves
      // nothing to do, and the first error says more.
      if database.isInTransaction { try? database.script("ROLLBACK") }
      throw error
    }
  }
}
