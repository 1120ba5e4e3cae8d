public import Ledger
public import MuninWire

/// Adds nodes, services and series to the inventory that another master has known. What the ledger knows already stays as it is.
///
/// One value serves for a whole import: it remembers numbers, and stores equal layouts once.
public struct InventoryImport {
  /// A service, its reply to `config` and its fields.
  public struct Service: Sendable {
    public let name: String
    public let config: [UInt8]
    public let series: [(key: SeriesKey, type: FieldType)]

    public init(name: String, config: [UInt8], series: [(key: SeriesKey, type: FieldType)]) {
      self.name = name
      self.config = config
      self.series = series
    }
  }

  private struct Layout: Hashable {
    let service: String
    let config: [UInt8]
  }

  private let time: Int
  private var names: [String: Int] = [:]
  private var layouts: [Layout: Int] = [:]
  private var next: [String: Int] = [:]
  /// How many services and series were not known before.
  public private(set) var services = 0
  public private(set) var series = 0

  /// - Parameter time: when all of it counts as first seen, in seconds since 1970.
  public init(at time: Int) { self.time = time }

  public mutating func add(
    _ services: [Service], of path: String, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    var node = try transaction.query(
      "SELECT number FROM node WHERE path = ?", [.text(path)]
    ).first?[0].integer
    if node == nil {
      node = try number("node", in: transaction)
      try transaction.execute(
        "INSERT INTO node (number, path, first_seen) VALUES (?, ?, ?)",
        [.integer(node!), .text(path), .integer(time)])
    }
    for service in services {
      self.services += try transaction.execute(
        """
        INSERT INTO service (node, name, layout, first_seen) VALUES (?, ?, ?, ?)
        ON CONFLICT (node, name) DO UPDATE SET layout = excluded.layout WHERE layout IS NULL
        """,
        [
          .integer(node!), .integer(try name(service.name, in: transaction)),
          .integer(try layout(service, in: transaction)), .integer(time),
        ])
      for one in service.series {
        let isNew = try transaction.execute(
          """
          INSERT OR IGNORE INTO series (number, node, graph, field, type, first_seen)
          VALUES (?, ?, ?, ?, ?, ?)
          """,
          [
            .integer(try peek("series", in: transaction)), .integer(node!),
            .integer(try name(one.key.graph, in: transaction)),
            .integer(try name(one.key.field, in: transaction)), .integer(one.type.ledgerCode),
            .integer(time),
          ])
        if isNew > 0 { _ = try number("series", in: transaction) }
        series += isNew
      }
    }
  }

  // MARK: Numbers

  private mutating func name(
    _ text: String, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    if let known = names[text] { return known }
    let number = try InventoryRenaming.name(text, in: transaction)
    names[text] = number
    return number
  }

  private mutating func layout(
    _ service: Service, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    let key = Layout(service: service.name, config: service.config)
    if let known = layouts[key] { return known }
    let number = try number("layout", in: transaction)
    try transaction.execute(
      "INSERT INTO layout (number, service, config) VALUES (?, ?, ?)",
      [.integer(number), .text(service.name), .blob(service.config)])
    layouts[key] = number
    return number
  }

  /// The next number of a table, without taking it.
  private mutating func peek(
    _ table: String, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    if let known = next[table] { return known }
    let number =
      try transaction.query("SELECT coalesce(max(number), 0) + 1 FROM \(table)")[0][0].integer ?? 1
    next[table] = number
    return number
  }

  private mutating func number(
    _ table: String, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    let number = try peek(table, in: transaction)
    next[table] = number + 1
    return number
  }
}
