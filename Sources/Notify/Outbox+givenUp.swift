public import Ledger

extension Outbox {
  /// The mails that were given up, those of the last attempt first.
  /// - Parameter most: no more than so many.
  public static func givenUp(
    most: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> [OutboxEntry] {
    try transaction.query(
      "SELECT * FROM outbox WHERE failed IS NOT NULL ORDER BY failed DESC, seq DESC LIMIT ?",
      [.integer(most)]
    ).map(OutboxEntry.init)
  }
}
