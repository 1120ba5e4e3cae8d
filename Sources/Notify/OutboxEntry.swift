internal import Ledger

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
  /// The error of the last attempt.
  public let problem: String?
  /// The recipient or the command.
  public var target: String
  let seq: Int
  let isCommand: Bool
  /// What it waits for: mails of a lane go one after the other, beside those of other lanes.
  let lane: String
  /// The number of the notification that it is made of when it is delivered.
  let notification: Int?
  /// The identifier of its notification, and those of notifications that have to arrive before it.
  let message: String?
  let follows: [String]
  /// When the time began after which it is given up: see ``OutboxRetryTimes``.
  let firstAttempt: Int

  /// A message that the outbox does not hold.
  init(
    unkept id: String, to contact: String, lane: String, target: String, isCommand: Bool,
    subject: String, created: Int, place: MessageThread?
  ) {
    self.id = id
    self.contact = contact
    self.lane = lane
    self.target = target
    self.isCommand = isCommand
    self.subject = subject
    self.created = created
    (due, firstAttempt, seq, attempts) = (created, created, 0, 0)
    (failed, problem, notification) = (nil, nil, nil)
    (message, follows) = (place?.message, place?.follows ?? [])
  }

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
    lane = row["lane"].text ?? ""
    notification = row["notification"].integer
    message = row["message"].text
    follows = MessageThread.words(row["follows"].text)
    target = row["address"].text ?? row["command"].text ?? row["target"].text ?? ""
    firstAttempt = row["first_attempt"].integer ?? 0
  }
}
