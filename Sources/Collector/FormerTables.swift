internal import Incidents
internal import Inventory
internal import Ledger
internal import Limits
internal import MuninWire

/// The tables that earlier versions of this program made, and how what they hold gets into those of today.
///
/// They knew nodes, graphs and fields by their names. Which series a config describes stands in its bytes, so the last step is
/// code. No state and no open incident is lost: mails that follow answer the first one as before.
enum FormerTables {
  /// Steps of all parts, in their order.
  static let migrations: [Migration] =
    [
      Migration(
        part: "collector", version: 1,
        sql: """
          CREATE TABLE node (
            path TEXT PRIMARY KEY,
            last_answer INTEGER,
            trouble TEXT,
            trouble_since INTEGER,
            missed INTEGER NOT NULL,
            announced INTEGER NOT NULL,
            incident TEXT
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE plugin (
            node TEXT NOT NULL,
            name TEXT NOT NULL,
            config BLOB NOT NULL,
            PRIMARY KEY (node, name)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE state (
            node TEXT NOT NULL,
            service TEXT NOT NULL,
            field TEXT NOT NULL,
            level TEXT NOT NULL,
            since INTEGER,
            missed INTEGER NOT NULL,
            seen INTEGER,
            previous_time INTEGER,
            previous_text TEXT,
            value REAL,
            incident TEXT,
            PRIMARY KEY (node, service, field)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE change (
            id INTEGER PRIMARY KEY,
            node TEXT NOT NULL,
            service TEXT NOT NULL,
            field TEXT NOT NULL,
            old TEXT NOT NULL,
            new TEXT NOT NULL,
            since INTEGER NOT NULL,
            at INTEGER NOT NULL,
            value REAL
          ) STRICT;
          """),
      Migration(
        part: "collector", version: 2,
        sql: """
          ALTER TABLE plugin RENAME TO config;
          ALTER TABLE config RENAME COLUMN name TO service;
          ALTER TABLE config RENAME COLUMN config TO reply;
          ALTER TABLE state RENAME COLUMN service TO graph;
          ALTER TABLE change RENAME COLUMN service TO graph;
          """),
      // The names are free for the tables of today.
      Migration(
        part: "collector", version: 3,
        sql: """
          ALTER TABLE node RENAME TO former_node;
          ALTER TABLE config RENAME TO former_config;
          ALTER TABLE state RENAME TO former_state;
          ALTER TABLE change RENAME TO former_change;
          """),
    ] + InventoryTables.migrations + IncidentTables.migrations + [
      Migration(part: "collector", version: 4) { transaction throws(LedgerError) in
        var takeover = Takeover()
        try takeover.run(in: transaction)
        for table in ["former_node", "former_config", "former_state", "former_change"] {
          try transaction.execute("DROP TABLE \(table)")
        }
      }
    ]
}

/// Gives everything in the former tables its number.
private struct Takeover {
  private var names: [String: Int] = [:]
  private var nodes: [String: Int] = [:]
  private var series: [String: Int] = [:]
  private var layouts = 0

  mutating func run(in transaction: borrowing Transaction) throws(LedgerError) {
    for row in try transaction.query("SELECT * FROM former_node") {
      let node = try node(row["path"].text, in: transaction)
      try transaction.execute(
        "INSERT INTO reach VALUES (?, ?, ?, ?, ?, ?)",
        [
          .integer(node), row["last_answer"], row["trouble"], row["trouble_since"], row["missed"],
          row["announced"],
        ])
      if let thread = row["incident"].text {
        try transaction.execute(
          "INSERT INTO incident VALUES (?, 0, ?)", [.integer(node), .text(thread)])
      }
    }
    for row in try transaction.query("SELECT * FROM former_config ORDER BY node, service") {
      try config(
        row["service"].text ?? "", row["reply"].blob ?? [],
        of: try node(row["node"].text, in: transaction), in: transaction)
    }
    for row in try transaction.query("SELECT * FROM former_state") {
      let node = try node(row["node"].text, in: transaction)
      let number = try series(row["graph"].text, row["field"].text, of: node, in: transaction)
      try transaction.execute(
        "INSERT INTO state VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .integer(number), .integer(level(row["level"])), row["since"], row["missed"],
          row["seen"], row["previous_time"], row["previous_text"], row["value"],
        ])
      if let thread = row["incident"].text {
        try transaction.execute(
          "INSERT OR IGNORE INTO incident VALUES (?, ?, ?)",
          [.integer(node), .integer(try name(row["graph"].text, in: transaction)), .text(thread)])
      }
    }
    for row in try transaction.query("SELECT * FROM former_change ORDER BY id") {
      let node = try node(row["node"].text, in: transaction)
      let number = try series(row["graph"].text, row["field"].text, of: node, in: transaction)
      try transaction.execute(
        "INSERT INTO change (series, old, new, since, at, value) VALUES (?, ?, ?, ?, ?, ?)",
        [
          .integer(number), .integer(level(row["old"])), .integer(level(row["new"])),
          row["since"], row["at"], row["value"],
        ])
    }
  }

  private mutating func config(
    _ service: String, _ reply: [UInt8], of node: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    layouts += 1
    try transaction.execute(
      "INSERT INTO layout VALUES (?, ?, ?)", [.integer(layouts), .text(service), .blob(reply)])
    try transaction.execute(
      "INSERT INTO service VALUES (?, ?, ?, 0, NULL)",
      [.integer(node), .integer(try name(service, in: transaction)), .integer(layouts)])
    for graph in ConfigAnswer(reply.span, service: service).graphs {
      for field in graph.fields {
        _ = try series(graph.name, field.name, field.type, of: node, in: transaction)
      }
    }
  }

  private func level(_ value: Value) -> Int {
    (Level(rawValue: value.text ?? "") ?? .ok).ledgerCode
  }

  // MARK: Numbers

  private mutating func name(
    _ text: String?, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    let text = text ?? ""
    if let known = names[text] { return known }
    let number = names.count + 1
    names[text] = number
    try transaction.execute("INSERT INTO name VALUES (?, ?)", [.integer(number), .text(text)])
    return number
  }

  private mutating func node(
    _ path: String?, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    let path = path ?? ""
    if let known = nodes[path] { return known }
    let number = nodes.count + 1
    nodes[path] = number
    try transaction.execute(
      "INSERT INTO node (number, path, first_seen) VALUES (?, ?, 0)",
      [.integer(number), .text(path)])
    return number
  }

  private mutating func series(
    _ graph: String?, _ field: String?, _ type: FieldType = .gauge, of node: Int,
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    let key = "\(node) \(graph ?? "") \(field ?? "")"
    if let known = series[key] { return known }
    let number = series.count + 1
    series[key] = number
    try transaction.execute(
      "INSERT INTO series VALUES (?, ?, ?, ?, ?, 0, NULL)",
      [
        .integer(number), .integer(node), .integer(try name(graph, in: transaction)),
        .integer(try name(field, in: transaction)), .integer(type.ledgerCode),
      ])
    return number
  }
}
