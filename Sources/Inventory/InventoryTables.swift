public import Ledger
public import Limits
public import MuninWire

/// The inventory's tables: every node, service and series that was ever seen, with its number. Names and configs are stored
/// once, however many nodes share them. Nothing vanishes by itself: what a node no longer offers is marked as gone.
public enum InventoryTables {
  /// Give these to `Ledger.migrate`.
  public static let migrations = [
    Migration(
      part: "inventory", version: 1,
      sql: """
        CREATE TABLE name (
          number INTEGER PRIMARY KEY,
          text TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE layout (
          number INTEGER PRIMARY KEY,
          service TEXT NOT NULL,
          config BLOB NOT NULL
        ) STRICT;
        CREATE TABLE node (
          number INTEGER PRIMARY KEY,
          path TEXT NOT NULL UNIQUE,
          first_seen INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE service (
          node INTEGER NOT NULL,
          name INTEGER NOT NULL,
          layout INTEGER,
          first_seen INTEGER NOT NULL,
          gone INTEGER,
          PRIMARY KEY (node, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE series (
          number INTEGER PRIMARY KEY,
          node INTEGER NOT NULL,
          graph INTEGER NOT NULL,
          field INTEGER NOT NULL,
          type INTEGER NOT NULL,
          first_seen INTEGER NOT NULL,
          gone INTEGER,
          UNIQUE (node, graph, field)
        ) STRICT;
        """),
    Migration(
      part: "inventory", version: 2, sql: "ALTER TABLE node ADD COLUMN spooled INTEGER;"),
  ]

  /// Everything stored.
  public struct Contents: Sendable {
    public var names: [Int: String] = [:]
    public var layouts: [Int: (service: String, config: [UInt8])] = [:]
    public var nodes: [NodeNumber: String] = [:]
    /// Up to when the spools of nodes were read, in seconds since 1970.
    public var spooled: [NodeNumber: Int] = [:]
    public var services: [NodeNumber: [StoredService]] = [:]
    public var series: [NodeNumber: [StoredSeries]] = [:]

    public init() {}
  }

  /// A service as it is stored.
  public struct StoredService: Sendable {
    public let name: String
    public let layout: Int?
    /// When the node stopped listing it; `nil` while it does.
    public let gone: Int?
  }

  /// A series as it is stored.
  public struct StoredSeries: Sendable {
    public let number: SeriesNumber
    public let key: SeriesKey
    public let type: FieldType
    /// When it was seen to be described no longer, in seconds since 1970; `nil` for one that is described.
    public let gone: Int?
  }

  /// Reads everything.
  public static func read(in transaction: borrowing Transaction) throws(LedgerError) -> Contents {
    var contents = Contents()
    try transaction.each("SELECT number, text FROM name") { row throws(LedgerError) in
      contents.names[row.integer(0) ?? 0] = row.text(1)
    }
    try transaction.each("SELECT number, service, config FROM layout") { row throws(LedgerError) in
      contents.layouts[row.integer(0) ?? 0] = (row.text(1) ?? "", row.bytes(2))
    }
    try transaction.each("SELECT number, path, spooled FROM node") { row throws(LedgerError) in
      contents.nodes[NodeNumber(stored: row.integer(0))] = row.text(1)
      contents.spooled[NodeNumber(stored: row.integer(0))] = row.integer(2)
    }
    try transaction.each("SELECT node, name, layout, gone FROM service") {
      row throws(LedgerError) in
      contents.services[NodeNumber(stored: row.integer(0)), default: []].append(
        StoredService(
          name: contents.names[row.integer(1) ?? 0] ?? "", layout: row.integer(2),
          gone: row.integer(3)))
    }
    try transaction.each(
      "SELECT node, number, graph, field, type, gone FROM series ORDER BY number"
    ) {
      row throws(LedgerError) in
      let key = SeriesKey(
        graph: contents.names[row.integer(2) ?? 0] ?? "",
        field: contents.names[row.integer(3) ?? 0] ?? "")
      contents.series[NodeNumber(stored: row.integer(0)), default: []].append(
        StoredSeries(
          number: SeriesNumber(UInt32(clamping: row.integer(1) ?? 0)), key: key,
          type: FieldType(ledgerCode: row.integer(4) ?? 0), gone: row.integer(5)))
    }
    return contents
  }

}

extension FieldType {
  /// The type as it is stored.
  public var ledgerCode: Int {
    switch self {
    case .gauge: 0
    case .derive: 1
    case .counter: 2
    case .absolute: 3
    }
  }

  public init(ledgerCode: Int) {
    self =
      [FieldType.gauge, .derive, .counter, .absolute].first { $0.ledgerCode == ledgerCode }
      ?? .gauge
  }
}
