public import Ledger
public import Limits

/// The journal: the polls whose values may not be in their files yet, as a table of the ledger.
public enum JournalTable {
  /// Give these to `Ledger.migrate`.
  public static let migrations = [
    Migration(
      part: "recording", version: 1,
      sql: """
        CREATE TABLE journal (
          number INTEGER PRIMARY KEY,
          node INTEGER NOT NULL,
          body BLOB NOT NULL
        ) STRICT;
        """),
    Migration(
      part: "recording", version: 2,
      sql: """
        CREATE TABLE unreadable_journal (
          number INTEGER PRIMARY KEY,
          node INTEGER NOT NULL,
          body BLOB NOT NULL,
          found INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE generation (number INTEGER NOT NULL) STRICT;
        INSERT INTO generation VALUES (2 * CAST(strftime('%s') AS INTEGER));
        """),
  ]

  /// Seconds that rows which cannot be read are kept: time enough to go back to the version that wrote them.
  static let unreadableAge = 30 * 86_400

  /// What a former run left to be written.
  public struct Contents: Sendable {
    /// In the order of their numbers.
    public var rows: [JournalRow] = []
    /// The numbers of rows that cannot be read: written by another version, or damaged.
    public var unreadable: [Int] = []
    /// The largest number so far; 0 in an empty journal.
    public var newest = 0
    /// The newest time of a value.
    public var newestValue = 0
    /// The sync that the rows come after.
    public var generation = 0
  }

  static func read(in transaction: borrowing Transaction) throws(LedgerError) -> Contents {
    var contents = Contents()
    try transaction.each("SELECT number, node, body FROM journal ORDER BY number") {
      row throws(LedgerError) in
      let number = row.integer(0) ?? 0
      contents.newest = number
      if let node = row.integer(1).flatMap({ UInt32(exactly: $0) }),
        let found = JournalRow(number: number, node: NodeNumber(node), bytes: row.bytes(2))
      {
        contents.rows.append(found)
        contents.newestValue = max(contents.newestValue, found.newestTime)
      } else {
        contents.unreadable.append(number)
      }
    }
    contents.generation =
      try transaction.query("SELECT number FROM generation").first?[0].integer ?? 0
    return contents
  }

  /// The rows of a node, in the order of their numbers. Those that cannot be read are left out.
  public static func rows(
    of node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) -> [JournalRow] {
    try transaction.query(
      "SELECT number, body FROM journal WHERE node = ? ORDER BY number", [.integer(Int(node.raw))]
    ).compactMap {
      JournalRow(number: $0[0].integer ?? 0, node: node, bytes: $0[1].blob ?? [])
    }
  }

  /// Removes the rows of a node whose history ends.
  public static func remove(
    of node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    try transaction.execute("DELETE FROM journal WHERE node = ?", [.integer(Int(node.raw))])
  }

  /// Removes rows whose values are in their files, on the disk.
  static func remove(
    _ numbers: [Int], generation: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    for number in numbers {
      try transaction.execute("DELETE FROM journal WHERE number = ?", [.integer(number)])
    }
    try transaction.execute("UPDATE generation SET number = ?", [.integer(generation)])
  }

  // MARK: Rows that cannot be read

  /// How many rows lie aside, and since when the oldest.
  struct Unreadable: Sendable, Hashable {
    var count = 0
    var since: Int?
    /// How many were too old and are removed.
    var removed = 0
  }

  /// Puts rows aside that cannot be read, and removes those that have lain there too long.
  static func setAside(
    _ numbers: [Int], now: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Unreadable {
    for number in numbers {
      try transaction.execute(
        "INSERT INTO unreadable_journal (node, body, found) "
          + "SELECT node, body, ? FROM journal WHERE number = ?", [.integer(now), .integer(number)])
      try transaction.execute("DELETE FROM journal WHERE number = ?", [.integer(number)])
    }
    var unreadable = Unreadable()
    unreadable.removed = try transaction.execute(
      "DELETE FROM unreadable_journal WHERE found < ?", [.integer(now - unreadableAge)])
    let row = try transaction.query("SELECT count(*), min(found) FROM unreadable_journal").first
    unreadable.count = row?[0].integer ?? 0
    unreadable.since = row?[1].integer
    return unreadable
  }
}
