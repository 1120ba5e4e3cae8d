/// The steps that were applied to a ledger, kept in the ledger itself.
enum MigrationLog {
  /// The layout of the log, in the file's `user_version`; 0 is a new file.
  static let layout = 1

  /// `Apus` in ASCII: tells our file from another program's.
  static let applicationID = 0x4170_7573

  static func apply(_ steps: [Migration], to database: Database) throws(LedgerError) {
    let transaction = Transaction(database)
    try open(database, transaction)
    var versions: [String: Int] = [:]
    for row in try transaction.query(
      "SELECT part, max(version) AS version FROM migrations GROUP BY part")
    {
      versions[row["part"].text ?? ""] = row["version"].integer
    }
    let latest = Dictionary(steps.map { ($0.part, $0.version) }, uniquingKeysWith: max)
    for (part, known) in latest where versions[part, default: 0] > known {
      throw LedgerError(
        .newer,
        "cannot use \(database.path): its \(part) tables have version \(versions[part, default: 0]), "
          + "this program knows \(known) (a newer one wrote it)")
    }
    // In the order given: a part may take over another one's tables.
    for step in steps where step.version > versions[step.part, default: 0] {
      let before = versions[step.part, default: 0]
      precondition(step.version == before + 1, "no step \(before + 1) for part \(step.part)")
      switch step.change {
      case .sql(let statements): try database.script(statements)
      case .code(let change): try change(transaction)
      }
      try transaction.execute(
        "INSERT INTO migrations (part, version) VALUES (?, ?)",
        [.text(step.part), .integer(step.version)])
      versions[step.part] = step.version
    }
  }

  private static func open(
    _ database: Database, _ transaction: borrowing Transaction
  ) throws(LedgerError) {
    let found = try transaction.query("PRAGMA user_version").first?[0].integer ?? 0
    let owner = try transaction.query("PRAGMA application_id").first?[0].integer ?? 0
    let isNew = try transaction.query("SELECT 1 FROM sqlite_schema LIMIT 1").isEmpty
    guard owner == applicationID || (isNew && owner == 0) else {
      throw LedgerError(.damaged, "cannot use \(database.path): another program's database")
    }
    guard found <= layout else {
      throw LedgerError(
        .newer,
        "cannot use \(database.path): its layout is \(found), this program knows \(layout)")
    }
    guard isNew else { return }
    try database.script(
      """
      CREATE TABLE migrations (part TEXT NOT NULL, version INTEGER NOT NULL,
        PRIMARY KEY (part, version)) STRICT, WITHOUT ROWID;
      PRAGMA application_id = \(applicationID);
      PRAGMA user_version = \(layout);
      """)
  }
}
