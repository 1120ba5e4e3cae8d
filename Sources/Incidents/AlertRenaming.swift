public import Ledger
public import Limits

/// Other names in ``AlertTables``, and what is forgotten: for `history rename` and `history forget`, in their transactions. Nodes and series are
/// known by number, so only names of services stand there.
public enum AlertRenaming {
  /// A service goes on under another name, with its incidents.
  public static func rename(
    service old: String, of node: NodeNumber, to new: String,
    in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let values: [Value] = [.text(new), .integer(Int(node.raw)), .text(old)]
    try transaction.execute(
      "UPDATE incident_log SET name = ? WHERE kind = 1 AND node = ? AND name = ?", values)
    try transaction.execute(
      "UPDATE OR REPLACE service_fault SET service = ? WHERE node = ? AND service = ?", values)
    try transaction.execute(
      "UPDATE OR REPLACE mishap SET service = ? WHERE node = ? AND service = ?", values)
    // Its graphs, nested ones among them, have its name.
    try transaction.execute(
      """
      UPDATE incident_part SET graph = ?1 || substr(graph, length(?3) + 1)
      WHERE incident IN (SELECT number FROM incident_log WHERE node = ?2)
        AND (graph = ?3 OR substr(graph, 1, length(?3) + 1) = ?3 || '.')
      """, values)
  }

  /// Forgets the levels of series, and that they were parts of incidents.
  public static func remove(
    _ series: [SeriesNumber], in transaction: borrowing Transaction
  ) throws(LedgerError) {
    for number in series {
      let value: [Value] = [.integer(Int(number.raw))]
      try transaction.execute("DELETE FROM series_state WHERE series = ?", value)
      try transaction.execute("DELETE FROM change WHERE series = ?", value)
      try transaction.execute(
        "DELETE FROM incident_part WHERE kind = 0 AND subject = ?", value)
    }
    // Of an incident of a service, or of values, nothing may be left.
    let empty = """
      (SELECT number FROM incident_log WHERE kind IN (1, 2)
        AND NOT EXISTS (SELECT 1 FROM incident_part WHERE incident = number))
      """
    for (table, column) in [
      ("told", "incident"), ("wave_step", "incident"), ("incident_log", "number"),
    ] {
      try transaction.execute("DELETE FROM \(table) WHERE \(column) IN \(empty)")
    }
  }

  /// Forgets a node: whether it can be polled, its incidents, and who was told of them.
  public static func remove(
    _ node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let value: [Value] = [.integer(Int(node.raw))]
    let own = "(SELECT number FROM incident_log WHERE node = ?)"
    for table in ["incident_part", "told", "wave_step"] {
      try transaction.execute("DELETE FROM \(table) WHERE incident IN \(own)", value)
    }
    try transaction.execute("DELETE FROM incident_log WHERE node = ?", value)
    // Its part in the incidents of a site.
    try transaction.execute("DELETE FROM incident_part WHERE kind = 2 AND subject = ?", value)
    try transaction.execute("DELETE FROM node_standing WHERE node = ?", value)
    try transaction.execute("DELETE FROM service_fault WHERE node = ?", value)
    try transaction.execute("DELETE FROM mishap WHERE node = ?", value)
  }
}
