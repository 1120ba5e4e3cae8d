internal import Ledger
internal import Limits
internal import Mail
internal import MuninWire

/// A field of a node, as the ledger names it.
struct StateKey: Hashable, Sendable {
  let service: String
  let field: String
}

/// A field's state as it was stored.
struct StoredState: Sendable, Equatable {
  var state: FieldState
  var incident: String?
}

/// The collector's tables: what each node is, what its plugins say of themselves, how its fields are, and every
/// change of a level there ever was.
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
        """)
  ]

  /// What one poll changes, written in one transaction: so that a mail is never sent without its state, nor a
  /// state kept without its mail.
  struct Batch: Sendable {
    var node: String
    var removed: [Removal] = []
    var health: NodeHealth?
    var plugins: [(name: String, config: [UInt8])] = []
    var states: [(key: StateKey, state: StoredState)] = []
    var changes: [(key: StateKey, change: Change)] = []
    var mails: [OutgoingMail] = []

    var isEmpty: Bool {
      health == nil && removed.isEmpty && plugins.isEmpty && states.isEmpty && changes.isEmpty
        && mails.isEmpty
    }
  }

  /// A plugin that its node no longer offers.
  struct Removal: Sendable, Equatable, CustomStringConvertible {
    let plugin: String
    let services: [String]

    var description: String { plugin }
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
        "DELETE FROM plugin WHERE node = ? AND name = ?",
        [.text(batch.node), .text(removal.plugin)])
      for service in removal.services {
        try transaction.execute(
          "DELETE FROM state WHERE node = ? AND service = ?", [.text(batch.node), .text(service)])
      }
    }
    for plugin in batch.plugins {
      try transaction.execute(
        "INSERT OR REPLACE INTO plugin VALUES (?, ?, ?)",
        [.text(batch.node), .text(plugin.name), .blob(plugin.config)])
    }
    for (key, stored) in batch.states {
      let state = stored.state
      try transaction.execute(
        "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .text(batch.node), .text(key.service), .text(key.field), .text(state.level.rawValue),
          Value(state.since), .integer(state.missed), Value(state.seen),
          Value(state.previous?.time), Value(state.previous?.reading.text), Value(state.value),
          Value(stored.incident),
        ])
    }
    for (key, change) in batch.changes {
      try transaction.execute(
        "INSERT INTO change (node, service, field, old, new, since, at, value) "
          + "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .text(batch.node), .text(key.service), .text(key.field), .text(change.from.rawValue),
          .text(change.to.rawValue), .integer(change.since), .integer(change.at),
          Value(change.value),
        ])
    }
    for mail in batch.mails { try Outbox.enqueue(mail, in: transaction) }
  }

  /// Everything stored about the nodes.
  struct Contents: Sendable {
    var health: [String: NodeHealth] = [:]
    var plugins: [String: [(plugin: String, bytes: [UInt8])]] = [:]
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
    for row in try transaction.query("SELECT * FROM plugin") {
      contents.plugins[row["node"].text ?? "", default: []]
        .append((row["name"].text ?? "", row["config"].blob ?? []))
    }
    for row in try transaction.query("SELECT * FROM state") {
      let key = StateKey(service: row["service"].text ?? "", field: row["field"].text ?? "")
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
