public import Ledger
public import Limits

/// Takes parts of nodes out of the inventory. Numbers are not remembered, so nothing may be left that refers to them.
public enum InventoryForgetting {
  /// Forgets series of a node.
  public static func remove(
    _ series: [SeriesNumber], in transaction: borrowing Transaction
  ) throws(LedgerError) {
    for number in series {
      try transaction.execute("DELETE FROM series WHERE number = ?", [.integer(Int(number.raw))])
    }
  }

  /// Forgets a service that its node no longer lists; one that it lists is asked anew for its config.
  public static func removeService(
    _ name: String, of node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let removed = try transaction.execute(
      """
      DELETE FROM service WHERE node = ? AND gone IS NOT NULL
      AND name = (SELECT number FROM name WHERE text = ?)
      """, [.integer(Int(node.raw)), .text(name)])
    guard removed == 0 else { return }
    try InventoryRenaming.forgetLayout(of: name, of: node, in: transaction)
  }
}
