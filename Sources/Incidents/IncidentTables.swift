public import Ledger
public import Limits

/// The tables of levels and incidents: the state of each judged series, every change of a level so far, whether each node can
/// be reached, and the open incidents.
public enum IncidentTables {
  /// Give these to `Ledger.migrate`.
  public static let migrations = [
    Migration(
      part: "incidents", version: 1,
      sql: """
        CREATE TABLE state (
          series INTEGER PRIMARY KEY,
          level INTEGER NOT NULL,
          since INTEGER,
          missed INTEGER NOT NULL,
          seen INTEGER,
          previous_time INTEGER,
          previous_text TEXT,
          value REAL
        ) STRICT;
        CREATE TABLE change (
          number INTEGER PRIMARY KEY,
          series INTEGER NOT NULL,
          old INTEGER NOT NULL,
          new INTEGER NOT NULL,
          since INTEGER NOT NULL,
          at INTEGER NOT NULL,
          value REAL
        ) STRICT;
        CREATE TABLE reach (
          node INTEGER PRIMARY KEY,
          last_answer INTEGER,
          trouble TEXT,
          trouble_since INTEGER,
          missed INTEGER NOT NULL,
          announced INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE incident (
          node INTEGER NOT NULL,
          graph INTEGER NOT NULL,
          thread TEXT NOT NULL,
          PRIMARY KEY (node, graph)
        ) STRICT, WITHOUT ROWID;
        """)
  ]

  /// Everything stored but the changes.
  public struct Contents: Sendable {
    public var states: [SeriesNumber: FieldState] = [:]
    public var reach: [NodeNumber: Reachability] = [:]
    /// The thread of each open incident, by the node and the number of the graph's name; 0 is the node itself.
    public var incidents: [NodeNumber: [Int: String]] = [:]

    public init() {}
  }

  public static func read(in transaction: borrowing Transaction) throws(LedgerError) -> Contents {
    var contents = Contents()
    try transaction.each(
      "SELECT series, level, since, missed, seen, previous_time, previous_text, value FROM state"
    ) { row throws(LedgerError) in
      let previous = row.integer(5).flatMap { time in
        row.text(6).flatMap { Sample(time: time, text: $0) }
      }
      contents.states[SeriesNumber(UInt32(clamping: row.integer(0) ?? 0))] = FieldState(
        level: Level(ledgerCode: row.integer(1) ?? 0), since: row.integer(2),
        missed: row.integer(3) ?? 0, seen: row.integer(4), previous: previous, value: row.real(7))
    }
    try transaction.each(
      "SELECT node, last_answer, trouble, trouble_since, missed, announced FROM reach"
    ) { row throws(LedgerError) in
      contents.reach[NodeNumber(stored: row.integer(0))] = Reachability(
        lastAnswer: row.integer(1), trouble: row.text(2), troubleSince: row.integer(3),
        missed: row.integer(4) ?? 0, isAnnounced: row.integer(5) == 1)
    }
    try transaction.each("SELECT node, graph, thread FROM incident") { row throws(LedgerError) in
      contents.incidents[NodeNumber(stored: row.integer(0)), default: [:]][row.integer(1) ?? 0] =
        row.text(2)
    }
    return contents
  }

}

extension Level {
  /// The level as it is stored.
  public var ledgerCode: Int {
    switch self {
    case .ok: 0
    case .unknown: 1
    case .warning: 2
    case .critical: 3
    }
  }

  public init(ledgerCode: Int) {
    self = Level.allCases.first { $0.ledgerCode == ledgerCode } ?? .ok
  }
}
