public import Incidents
public import Ledger

/// The messages of a notification on the ways of its contact, for the outbox.
public struct AlertMessages: LedgerRows {
  private let notification: Notification
  private let ways: [AlertWay]
  private let subject: String

  /// - Parameter subject: for lists of what waits.
  public init(_ notification: Notification, on ways: [AlertWay], subject: String) {
    self.notification = notification
    self.ways = ways
    self.subject = subject
  }

  public func write(in transaction: borrowing Transaction) throws(LedgerError) {
    try Outbox.enqueue(notification, on: ways, subject: subject, in: transaction)
  }

  /// Each message as an entry of the outbox, with what it is made of.
  var entries: [(entry: OutboxEntry, notification: Notification, target: AlertDestination)] {
    ways.flatMap { way in
      Outbox.targets(of: notification, on: way).map { target in
        let address: String? = if case .mail(let address) = target { "\(address)" } else { nil }
        let entry = OutboxEntry(
          unkept: notification.identifier + target.suffix, to: notification.contact,
          lane: way.lane(of: notification.contact), target: address ?? target.text ?? "",
          isCommand: false, subject: oneLine(subject, limit: 250), created: notification.at,
          place: MessageThread(notification))
        return (entry, notification, target)
      }
    }
  }

  public var byteCount: Int {
    512 + 1024 * (notification.lines.count + (notification.digest?.items.count ?? 0))
  }
}

/// Notifications in the outbox: their facts stand in the tables of ``AlertTables``, their words nowhere.
extension Outbox {
  /// Puts the messages of a notification into the outbox, due at once. The notification is written to the same ledger, in the same
  /// transaction. Messages that are there already stay as they are.
  /// - Parameter subject: for lists of what waits.
  public static func enqueue(
    _ notification: Notification, on ways: [AlertWay], subject: String,
    in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let place = MessageThread(notification)
    let incidents = MessageThread.column(notification.lines.map(\.incident))
    for (entry, _, target) in AlertMessages(notification, on: ways, subject: subject).entries {
      if place.isRepeat,
        try predecessorDue(
          of: place, to: entry.contact, lane: entry.lane, in: transaction) != nil
      {
        continue
      }
      let address: String? = if case .mail = target { entry.target } else { nil }
      try transaction.execute(
        """
        INSERT OR IGNORE INTO outbox
          (id, contact, lane, address, target, notification, subject, created, first_attempt, due, message, follows, incidents)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          .text(entry.id), .text(entry.contact), .text(entry.lane), Value(address),
          Value(target.text), .integer(notification.number), .text(entry.subject),
          .integer(entry.created), .integer(entry.firstAttempt), .integer(entry.due),
          Value(entry.message), Value(MessageThread.column(entry.follows)), Value(incidents),
        ])
    }
  }

  fileprivate static func targets(of notification: Notification, on way: AlertWay)
    -> [AlertDestination]
  {
    switch way {
    case .mail(let address): return [.mail(address)]
    case .syslog: return [.syslog]
    case .webhook(isPerGraph: false): return [.webhook(.whole)]
    case .webhook(isPerGraph: true):
      // These are one text: there is nothing to say for each graph of it.
      if notification.kind == .summary || notification.kind.isRegular {
        return [.webhook(.graph(0))]
      }
      let count = AlertVariables.all(of: notification).count
      return (0..<max(count, 1)).map { .webhook(.graph($0)) }
    }
  }
}
