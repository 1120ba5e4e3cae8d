public import Ledger
public import Limits

/// A node or a service that appeared, or is gone.
public struct InventoryNews: Sendable, Hashable {
  public let node: NodeNumber
  /// `nil` for the node itself.
  public let service: String?
  public let isGone: Bool

  /// So many are told at most.
  private static let most = 10_000
  /// The services of a node that appear so soon after it are part of it.
  private static let arrival = 3600

  /// What appeared from a time on and before another, and what is gone since a time between them. The services of a new node are not told one by one.
  /// - Parameter start: what appeared until then belongs to the first start, when everything is new.
  public static func all(
    since: Int, until: Int, start: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> [InventoryNews] {
    var news: [InventoryNews] = []
    let newSince: [Value] = [.integer(max(since, start)), .integer(until)]
    try transaction.each(
      "SELECT number FROM node WHERE first_seen >= ? AND first_seen < ? ORDER BY path LIMIT \(most)",
      newSince
    ) { row throws(LedgerError) in
      news.append(
        InventoryNews(node: NodeNumber(stored: row.integer(0)), service: nil, isGone: false))
    }
    try transaction.each(
      """
      SELECT service.node, name.text, service.gone IS NOT NULL
      FROM service JOIN name ON name.number = service.name JOIN node ON node.number = service.node
      WHERE (service.gone IS NULL AND service.first_seen >= ?1 AND service.first_seen < ?2
          AND service.first_seen > node.first_seen + \(arrival))
        OR (service.gone >= ?3 AND service.gone < ?2)
      ORDER BY node.path, name.text LIMIT \(most)
      """, newSince + [.integer(since)]
    ) { row throws(LedgerError) in
      news.append(
        InventoryNews(
          node: NodeNumber(stored: row.integer(0)), service: row.text(1),
          isGone: row.integer(2) == 1))
    }
    return news
  }
}
