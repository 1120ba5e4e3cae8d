internal import Ledger

/// What the courier asks of the outbox.
extension Outbox {
  /// A page of the mails of a lane to attempt now, oldest first: those due, and with a mail that is due those older ones of
  /// its contact that only wait for a server or a mailbox, so that they keep their order.
  /// - Parameter seq: the last one of the page before.
  static func batch(
    now: Int, lane: String, after seq: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> [OutboxEntry] {
    try transaction.query(
      """
      SELECT * FROM outbox AS mail WHERE lane = ?2 AND seq > ?3 AND failed IS NULL AND (due <= ?1 OR (scope > 0 AND EXISTS (
        SELECT 1 FROM outbox AS newer WHERE newer.contact = mail.contact AND newer.seq > mail.seq
          AND newer.lane = mail.lane AND newer.failed IS NULL AND newer.due <= ?1)))
      ORDER BY seq LIMIT \(pageSize)
      """, [.integer(now), .text(lane), .integer(seq)]
    ).map(OutboxEntry.init)
  }

  /// So many rows are read at once: polls write to the ledger in between.
  static let pageSize = 100

  /// When the next attempt of each lane is due.
  static func dueTimes(
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> [(lane: String, due: Int)] {
    try transaction.query("SELECT lane, min(due) FROM outbox WHERE failed IS NULL GROUP BY lane")
      .map { (lane: $0[0].text ?? "", due: $0[1].integer ?? 0) }
  }

  /// The whole mail; `nil` if it is not in the outbox any more, or its address is invalid.
  static func mail(
    _ entry: OutboxEntry, in transaction: borrowing Transaction
  ) throws(LedgerError) -> OutgoingMail? {
    guard
      let row = try transaction.query("SELECT * FROM outbox WHERE seq = ?", [.integer(entry.seq)])
        .first
    else { return nil }
    let route: OutgoingMail.Route
    if let command = row["command"].text {
      route = .command(command)
    } else if let address = try? MailAddress(row["address"].text ?? "") {
      route = .address(address)
    } else {
      return nil
    }
    let pictures = try transaction.query(
      "SELECT name, png FROM outbox_pictures WHERE mail = ? ORDER BY position",
      [.integer(entry.seq)])
    var mail = OutgoingMail(
      id: entry.id, contact: entry.contact, route: route, subject: entry.subject,
      text: row["body"].text ?? "",
      pictures: pictures.map {
        MailPicture(name: $0["name"].text ?? "", png: $0["png"].blob ?? [])
      },
      drawing: drawing(in: row), thread: row["thread"].text, created: entry.created)
    if let template = row["command_template"].text, let values = row["command_values"].text {
      mail.source = CommandSource(template: template, values: values)
    }
    return mail
  }

  private static func drawing(in row: Row) -> PictureOrder? {
    guard let node = row["picture_node"].text, let graph = row["picture_graph"].text,
      let name = row["picture_name"].text
    else { return nil }
    return PictureOrder(node: node, graph: graph, name: name)
  }

  /// Until when an earlier message that this one follows waits; `nil` when none does.
  static func predecessorDue(
    of entry: OutboxEntry, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int? {
    try predecessorDue(
      of: MessageThread(message: entry.message ?? "", follows: entry.follows), to: entry.contact,
      lane: entry.lane, before: entry.seq, in: transaction)
  }

  static func predecessorDue(
    of place: MessageThread, to contact: String, lane: String, before seq: Int = .max,
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int? {
    guard !place.follows.isEmpty else { return nil }
    let marks = Array(repeating: "?", count: place.follows.count).joined(separator: ", ")
    return try transaction.query(
      """
      SELECT max(due) FROM outbox
      WHERE message IN (\(marks)) AND contact = ? AND lane = ? AND seq < ? AND failed IS NULL
      """, place.follows.map { .text($0) } + [.text(contact), .text(lane), .integer(seq)]
    ).first?[0].integer
  }

  /// Has a message wait without an attempt of its own. It keeps its place before newer ones of its contact.
  /// - Parameters:
  ///   - problem: why another one was not delivered, where it waits for that one's server or contact.
  ///   - scope: what it waits for.
  static func wait(
    _ entry: OutboxEntry, until due: Int, because problem: String? = nil,
    scope: DeliveryFailure.Scope = .recipient, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    try transaction.execute(
      """
      UPDATE outbox SET due = max(due, ?1), problem = coalesce(?2, problem), scope = max(scope, ?3) WHERE seq = ?4
      """,
      [
        .integer(due), Value(problem), .integer(scope.rawValue), .integer(entry.seq),
      ])
  }

  /// Messages that follow one that waits no more have waited for nothing else.
  private static func wakeFollowers(
    of entry: OutboxEntry, now: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    guard let message = entry.message else { return }
    try transaction.execute(
      """
      UPDATE outbox SET due = ?1 WHERE failed IS NULL AND lane = ?2 AND due > ?1 AND contact = ?3 AND follows IS NOT NULL
        AND instr(' ' || follows || ' ', ?4) > 0
      """,
      [
        .integer(now), .text(entry.lane), .text(entry.contact), .text(" \(message) "),
      ])
  }

  /// Removes a delivered mail. The delivery shows that its server works: other mails that wait for the same server, or
  /// the same contact, become due, and those that follow it.
  static func remove(
    _ entry: OutboxEntry, now: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    try transaction.execute("DELETE FROM outbox WHERE seq = ?", [.integer(entry.seq)])
    try transaction.execute(
      """
      UPDATE outbox SET due = ?1 WHERE failed IS NULL AND lane = ?3 AND due > ?1
        AND (scope = 2 OR (scope = 1 AND contact = ?2))
      """, [.integer(now), .text(entry.contact), .text(entry.lane)])
    try wakeFollowers(of: entry, now: now, in: transaction)
  }

  /// Records a failed attempt.
  /// - Returns: when the next one is due, `nil` if there is none.
  static func postpone(
    _ entry: OutboxEntry, _ failure: DeliveryFailure, now: Int,
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int? {
    let attempts = entry.attempts + 1
    if failure.isPermanent || now - entry.firstAttempt >= OutboxRetryTimes.givenUpAfter {
      try transaction.execute(
        "UPDATE outbox SET failed = ?, attempts = ?, problem = ? WHERE seq = ?",
        [
          .integer(now), .integer(attempts), .text(failure.description), .integer(entry.seq),
        ])
      try wakeFollowers(of: entry, now: now, in: transaction)
      return nil
    }
    let due = now + OutboxRetryTimes.wait(after: attempts)
    try transaction.execute(
      "UPDATE outbox SET due = ?, attempts = ?, scope = ?, problem = ? WHERE seq = ?",
      [
        .integer(due), .integer(attempts), .integer(failure.scope.rawValue),
        .text(failure.description), .integer(entry.seq),
      ])
    return due
  }

  /// The contacts and lanes that messages wait in, with their number.
  static func waiting(
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> [(contact: String, lane: String, count: Int)] {
    try transaction.query(
      "SELECT contact, lane, count(*) FROM outbox WHERE failed IS NULL GROUP BY contact, lane"
    ).map { (contact: $0[0].text ?? "", lane: $0[1].text ?? "", count: $0[2].integer ?? 0) }
  }

  /// Gives up the messages to a contact in a lane.
  static func giveUp(
    contact: String, lane: String, because problem: String, now: Int,
    in transaction: borrowing Transaction
  ) throws(LedgerError) {
    try transaction.execute(
      "UPDATE outbox SET failed = ?, problem = ? WHERE contact = ? AND lane = ? AND failed IS NULL",
      [.integer(now), .text(problem), .text(contact), .text(lane)])
  }

  /// Deletes the mails that were given up long ago.
  static func prune(now: Int, in transaction: borrowing Transaction) throws(LedgerError) {
    try transaction.execute(
      "DELETE FROM outbox WHERE failed < ?", [.integer(now - OutboxRetryTimes.keptWhenFailed)])
  }
}
