internal import Ledger
internal import Logbook

/// What the log has of the nodes' replies, files and graphs, kept in the ledger for `poll` from cron: each run is a process of its own, and each
/// line a mail.
enum ToldFacts {
  static let migrations = [
    Migration(
      part: "told_facts", version: 1,
      sql: """
        CREATE TABLE told_fact (
          node TEXT NOT NULL, subject TEXT NOT NULL, fact TEXT NOT NULL, PRIMARY KEY (node, subject)
        ) STRICT
        """)
  ]

  struct Fact: Sendable, Hashable {
    let node: String
    let subject: String
    let text: String
  }

  static func read(in transaction: borrowing Transaction) throws(LedgerError) -> Set<Fact> {
    var facts: Set<Fact> = []
    try transaction.each("SELECT node, subject, fact FROM told_fact") { row throws(LedgerError) in
      facts.insert(
        Fact(node: row.text(0) ?? "", subject: row.text(1) ?? "", text: row.text(2) ?? ""))
    }
    return facts
  }

  static func write(
    _ facts: Set<Fact>, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    try transaction.execute("DELETE FROM told_fact")
    for fact in facts {
      try transaction.execute(
        "INSERT OR REPLACE INTO told_fact VALUES (?, ?, ?)",
        [.text(fact.node), .text(fact.subject), .text(fact.text)])
    }
  }
}

extension Collector {
  /// What a former process has told of the nodes is not told again. A ledger that cannot be read is told by everything that follows.
  func recallFacts() async -> Set<ToldFacts.Fact> {
    let facts = try? await ledger.read { transaction throws(LedgerError) in
      try ToldFacts.read(in: transaction)
    }
    for fact in facts ?? [] { _ = nodeIndex[fact.node]?.facts.update(fact.text, of: fact.subject) }
    return facts ?? []
  }

  /// - Parameter former: what ``recallFacts()`` has found.
  func keepFacts(since former: Set<ToldFacts.Fact>) async {
    var facts: Set<ToldFacts.Fact> = []
    for node in nodes {
      // That a node does not answer is known from its standing.
      for (subject, text) in node.facts.all where subject != "poll" {
        facts.insert(ToldFacts.Fact(node: node.path, subject: subject, text: text))
      }
    }
    guard facts != former else { return }
    try? await ledger.transaction { [facts] transaction throws(LedgerError) in
      try ToldFacts.write(facts, in: transaction)
    }
  }
}
