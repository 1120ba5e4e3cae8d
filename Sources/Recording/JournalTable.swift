public import Ledger
internal import Limits

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
        """)
  ]

  /// What a former run left to be written.
  public struct Contents: Sendable {
    /// In the order of their numbers.
    public var rows: [JournalRow] = []
    /// Rows that cannot be read: written by another version, or damaged.
    public var unreadable = 0
    /// The largest number so far; 0 in an empty journal.
    public var newest = 0
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
      } else {
        contents.unreadable += 1
      }
    }
    return contents
  }

  /// Removes rows whose values are in their files, on the disk.
  static func remove(_ numbers: [Int], in transaction: borrowing Transaction) throws(LedgerError) {
    for number in numbers {
      try transaction.execute("DELETE FROM journal WHERE number = ?", [.integer(number)])
    }
  }
}
