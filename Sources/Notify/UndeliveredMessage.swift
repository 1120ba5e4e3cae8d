public import Ledger

/// A message about incidents that has not reached its contact.
public struct UndeliveredMessage: Sendable {
  public let contact: String
  /// How it goes: `mail`, `command`, `webhook`, `syslog`.
  public let way: String
  /// The identifier of its notification.
  public let message: String
  /// The numbers of its incidents.
  public let incidents: [Int]
  /// Why the last attempt failed; `nil` before the first.
  public let problem: String?
  /// Whether there are no further attempts.
  public let isGivenUp: Bool
}

extension Outbox {
  /// The messages about incidents that wait, or were given up, the oldest first.
  public static func undelivered(
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> [UndeliveredMessage] {
    try transaction.query(
      """
      SELECT contact, lane, message, incidents, problem, failed FROM outbox WHERE incidents IS NOT NULL ORDER BY seq
      """
    ).map { row in
      UndeliveredMessage(
        contact: row[0].text ?? "",
        way: row[1].text?.split(separator: " ").first.map(String.init) ?? "mail",
        message: row[2].text ?? "",
        incidents: MessageThread.words(row[3].text).compactMap { Int($0) }, problem: row[4].text,
        isGivenUp: row[5].integer != nil)
    }
  }
}
