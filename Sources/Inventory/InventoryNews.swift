public import Ledger
public import Limits

/// A node or a service that appeared, or is gone.
public struct InventoryNews: Sendable, Hashable {
  public let node: NodeNumber
  /// `nil` for the node itself.
  public let service: String?
  public let isGone: Bool
  /// How many services a new node has.
  public let services: Int

  /// So many are told at most.
  private static let most = 10_000

  /// What appeared from a time on and before another, and what is gone since a time between them. A node appears with its first service: the
  /// services that it had from the beginning are not told one by one.
  /// - Parameters:
  ///   - start: what appeared until then belongs to the first start, when everything is new.
  ///   - arrival: seconds after its first service in which a service of a node was there from the beginning.
  public static func all(
    since: Int, until: Int, start: Int, arrival: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> [InventoryNews] {
    var news: [InventoryNews] = []
    let newSince: [Value] = [.integer(max(since, start)), .integer(until)]
    // A node that another release has known has a first time of 0.
    try transaction.each(
      """
      SELECT service.node, sum(service.gone IS NULL AND service.first_seen < ?2)
      FROM service JOIN node ON node.number = service.node WHERE node.first_seen > 0
      GROUP BY service.node HAVING min(service.first_seen) >= ?1 AND min(service.first_seen) < ?2
      ORDER BY node.path LIMIT \(most)
      """, newSince
    ) { row throws(LedgerError) in
      news.append(
        InventoryNews(
          node: NodeNumber(stored: row.integer(0)), service: nil, isGone: false,
          services: row.integer(1) ?? 0))
    }
    try transaction.each(
      """
      WITH node_start AS (SELECT node, min(first_seen) AS time FROM service GROUP BY node)
      SELECT service.node, name.text, service.gone IS NOT NULL
      FROM service JOIN name ON name.number = service.name JOIN node ON node.number = service.node
        JOIN node_start ON node_start.node = service.node
      WHERE (service.gone IS NULL AND service.first_seen >= ?1 AND service.first_seen < ?2
          AND service.first_seen > node_start.time + ?4)
        OR (service.gone >= ?3 AND service.gone < ?2)
      ORDER BY node.path, name.text LIMIT \(most)
      """, newSince + [.integer(since), .integer(arrival)]
    ) { row throws(LedgerError) in
      news.append(
        InventoryNews(
          node: NodeNumber(stored: row.integer(0)), service: row.text(1),
          isGone: row.integer(2) == 1, services: 0))
    }
    return news
  }
}
