public import Ledger

/// The mails that are not yet delivered, as tables in the ledger. A mail is written in the transaction
/// that decides to send it, and leaves when the server or the command has taken it.
public enum Outbox {
  /// Give these to `Ledger.migrate`.
  public static let migrations = [
    Migration(
      part: "outbox", version: 1,
      sql: """
        CREATE TABLE outbox (
          seq INTEGER PRIMARY KEY,
          id TEXT NOT NULL UNIQUE,
          contact TEXT NOT NULL,
          address TEXT,
          command TEXT,
          subject TEXT NOT NULL,
          body TEXT NOT NULL,
          thread TEXT,
          created INTEGER NOT NULL,
          patience INTEGER NOT NULL,
          due INTEGER NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0,
          scope INTEGER NOT NULL DEFAULT 0,
          failed INTEGER,
          problem TEXT,
          CHECK ((address IS NULL) <> (command IS NULL))
        ) STRICT;
        CREATE INDEX outbox_due ON outbox (due) WHERE failed IS NULL;
        CREATE INDEX outbox_contact ON outbox (contact, seq);
        CREATE TABLE outbox_pictures (
          mail INTEGER NOT NULL REFERENCES outbox (seq) ON DELETE CASCADE,
          position INTEGER NOT NULL,
          name TEXT NOT NULL,
          png BLOB NOT NULL,
          PRIMARY KEY (mail, position)
        ) STRICT, WITHOUT ROWID;
        """)
  ]

  /// From this many waiting mails of a contact on, new ones are kept without their pictures: a mail
  /// server that is away for days must not fill the disk.
  static let pictureLimit = 100

  /// Puts a mail into the outbox, due at once.
  public static func enqueue(
    _ mail: OutgoingMail, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let address: String? = if case .address(let address) = mail.route { "\(address)" } else { nil }
    let command: String? = if case .command(let command) = mail.route { command } else { nil }
    try transaction.execute(
      """
      INSERT INTO outbox (id, contact, address, command, subject, body, thread, created, patience, due)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(mail.id), .text(mail.contact), Value(address), Value(command), .text(mail.subject),
        .text(mail.text), Value(mail.thread), .integer(mail.created), .integer(mail.created),
        .integer(mail.created),
      ])
    let seq = transaction.lastInsertedRow
    let waiting = try transaction.query(
      "SELECT count(*) FROM outbox WHERE contact = ? AND failed IS NULL", [.text(mail.contact)])
    if mail.pictures.isEmpty || (waiting.first?[0].integer ?? 0) > pictureLimit { return }
    for (position, picture) in mail.pictures.enumerated() {
      try transaction.execute(
        "INSERT INTO outbox_pictures (mail, position, name, png) VALUES (?, ?, ?, ?)",
        [.integer(seq), .integer(position), .text(picture.name), .blob(picture.png)])
    }
  }

  /// What is in the outbox, oldest first: the mails that wait, and those given up in the last 30 days.
  public static func entries(in transaction: borrowing Transaction) throws(LedgerError)
    -> [OutboxEntry]
  {
    try transaction.query("SELECT * FROM outbox ORDER BY seq LIMIT 1000").map(OutboxEntry.init)
  }

  /// Makes every mail that was given up due again, with three more days to try.
  /// - Returns: how many.
  @discardableResult
  public static func retryFailed(
    now: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    try transaction.execute(
      "UPDATE outbox SET failed = NULL, attempts = 0, scope = 0, due = ?, patience = ? "
        + "WHERE failed IS NOT NULL", [.integer(now), .integer(now)])
  }
}

/// A mail in the outbox, without its contents.
public struct OutboxEntry: Sendable, Hashable {
  public let id: String
  public let contact: String
  public let subject: String
  public let created: Int
  /// When the next attempt is made.
  public let due: Int
  public let attempts: Int
  /// When it was given up, `nil` while it waits.
  public let failed: Int?
  /// What the last attempt met.
  public let problem: String?
  /// The recipient or the command.
  public let target: String
  let seq: Int
  let isCommand: Bool
  /// When the three days began.
  let patience: Int

  init(_ row: Row) {
    seq = row["seq"].integer ?? 0
    id = row["id"].text ?? ""
    contact = row["contact"].text ?? ""
    subject = row["subject"].text ?? ""
    created = row["created"].integer ?? 0
    due = row["due"].integer ?? 0
    attempts = row["attempts"].integer ?? 0
    failed = row["failed"].integer
    problem = row["problem"].text
    isCommand = row["command"] != .null
    target = row["address"].text ?? row["command"].text ?? ""
    patience = row["patience"].integer ?? 0
  }
}
