public import Ledger
internal import Limits

extension InventoryTables {
  /// What the ledger knows of one node that nobody needs in memory.
  public struct NodeHistory: Sendable {
    /// When it was polled for the first time, in seconds since 1970.
    public var firstSeen: Int
    /// When each graph was described for the first time.
    public var graphs: [String: Int] = [:]
    /// The services with the config that each had last.
    public var services: [(name: String, config: [UInt8], gone: Int?)] = []
  }

  /// - Parameter path: `group;host`; nil for a node that was never seen.
  public static func history(
    of path: String, in transaction: borrowing Transaction
  ) throws(LedgerError) -> NodeHistory? {
    var number: Int?
    var history = NodeHistory(firstSeen: 0)
    for row in try transaction.query(
      "SELECT number, first_seen FROM node WHERE path = ?", [.text(path)])
    {
      number = row["number"].integer
      history.firstSeen = row["first_seen"].integer ?? 0
    }
    guard let number else { return nil }
    for row in try transaction.query(
      """
      SELECT name.text AS graph, min(series.first_seen) AS since FROM series
      JOIN name ON name.number = series.graph WHERE series.node = ? GROUP BY series.graph
      """, [.integer(number)])
    {
      guard let graph = row["graph"].text, let since = row["since"].integer else { continue }
      history.graphs[graph] = since
    }
    for row in try transaction.query(
      """
      SELECT name.text AS name, layout.config AS config, service.gone AS gone FROM service
      JOIN name ON name.number = service.name JOIN layout ON layout.number = service.layout
      WHERE service.node = ? ORDER BY name.text
      """, [.integer(number)])
    {
      guard let name = row["name"].text, let config = row["config"].blob else { continue }
      history.services.append((name, config, row["gone"].integer))
    }
    return history
  }

  /// Removes the configs that services had before their last ones: a node that changes them in each poll must not fill the ledger.
  public static func removeUnusedLayouts(
    in transaction: borrowing Transaction
  ) throws(LedgerError) {
    try transaction.execute(
      "DELETE FROM layout WHERE number NOT IN (SELECT layout FROM service WHERE layout IS NOT NULL)"
    )
  }

  /// Whether no node was ever seen.
  public static func isEmpty(in transaction: borrowing Transaction) throws(LedgerError) -> Bool {
    try transaction.query("SELECT 1 FROM node LIMIT 1").isEmpty
  }

  /// All nodes that were ever seen, and since when.
  public static func nodes(
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> [(path: String, firstSeen: Int)] {
    try transaction.query("SELECT path, first_seen FROM node ORDER BY path").compactMap { row in
      row["path"].text.map { ($0, row["first_seen"].integer ?? 0) }
    }
  }
}
