public import Ledger
public import Limits
public import MuninWire

/// Other names for what is in the inventory. Numbers stay, and with them states, values and incidents.
public enum InventoryRenaming {
  /// The nodes of a group, or the node of a path: their numbers and paths.
  public static func nodes(
    at path: String, isGroup: Bool, in transaction: borrowing Transaction
  ) throws(LedgerError) -> [(number: NodeNumber, path: String)] {
    let rows =
      isGroup
      ? try transaction.query(
        "SELECT number, path FROM node WHERE substr(path, 1, length(?1) + 1) = ?1 || ';' ORDER BY path",
        [.text(path)])
      : try transaction.query("SELECT number, path FROM node WHERE path = ?", [.text(path)])
    return rows.map {
      (NodeNumber(UInt32(clamping: $0[0].integer ?? 0)), $0[1].text ?? "")
    }
  }

  /// Forgets a node, its services and its series. Nothing may be left that refers to them.
  public static func remove(
    _ node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    for table in ["service", "series"] {
      try transaction.execute("DELETE FROM \(table) WHERE node = ?", [.integer(Int(node.raw))])
    }
    try transaction.execute("DELETE FROM node WHERE number = ?", [.integer(Int(node.raw))])
  }

  public static func rename(
    _ node: NodeNumber, to path: String, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    try transaction.execute(
      "UPDATE node SET path = ? WHERE number = ?", [.text(path), .integer(Int(node.raw))])
  }

  /// A series of a node.
  public struct Series: Sendable, Hashable {
    public let number: SeriesNumber
    public let key: SeriesKey
    public let type: FieldType
    public let isGone: Bool
  }

  /// All series of a node, in the order of their numbers.
  public static func series(
    of node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) -> [Series] {
    try transaction.query(
      """
      SELECT series.number, graph.text, field.text, type, gone IS NOT NULL FROM series
      JOIN name AS graph ON graph.number = graph JOIN name AS field ON field.number = field
      WHERE node = ? ORDER BY series.number
      """, [.integer(Int(node.raw))]
    ).map {
      Series(
        number: SeriesNumber(UInt32(clamping: $0[0].integer ?? 0)),
        key: SeriesKey(graph: $0[1].text ?? "", field: $0[2].text ?? ""),
        type: FieldType(ledgerCode: $0[3].integer ?? 0), isGone: $0[4].integer == 1)
    }
  }

  /// Gives a series another graph or field. A series of that name is forgotten: its file was not there.
  public static func rename(
    _ series: SeriesNumber, of node: NodeNumber, to key: SeriesKey,
    in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let (graph, field) = (
      try name(key.graph, in: transaction), try name(key.field, in: transaction)
    )
    try transaction.execute(
      "DELETE FROM series WHERE node = ? AND graph = ? AND field = ? AND number <> ?",
      [
        .integer(Int(node.raw)), .integer(graph), .integer(field), .integer(Int(series.raw)),
      ])
    try transaction.execute(
      "UPDATE series SET graph = ?, field = ? WHERE number = ?",
      [.integer(graph), .integer(field), .integer(Int(series.raw))])
  }

  /// Gives a service another name, where there is one of the old name. What it says of its graphs is asked anew where that
  /// names the graphs itself.
  public static func renameService(
    _ old: String, of node: NodeNumber, to new: String, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let row = try transaction.query(
      """
      SELECT service.name, config FROM service JOIN name ON name.number = service.name
      LEFT JOIN layout ON layout.number = layout WHERE node = ? AND text = ?
      """, [.integer(Int(node.raw)), .text(old)]
    ).first
    guard let row else { return }
    var layout: Int?
    if let config = row[1].blob, !namesGraphs(config) {
      layout = try next("layout", in: transaction)
      try transaction.execute(
        "INSERT INTO layout VALUES (?, ?, ?)", [.integer(layout!), .text(new), .blob(config)])
    }
    try transaction.execute(
      "UPDATE OR REPLACE service SET name = ?, layout = ? WHERE node = ? AND name = ?",
      [.integer(try name(new, in: transaction)), Value(layout), .integer(Int(node.raw)), row[0]])
  }

  /// What a service says of its graphs is asked anew at the next poll.
  public static func forgetLayout(
    of service: String, of node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    try transaction.execute(
      """
      UPDATE service SET layout = NULL
      WHERE node = ? AND name = (SELECT number FROM name WHERE text = ?)
      """, [.integer(Int(node.raw)), .text(service)])
  }

  /// The number of a name, which gets one where it has none.
  public static func name(
    _ text: String, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    let known = try transaction.query("SELECT number FROM name WHERE text = ?", [.text(text)])
    if let number = known.first?[0].integer { return number }
    let number = try next("name", in: transaction)
    try transaction.execute("INSERT INTO name VALUES (?, ?)", [.integer(number), .text(text)])
    return number
  }

  private static func next(
    _ table: String, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    try transaction.query("SELECT coalesce(max(number), 0) + 1 FROM \(table)")[0][0].integer ?? 1
  }

  /// Whether a config has a line `multigraph NAME`.
  private static func namesGraphs(_ config: [UInt8]) -> Bool {
    let word = Array("multigraph".utf8)
    return config.split(separator: UInt8(ascii: "\n")).contains { $0.starts(with: word) }
  }
}
