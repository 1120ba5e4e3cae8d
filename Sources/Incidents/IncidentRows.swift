public import Ledger
public import Limits
internal import MuninWire

/// What a poll of a node changes in levels and incidents.
public struct IncidentRows: LedgerRows {
  public var node: NodeNumber
  public var reach: Reachability?
  public var states: [(series: SeriesNumber, state: FieldState)] = []
  public var changes: [LevelChange] = []
  /// The incidents that are open now, or no longer (`nil`), by the number of the graph's name; 0 is the node itself.
  public var incidents: [(graph: Int, thread: String?)] = []

  public init(node: NodeNumber) { self.node = node }

  public var isEmpty: Bool {
    reach == nil && states.isEmpty && changes.isEmpty && incidents.isEmpty
  }

  public var byteCount: Int {
    (reach?.trouble?.utf8.count ?? 0) + 96 * states.count + 64 * changes.count + 96
      * incidents.count
  }

  public func write(in transaction: borrowing Transaction) throws(LedgerError) {
    if let reach {
      try transaction.execute(
        "INSERT OR REPLACE INTO reach VALUES (?, ?, ?, ?, ?, ?)",
        [
          .integer(Int(node.raw)), Value(reach.lastAnswer), Value(reach.trouble),
          Value(reach.troubleSince), .integer(reach.missed), Value(reach.isAnnounced),
        ])
    }
    for (series, state) in states {
      try transaction.execute(
        "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .integer(Int(series.raw)), .integer(state.level.ledgerCode), Value(state.since),
          .integer(state.missed), Value(state.seen), Value(state.previous?.time),
          Value(state.previous?.reading.text), Value(state.value),
        ])
    }
    for change in changes {
      // A commit that was kept although it reported an error is written again: the change is there once.
      try transaction.execute(
        """
        INSERT INTO change (series, old, new, since, at, value) SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE NOT EXISTS (
          SELECT 1 FROM change WHERE number > (SELECT ifnull(max(number), 0) - 1000 FROM change)
            AND series = ?1 AND at = ?5 AND new = ?3)
        """,
        [
          .integer(Int(change.series.raw)), .integer(change.change.from.ledgerCode),
          .integer(change.change.to.ledgerCode), .integer(change.change.since),
          .integer(change.change.at), Value(change.change.value),
        ])
    }
    for (graph, thread) in incidents {
      if let thread {
        try transaction.execute(
          "INSERT OR REPLACE INTO incident VALUES (?, ?, ?)",
          [.integer(Int(node.raw)), .integer(graph), .text(thread)])
      } else {
        try transaction.execute(
          "DELETE FROM incident WHERE node = ? AND graph = ?",
          [.integer(Int(node.raw)), .integer(graph)])
      }
    }
  }
}
