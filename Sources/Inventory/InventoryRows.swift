public import Ledger
internal import Limits
internal import MuninWire

/// What is new in the inventory, as rows of its tables.
public struct InventoryRows: LedgerRows {
  var names: [(number: Int, text: String)] = []
  var layouts: [(number: Int, service: String, config: [UInt8])] = []
  /// Whether layouts are removed that no service has any more.
  var removesUnusedLayouts = false
  var nodes: [(number: NodeNumber, path: String)] = []
  var services: [(node: NodeNumber, name: Int, layout: Int?)] = []
  var goneServices: [(node: NodeNumber, name: Int)] = []
  var series: [(number: SeriesNumber, node: NodeNumber, graph: Int, field: Int, type: FieldType)] =
    []
  var goneSeries: [SeriesNumber] = []
  var spooled: [(node: NodeNumber, position: Int)] = []
  /// Seconds since 1970: when all of it was first seen, or seen to be gone.
  var time = 0

  public var isEmpty: Bool {
    names.isEmpty && layouts.isEmpty && nodes.isEmpty && services.isEmpty && goneServices.isEmpty
      && series.isEmpty && goneSeries.isEmpty && spooled.isEmpty && !removesUnusedLayouts
  }

  public var byteCount: Int {
    names.reduce(0) { $0 + 32 + $1.text.utf8.count }
      + layouts.reduce(0) { $0 + 48 + $1.config.count }
      + 64
      * (nodes.count + services.count + goneServices.count + series.count + goneSeries.count
        + spooled.count)
  }

  public func write(in transaction: borrowing Transaction) throws(LedgerError) {
    for name in names {
      try transaction.execute(
        "INSERT OR IGNORE INTO name VALUES (?, ?)", [.integer(name.number), .text(name.text)])
    }
    for layout in layouts {
      try transaction.execute(
        "INSERT OR IGNORE INTO layout VALUES (?, ?, ?)",
        [.integer(layout.number), .text(layout.service), .blob(layout.config)])
    }
    for node in nodes {
      try transaction.execute(
        "INSERT OR IGNORE INTO node (number, path, first_seen) VALUES (?, ?, ?)",
        [.integer(Int(node.number.raw)), .text(node.path), .integer(time)])
    }
    for service in services {
      try transaction.execute(
        """
        INSERT INTO service VALUES (?1, ?2, ?3, ?4, NULL)
        ON CONFLICT (node, name) DO UPDATE SET layout = ?3, gone = NULL
        """,
        [
          .integer(Int(service.node.raw)), .integer(service.name), Value(service.layout),
          .integer(time),
        ])
    }
    for service in goneServices {
      try transaction.execute(
        "UPDATE service SET gone = ? WHERE node = ? AND name = ?",
        [.integer(time), .integer(Int(service.node.raw)), .integer(service.name)])
    }
    for series in series {
      try transaction.execute(
        """
        INSERT INTO series VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)
        ON CONFLICT (number) DO UPDATE SET type = ?5, gone = NULL
        """,
        [
          .integer(Int(series.number.raw)), .integer(Int(series.node.raw)), .integer(series.graph),
          .integer(series.field), .integer(series.type.ledgerCode), .integer(time),
        ])
    }
    for (node, position) in spooled {
      try transaction.execute(
        "UPDATE node SET spooled = ? WHERE number = ?",
        [.integer(position), .integer(Int(node.raw))])
    }
    if removesUnusedLayouts { try InventoryTables.removeUnusedLayouts(in: transaction) }
    for number in goneSeries {
      try transaction.execute(
        "UPDATE series SET gone = ? WHERE number = ?", [.integer(time), .integer(Int(number.raw))])
    }
  }
}
