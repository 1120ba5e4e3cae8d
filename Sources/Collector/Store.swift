internal import Ledger
internal import Limits
internal import Notify
internal import MuninWire

/// The collector's tables: the health of each node, the configs of its services, the states of its fields, and every change of
/// a level so far.
enum Store {
  static let migrations = [
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
    // A service is what the node lists, a graph what is drawn.
    Migration(
      part: "collector", version: 2,
      sql: """
        ALTER TABLE plugin RENAME TO config;
        ALTER TABLE config RENAME COLUMN name TO service;
        ALTER TABLE config RENAME COLUMN config TO reply;
        ALTER TABLE state RENAME COLUMN service TO graph;
        ALTER TABLE change RENAME COLUMN service TO graph;
        """),
  ]

  /// What one poll changes, written in one transaction: a mail is never sent without its state, and no state is stored without
  /// its mail.
  struct Batch: Sendable {
    var node: String
    var removed: [Removal] = []
    var health: NodeHealth?
    var configs: [(service: String, reply: [UInt8])] = []
    var states: [(key: StateKey, state: StoredState)] = []
    var changes: [(key: StateKey, change: Change)] = []
    var mails: [OutgoingMail] = []

    var isEmpty: Bool {
      health == nil && removed.isEmpty && configs.isEmpty && states.isEmpty && changes.isEmpty
        && mails.isEmpty
    }
  }

  /// A service that its node no longer offers, and its graphs.
  struct Removal: Sendable, Equatable, CustomStringConvertible {
    let service: String
    let graphs: [String]

    var description: String { service }
  }

  static func write(_ batch: Batch, in transaction: borrowing Transaction) throws(LedgerError) {
    if let health = batch.health {
      try transaction.execute(
        "INSERT OR REPLACE INTO node VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
          .text(batch.node), Value(health.lastAnswer), Value(health.trouble),
          Value(health.troubleSince), .integer(health.missed), Value(health.isAnnounced),
          Value(health.incident),
        ])
    }
    for removal in batch.removed {
      try transaction.execute(
        "DELETE FROM config WHERE node = ? AND service = ?",
        [.text(batch.node), .text(removal.service)])
      for graph in removal.graphs {
        try transaction.execute(
          "DELETE FROM state WHERE node = ? AND graph = ?", [.text(batch.node), .text(graph)])
      }
    }
    for config in batch.configs {
      try transaction.execute(
        "INSERT OR REPLACE INTO config VALUES (?, ?, ?)",
        [.text(batch.node), .text(config.service), .blob(config.reply)])
    }
    for (key, stored) in batch.states {
      let state = stored.state
      try transaction.execute(
        "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .text(batch.node), .text(key.graph), .text(key.field), .text(state.level.rawValue),
          Value(state.since), .integer(state.missed), Value(state.seen),
          Value(state.previous?.time), Value(state.previous?.reading.text), Value(state.value),
          Value(stored.incident),
        ])
    }
    for (key, change) in batch.changes {
      try transaction.execute(
        "INSERT INTO change (node, graph, field, old, new, since, at, value) "
          + "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .text(batch.node), .text(key.graph), .text(key.field), .text(change.from.rawValue),
          .text(change.to.rawValue), .integer(change.since), .integer(change.at),
          Value(change.value),
        ])
    }
    for mail in batch.mails { try Outbox.enqueue(mail, in: transaction) }
  }

  /// Everything stored about the nodes.
  struct Contents: Sendable {
    var health: [String: NodeHealth] = [:]
    var configs: [String: [(service: String, bytes: [UInt8])]] = [:]
    var states: [String: [StateKey: StoredState]] = [:]
  }

  static func read(in transaction: borrowing Transaction) throws(LedgerError) -> Contents {
    var contents = Contents()
    for row in try transaction.query("SELECT * FROM node") {
      contents.health[row["path"].text ?? ""] = NodeHealth(
        lastAnswer: row["last_answer"].integer, trouble: row["trouble"].text,
        troubleSince: row["trouble_since"].integer, missed: row["missed"].integer ?? 0,
        isAnnounced: row["announced"].integer == 1, incident: row["incident"].text)
    }
    for row in try transaction.query("SELECT * FROM config") {
      contents.configs[row["node"].text ?? "", default: []]
        .append((row["service"].text ?? "", row["reply"].blob ?? []))
    }
    for row in try transaction.query("SELECT * FROM state") {
      let key = StateKey(graph: row["graph"].text ?? "", field: row["field"].text ?? "")
      let previous = row["previous_time"].integer.flatMap { time in
        row["previous_text"].text.flatMap { Sample(time: time, text: $0) }
      }
      let state = FieldState(
        level: Level(rawValue: row["level"].text ?? "") ?? .ok, since: row["since"].integer,
        missed: row["missed"].integer ?? 0, seen: row["seen"].integer, previous: previous,
        value: row["value"].real)
      contents.states[row["node"].text ?? "", default: [:]][key] = StoredState(
        state: state, incident: row["incident"].text)
    }
    return contents
  }
}
