public import Ledger
public import Limits

/// The changes of a series' level that the ledger has.
public enum LevelHistory {
  /// A change as it is stored.
  public struct Entry: Sendable, Hashable {
    public let from: Level
    public let to: Level
    /// When it was found, in seconds since 1970.
    public let time: Int
    /// The value that was judged; `nil` for an unknown one.
    public let value: Double?
  }

  /// The newest change; `nil` when there was none.
  public static func last(
    of series: SeriesNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Entry? {
    try transaction.query(
      "SELECT old, new, at, value FROM change WHERE series = ? ORDER BY number DESC LIMIT 1",
      [.integer(Int(series.raw))]
    ).first.map {
      Entry(
        from: Level(ledgerCode: $0[0].integer ?? 0), to: Level(ledgerCode: $0[1].integer ?? 0),
        time: $0[2].integer ?? 0, value: $0[3].real)
    }
  }
}
