public import Ledger
public import Limits

/// Other names for what incidents are about.
public enum IncidentRenaming {
  /// Forgets the state of series, before they are forgotten themselves.
  public static func removeStates(
    of series: [SeriesNumber], in transaction: borrowing Transaction
  ) throws(LedgerError) {
    for number in series {
      try transaction.execute(
        "DELETE FROM state WHERE series = ?", [.integer(Int(number.raw))])
    }
  }

  /// Forgets whether a node could be reached, and its open incidents.
  public static func remove(
    _ node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    for table in ["reach", "incident"] {
      try transaction.execute("DELETE FROM \(table) WHERE node = ?", [.integer(Int(node.raw))])
    }
  }

  /// An open incident of a graph goes on under another name.
  /// - Parameters:
  ///   - old: the number of the graph's name.
  ///   - new: the number of its new name.
  public static func rename(
    graph old: Int, of node: NodeNumber, to new: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    try transaction.execute(
      "UPDATE OR REPLACE incident SET graph = ? WHERE node = ? AND graph = ?",
      [.integer(new), .integer(Int(node.raw)), .integer(old)])
  }
}
