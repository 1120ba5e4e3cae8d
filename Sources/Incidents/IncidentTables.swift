public import Ledger
public import Limits

/// The tables of levels and incidents before ``AlertTables``, which takes them over; every change of a level is still in one of them.
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
