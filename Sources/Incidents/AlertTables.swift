public import Ledger
internal import Limits

/// The tables of ``AlertStages``: levels, incidents with their parts (the outage log), who was told what, and what waits to be told.
public enum AlertTables {
  /// Give these to `Ledger.migrate`, after ``IncidentTables/migrations``.
  public static let migrations = [
    Migration(
      part: "alerts", version: 1,
      sql: """
        ALTER TABLE change ADD COLUMN incident INTEGER;
        CREATE TABLE series_state (
          series INTEGER PRIMARY KEY,
          level INTEGER NOT NULL,
          since INTEGER,
          known_since INTEGER,
          ring INTEGER NOT NULL,
          bad_since INTEGER,
          missed INTEGER NOT NULL,
          seen INTEGER,
          previous_time INTEGER,
          previous_text TEXT,
          value REAL
        ) STRICT;
        CREATE TABLE incident_log (
          number INTEGER PRIMARY KEY,
          kind INTEGER NOT NULL,
          node INTEGER,
          name TEXT NOT NULL,
          thread TEXT NOT NULL,
          groups TEXT NOT NULL,
          node_name TEXT NOT NULL,
          host TEXT NOT NULL,
          opened INTEGER,
          begun INTEGER NOT NULL,
          told INTEGER,
          closed INTEGER,
          level INTEGER NOT NULL,
          worst INTEGER NOT NULL,
          shown INTEGER NOT NULL,
          shown_worst INTEGER NOT NULL,
          phase INTEGER NOT NULL,
          holds INTEGER NOT NULL,
          planned INTEGER NOT NULL,
          planned_since INTEGER,
          planned_until INTEGER,
          planned_by TEXT,
          ack_by TEXT,
          ack_at INTEGER,
          ack_why TEXT,
          beginnings TEXT NOT NULL,
          words TEXT,
          last_values INTEGER,
          settling INTEGER NOT NULL,
          joined INTEGER NOT NULL,
          join_after INTEGER NOT NULL,
          quiet_since INTEGER,
          ending INTEGER,
          repeats INTEGER,
          gone INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX incident_log_open ON incident_log (number) WHERE closed IS NULL;
        CREATE INDEX incident_log_closed ON incident_log (closed);
        CREATE TABLE incident_part (
          incident INTEGER NOT NULL,
          kind INTEGER NOT NULL,
          subject INTEGER NOT NULL,
          role INTEGER NOT NULL,
          level INTEGER NOT NULL,
          was INTEGER NOT NULL,
          worst INTEGER NOT NULL,
          since INTEGER,
          lasted INTEGER,
          at INTEGER NOT NULL,
          value REAL,
          worst_value REAL,
          worst_at INTEGER,
          broken TEXT,
          until INTEGER,
          graph TEXT NOT NULL,
          field TEXT NOT NULL,
          PRIMARY KEY (incident, kind, subject)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE node_standing (
          node INTEGER PRIMARY KEY,
          missed INTEGER NOT NULL,
          first_miss INTEGER NOT NULL,
          last_poll INTEGER NOT NULL,
          last_answer INTEGER,
          words TEXT NOT NULL,
          incident INTEGER
        ) STRICT;
        CREATE TABLE service_fault (
          node INTEGER NOT NULL,
          service TEXT NOT NULL,
          count INTEGER NOT NULL,
          since INTEGER NOT NULL,
          words TEXT NOT NULL,
          gone INTEGER NOT NULL,
          PRIMARY KEY (node, service)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE silence (
          number INTEGER PRIMARY KEY,
          target TEXT NOT NULL,
          begins INTEGER NOT NULL,
          until INTEGER NOT NULL,
          who TEXT NOT NULL,
          why TEXT NOT NULL
        ) STRICT;
        CREATE TABLE alert_order (
          number INTEGER PRIMARY KEY,
          at INTEGER NOT NULL,
          kind TEXT NOT NULL,
          target TEXT NOT NULL,
          until INTEGER,
          who TEXT NOT NULL,
          why TEXT NOT NULL,
          applied INTEGER,
          answer TEXT
        ) STRICT;
        CREATE TABLE told (
          contact TEXT NOT NULL,
          incident INTEGER NOT NULL,
          level INTEGER NOT NULL,
          at INTEGER NOT NULL,
          next_reminder INTEGER,
          reminders INTEGER NOT NULL,
          escalate_at INTEGER,
          root TEXT NOT NULL,
          PRIMARY KEY (contact, incident)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE told_thread (
          contact TEXT NOT NULL,
          thread TEXT NOT NULL,
          first TEXT NOT NULL,
          last TEXT NOT NULL,
          count INTEGER NOT NULL,
          at INTEGER NOT NULL,
          PRIMARY KEY (contact, thread)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE wave (
          number INTEGER PRIMARY KEY,
          contact TEXT NOT NULL,
          kind INTEGER NOT NULL,
          key TEXT NOT NULL,
          due INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE wave_step (
          wave INTEGER NOT NULL,
          incident INTEGER NOT NULL,
          kind INTEGER NOT NULL,
          at INTEGER NOT NULL,
          PRIMARY KEY (wave, incident)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE watched (began INTEGER PRIMARY KEY, ended INTEGER NOT NULL) STRICT;
        CREATE TABLE former_incident (
          node INTEGER NOT NULL,
          graph TEXT NOT NULL,
          thread TEXT NOT NULL,
          PRIMARY KEY (node, graph)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE notification (
          number INTEGER PRIMARY KEY,
          contact TEXT NOT NULL,
          at INTEGER NOT NULL,
          facts BLOB NOT NULL
        ) STRICT;
        """),
    Migration(part: "alerts", version: 2) { transaction throws(LedgerError) in
      try takeOver(transaction)
      for table in ["state", "reach", "incident"] {
        try transaction.execute("DROP TABLE \(table)")
      }
    },
    Migration(
      part: "alerts", version: 3, sql: "ALTER TABLE incident_log ADD COLUMN latest_words TEXT"),
    Migration(
      part: "alerts", version: 4,
      sql: """
        ALTER TABLE incident_log ADD COLUMN end_noticed INTEGER;
        CREATE INDEX incident_log_end ON incident_log (end_noticed);
        CREATE TABLE mishap (
          node INTEGER NOT NULL,
          service TEXT NOT NULL,
          kind INTEGER NOT NULL,
          began INTEGER NOT NULL,
          count INTEGER NOT NULL,
          last INTEGER NOT NULL,
          words TEXT NOT NULL,
          PRIMARY KEY (node, service, kind, began)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX mishap_began ON mishap (began);
        CREATE TABLE regular_message (
          contact TEXT NOT NULL,
          kind INTEGER NOT NULL,
          slot INTEGER NOT NULL,
          until INTEGER NOT NULL,
          PRIMARY KEY (contact, kind)
        ) STRICT, WITHOUT ROWID;
        """),
  ]

  /// Copies what ``IncidentTables`` hold: levels, nodes that cannot be polled, and open incidents, which ``AlertStages/adopt(_:at:facts:find:)``
  /// needs the names of services for.
  private static func takeOver(_ transaction: borrowing Transaction) throws(LedgerError) {
    try transaction.execute(
      """
      INSERT INTO series_state
      SELECT series, level, since, since, 0, CASE WHEN level > 1 THEN since END, missed, seen, previous_time, previous_text, value
      FROM state
      """)
    try transaction.execute(
      """
      INSERT INTO node_standing
      SELECT node, missed, ifnull(trouble_since, 0), max(ifnull(last_answer, 0), ifnull(trouble_since, 0)), last_answer,
        ifnull(trouble, ''), NULL
      FROM reach
      """)
    try transaction.execute(
      "INSERT INTO former_incident SELECT node, '', thread FROM incident WHERE graph = 0")
    let hasNames = try transaction.query(
      "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'name'")
    guard !hasNames.isEmpty else { return }
    try transaction.execute(
      """
      INSERT INTO former_incident
      SELECT node, name.text, thread FROM incident JOIN name ON name.number = incident.graph
      """)
  }

  /// Removes what is too old for anybody to ask for: what became of incidents is kept for two years, levels for 400 days, and the facts of
  /// messages for five weeks: one that was given up can be tried again for thirty days.
  public static func prune(
    at now: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let day = 86_400
    try transaction.execute(
      """
      DELETE FROM incident_part WHERE incident IN (
        SELECT number FROM incident_log WHERE closed < ?)
      """, [.integer(now - 731 * day)])
    try transaction.execute(
      "DELETE FROM incident_log WHERE closed < ?", [.integer(now - 731 * day)])
    try transaction.execute("DELETE FROM change WHERE at < ?", [.integer(now - 400 * day)])
    // The newest one stays: the next number follows from it.
    try transaction.execute(
      """
      DELETE FROM notification
      WHERE at < ? AND number < (SELECT max(number) FROM notification)
      """, [.integer(now - 35 * day)])
    try transaction.execute(
      "DELETE FROM alert_order WHERE applied < ?", [.integer(now - 400 * day)])
    try transaction.execute("DELETE FROM silence WHERE until < ?", [.integer(now - 400 * day)])
    try transaction.execute(
      "DELETE FROM mishap WHERE began < ?", [.integer(now - RegularPlan.longestSpan - day)])
  }

  /// A stored notification; `nil` when there is none of that number.
  public static func notification(
    _ number: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Notification? {
    try transaction.query(
      "SELECT facts FROM notification WHERE number = ?", [.integer(number)]
    ).first?[0].blob.flatMap(Notification.init(stored:))
  }
}
