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
  /// Whether a commit may reach the disk later than it is made, without harm to the file.
  private let hasWriteAheadLog: Bool
  private var isSynced = true

  /// Opens the file, or makes it. Its folder must exist.
  /// - Parameter busyTimeout: how many milliseconds to wait for another process that is writing.
  public init(path: String, busyTimeout: Int = 5000) throws(LedgerError) {
    let database = try Database(path: path)
    database.setBusyTimeout(milliseconds: Int32(clamping: busyTimeout))
    // EXTRA syncs the folder too when a rollback journal is removed: one that came back with a loss of power would undo its transaction.
    // (In WAL mode it is the same as FULL: the first sync of a new log syncs the folder.)
    try database.script("PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON;")
    // A file system without shared memory keeps its rollback journal: slower, and as safe.
    var mode = ""
    try database.run("PRAGMA journal_mode = WAL", []) { mode = $0[0].text ?? "" }
    self.path = path
    self.database = database
    hasWriteAheadLog = mode == "wal"
  }

  private static let ownSteps = [
    Migration(
      part: "ledger", version: 1,
      sql: "CREATE TABLE synced (times INTEGER NOT NULL) STRICT; INSERT INTO synced VALUES (0);")
  ]

  /// Brings the tables of the given parts up to date, all or none.
  public func migrate(_ steps: [Migration]) throws(LedgerError) {
    try framed(by: "BEGIN IMMEDIATE") { () throws(LedgerError) in
      try MigrationLog.apply(Ledger.ownSteps + steps, to: database)
    }
  }

  /// Reads the whole file, and looks whether it is sound; a second for some 100 MB.
  /// - Throws: ``LedgerError`` with the first damage.
  public func verify() throws(LedgerError) {
    var found = ""
    try database.run("PRAGMA quick_check(1)", []) { found = $0[0].text ?? "" }
    guard found == "ok" else {
      throw LedgerError(damaged: path, found.split(separator: "\n").joined(separator: " "))
    }
  }

  /// Runs `body` as one transaction that may write: committed when this returns; rolled back when `body` throws.
  /// - Parameter synced: whether the commit, and all before it, is on the disk when this returns. One that is not survives a
  ///   kill of the process, and may be lost when the machine loses its power before ``sync()``.
  @discardableResult
  public func transaction<T: Sendable>(
    synced: Bool = true, _ body: @Sendable (borrowing Transaction) throws(LedgerError) -> T
  ) throws(LedgerError) -> T {
    try setSynced(synced || !hasWriteAheadLog)
    return try framed(by: "BEGIN IMMEDIATE") { () throws(LedgerError) in
      try body(Transaction(database))
    }
  }

  /// Brings all commits so far to the disk.
  public func sync() throws(LedgerError) {
    try setSynced(true)
    // SQLite syncs its log with a commit that has written something; a statement by itself is a transaction.
    try database.script("UPDATE synced SET times = times + 1")
  }

  /// The setting is the connection's, and takes no effect inside a transaction.
  private func setSynced(_ wanted: Bool) throws(LedgerError) {
    guard wanted != isSynced else { return }
    try database.script("PRAGMA synchronous = \(wanted ? "EXTRA" : "NORMAL")")
    isSynced = wanted
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
