public import Ledger
public import Limits

/// When a part of a node was first seen, and since when it is no longer described.
public struct SeenTimes: Sendable, Hashable {
  /// In seconds since 1970; `nil` for what was never seen.
  public let first: Int?
  /// When it was seen to be gone; `nil` while the node describes it.
  public let gone: Int?

  private init(_ rows: [Row]) {
    first = rows.first?[0].integer
    gone = rows.first?[1].integer
  }

  public static func ofNode(
    _ node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) -> SeenTimes {
    SeenTimes(
      try transaction.query(
        "SELECT first_seen, NULL FROM node WHERE number = ?", [.integer(Int(node.raw))]))
  }

  public static func ofService(
    _ name: String, of node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) -> SeenTimes {
    SeenTimes(
      try transaction.query(
        """
        SELECT first_seen, gone FROM service JOIN name ON name.number = service.name
        WHERE node = ? AND text = ?
        """, [.integer(Int(node.raw)), .text(name)]))
  }

  public static func ofSeries(
    _ series: SeriesNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) -> SeenTimes {
    SeenTimes(
      try transaction.query(
        "SELECT first_seen, gone FROM series WHERE number = ?", [.integer(Int(series.raw))]))
  }
}
