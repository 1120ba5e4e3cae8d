public import Ledger
public import Limits

/// Takes what is known of series out of the tables of levels and incidents.
public enum IncidentForgetting {
  /// Forgets the state of series and every change of their levels.
  public static func remove(
    _ series: [SeriesNumber], in transaction: borrowing Transaction
  ) throws(LedgerError) {
    for table in ["state", "change"] {
      for number in series {
        try transaction.execute(
          "DELETE FROM \(table) WHERE series = ?", [.integer(Int(number.raw))])
      }
    }
  }

  /// Forgets the open incident of a graph.
  /// - Parameter graph: the number of the graph's name.
  public static func removeIncident(
    of graph: Int, on node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    try transaction.execute(
      "DELETE FROM incident WHERE node = ? AND graph = ?",
      [.integer(Int(node.raw)), .integer(graph)])
  }
}
