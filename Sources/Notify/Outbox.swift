public import Ledger

/// The mails that are not yet delivered, as tables in the ledger. A mail is written in the transaction
/// that decides to send it, and removed when the server or the command has accepted it.
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
        """),
    Migration(
      part: "outbox", version: 2,
      sql: "ALTER TABLE outbox RENAME COLUMN patience TO first_attempt"),
    Migration(
      part: "outbox", version: 3,
      sql: """
        ALTER TABLE outbox ADD COLUMN picture_node TEXT;
        ALTER TABLE outbox ADD COLUMN picture_graph TEXT;
        ALTER TABLE outbox ADD COLUMN picture_name TEXT;
        """),
    // The pictures are kept apart while the table is made anew: with it they would be deleted.
    Migration(
      part: "outbox", version: 4,
      sql: """
        CREATE TABLE outbox_4 (
          seq INTEGER PRIMARY KEY,
          id TEXT NOT NULL UNIQUE,
          contact TEXT NOT NULL,
          lane TEXT NOT NULL,
          address TEXT,
          command TEXT,
          target TEXT,
          notification INTEGER,
          subject TEXT NOT NULL,
          body TEXT,
          thread TEXT,
          created INTEGER NOT NULL,
          first_attempt INTEGER NOT NULL,
          due INTEGER NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0,
          scope INTEGER NOT NULL DEFAULT 0,
          failed INTEGER,
          problem TEXT,
          picture_node TEXT,
          picture_graph TEXT,
          picture_name TEXT,
          CHECK ((address IS NOT NULL) + (command IS NOT NULL) + (target IS NOT NULL) = 1)
        ) STRICT;
        INSERT INTO outbox_4 SELECT seq, id, contact,
          CASE WHEN command IS NULL THEN 'mail' ELSE 'command ' || contact END,
          address, command, NULL, NULL, subject, body, thread, created, first_attempt, due, attempts, scope, failed, problem,
          picture_node, picture_graph, picture_name FROM outbox;
        CREATE TABLE pictures_4 AS SELECT * FROM outbox_pictures;
        DROP TABLE outbox_pictures;
        DROP TABLE outbox;
        ALTER TABLE outbox_4 RENAME TO outbox;
        CREATE INDEX outbox_due ON outbox (lane, due) WHERE failed IS NULL;
        CREATE INDEX outbox_contact ON outbox (contact, seq);
        CREATE INDEX outbox_failed ON outbox (failed) WHERE failed IS NOT NULL;
        CREATE TABLE outbox_pictures (
          mail INTEGER NOT NULL REFERENCES outbox (seq) ON DELETE CASCADE,
          position INTEGER NOT NULL,
          name TEXT NOT NULL,
          png BLOB NOT NULL,
          PRIMARY KEY (mail, position)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO outbox_pictures SELECT mail, position, name, png FROM pictures_4;
        DROP TABLE pictures_4;
        """),
    Migration(
      part: "outbox", version: 5,
      sql: """
        ALTER TABLE outbox ADD COLUMN command_template TEXT;
        ALTER TABLE outbox ADD COLUMN command_values TEXT;
        """),
    Migration(
      part: "outbox", version: 6,
      sql: """
        ALTER TABLE outbox ADD COLUMN message TEXT;
        ALTER TABLE outbox ADD COLUMN follows TEXT;
        ALTER TABLE outbox ADD COLUMN incidents TEXT;
        CREATE INDEX outbox_message ON outbox (message) WHERE message IS NOT NULL;
        """),
  ]

  /// Mails to addresses share a lane; each contact's command has one of its own.
  static let mailLane = "mail"

  static func commandLane(of contact: String) -> String { "command \(contact)" }

  /// From this many waiting mails of a contact on, new ones are stored without their pictures, so that a mail server
  /// which is down for days does not fill the disk.
  static let pictureLimit = 100

  /// Puts a mail into the outbox, due at once. A mail that is there already stays as it is.
  public static func enqueue(
    _ mail: OutgoingMail, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let address: String? = if case .address(let address) = mail.route { "\(address)" } else { nil }
    let command: String? = if case .command(let command) = mail.route { command } else { nil }
    let lane = command == nil ? mailLane : commandLane(of: mail.contact)
    if let place = mail.place, place.isRepeat,
      try predecessorDue(of: place, to: mail.contact, lane: lane, in: transaction) != nil
    {
      return
    }
    let isNew = try transaction.execute(
      """
      INSERT OR IGNORE INTO outbox
        (id, contact, lane, address, command, subject, body, thread, created, first_attempt, due, command_template,
          command_values, message, follows, incidents)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(mail.id), .text(mail.contact), .text(lane), Value(address),
        Value(command), .text(mail.subject),
        .text(mail.text), Value(mail.thread), .integer(mail.created), .integer(mail.created),
        .integer(mail.created), Value(mail.source?.template), Value(mail.source?.values),
        Value(mail.place?.message), Value(mail.place.flatMap { MessageThread.column($0.follows) }),
        Value(mail.place.flatMap { MessageThread.column($0.incidents) }),
      ])
    if isNew == 0 { return }
    let seq = transaction.lastInsertedRow
    guard mail.drawing != nil || !mail.pictures.isEmpty else { return }
    let waiting = try transaction.query(
      """
      SELECT count(*) FROM
        (SELECT 1 FROM outbox WHERE contact = ? AND failed IS NULL LIMIT \(pictureLimit + 1))
      """, [.text(mail.contact)])
    if (waiting.first?[0].integer ?? 0) > pictureLimit { return }
    if let drawing = mail.drawing {
      try transaction.execute(
        "UPDATE outbox SET picture_node = ?, picture_graph = ?, picture_name = ? WHERE seq = ?",
        [.text(drawing.node), .text(drawing.graph), .text(drawing.name), .integer(seq)])
    }
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

  /// How many mails wait, and how many were given up in the last 30 days.
  public static func counts(
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> (waiting: Int, failed: Int) {
    let row = try transaction.query("SELECT count(*), count(failed) FROM outbox").first
    let (all, failed) = (row?[0].integer ?? 0, row?[1].integer ?? 0)
    return (all - failed, failed)
  }

  /// The ways to contacts with messages that wait after a failed attempt: since when, and why the oldest of them was not delivered.
  public static func troubles(
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> [DeliveryTrouble] {
    try transaction.query(
      """
      SELECT contact, lane, min(first_attempt), problem FROM outbox WHERE failed IS NULL AND problem IS NOT NULL
      GROUP BY contact, lane
      """
    ).map { row in
      DeliveryTrouble(
        contact: row[0].text ?? "", lane: row[1].text ?? "", since: row[2].integer ?? 0,
        problem: row[3].text ?? "")
    }
  }

  /// Makes the messages that were given up due again, with three more days to try, whose incidents still last: what is over by now is
  /// no news.
  /// - Parameter open: the numbers of the open incidents.
  /// - Returns: how many.
  @discardableResult
  public static func retryFailed(
    of open: some Sequence<Int>, now: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    let open = Set(open.map(String.init))
    let failed = try transaction.query(
      "SELECT seq, incidents FROM outbox WHERE failed IS NOT NULL AND incidents IS NOT NULL")
    var count = 0
    for row in failed where !open.isDisjoint(with: MessageThread.words(row[1].text)) {
      count += try transaction.execute(
        "UPDATE outbox SET failed = NULL, attempts = 0, scope = 0, due = ?1, first_attempt = ?1 WHERE seq = ?2",
        [.integer(now), row[0]])
    }
    return count
  }
}

extension OutgoingMail: LedgerRows {
  public func write(in transaction: borrowing Transaction) throws(LedgerError) {
    try Outbox.enqueue(self, in: transaction)
  }

  public var byteCount: Int {
    256 + subject.utf8.count + text.utf8.count + (source?.values.utf8.count ?? 0)
      + pictures.reduce(0) { $0 + $1.png.count }
  }
}
