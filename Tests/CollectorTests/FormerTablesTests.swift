import EventLoop
import Ledger
import Limits
import MuninWire
import Notify
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// A ledger that an earlier version has left.
@Suite(.timeLimit(.minutes(1))) struct FormerTablesTests {
  private static let noon = Station.noon

  /// What version 0.1 writes: a node with a graph in trouble, one that is unreachable, and a mail that waits.
  private static let rows = """
    INSERT INTO node VALUES ('g;web01', \(noon), NULL, NULL, 0, 0, NULL);
    INSERT INTO node VALUES ('g;gone', NULL, 'connect: refused', \(noon - 9000), 30, 1, 'thread-of-gone');
    INSERT INTO config VALUES ('g;web01', 'load', CAST('graph_title Load
    load.label load
    load.critical 10
    ' AS BLOB));
    INSERT INTO state VALUES ('g;web01', 'load', 'load', 'critical', \(noon - 600), 0, \(noon), \(noon), '12', 12.0, 'thread-of-load');
    INSERT INTO state VALUES ('g;web01', 'old', 'x', 'warning', \(noon - 600), 0, \(noon), NULL, NULL, 3.0, NULL);
    INSERT INTO change VALUES (7, 'g;web01', 'load', 'load', 'ok', 'critical', \(noon - 9000), \(noon - 600), 12.0);
    INSERT INTO outbox (id, contact, address, command, subject, body, thread, created, first_attempt, due)
      VALUES ('waiting', 'admin', 'admin@example.com', NULL, 'CRITICAL', 'text', NULL, \(noon), \(noon), \(noon));
    INSERT INTO outbox_pictures SELECT seq, 0, 'load.png', x'89504E47' FROM outbox;
    """

  private static func former(_ path: String) async throws {
    let ledger = try Ledger(path: path)
    try await ledger.migrate(
      FormerTables.migrations.filter { $0.part == "collector" && $0.version <= 2 }
        + Outbox.migrations.filter { $0.version <= 2 })
    try await ledger.transaction { transaction throws(LedgerError) in
      for statement in rows.split(separator: ";\n") {
        try transaction.execute(String(statement))
      }
    }
  }

  @Test func statesMailsAndThreadsAreTakenOver() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("load", "graph_title Load\nload.label load\nload.critical 10", "load.value 12")
      ])
      defer { node.close() }
      let dead = try TestNode()
      let port = dead.port
      dead.close()
      let station = try await Station(
        [("g;web01", node)], conf: "contact.admin.email admin@example.com",
        more: "[g;gone]\naddress 127.0.0.1\nport \(port)\n"
      ) { try await Self.former($0) }
      let views = station.collector.snapshot().nodes
      #expect(views.map(\.trouble) == [nil, "connect: refused"])
      #expect(views[0].lastAnswer == Self.noon && views[0].graphs.map(\.graph.title) == ["Load"])
      #expect(views[0].graphs[0].fields[0].level == .critical)
      #expect(views[0].graphs[0].fields[0].since == Self.noon - 600)
      #expect(station.collector.snapshot().mailsWaiting == 1)

      await station.poll()
      #expect(try await station.subjects() == ["CRITICAL"])
      node.says("load", "load.value 1")
      await station.poll()
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject) == [
          "CRITICAL", "[RESOLVED after 20 min] web01 load: load 1",
        ])
      #expect(mails.last?.thread?.hasPrefix("thread-of-load") == true)
      // Everything has its number, also what no config describes any more.
      let counts = try await station.ledger.read { transaction throws(LedgerError) in
        try [
          "node", "series", "series_state", "change", "layout", "outbox_pictures",
        ].map { table throws(LedgerError) in
          try transaction.query("SELECT count(*) FROM \(table)")[0][0].integer ?? -1
        }
      }
      #expect(counts == [2, 2, 2, 2, 1, 1])
      try await station.restart()
      #expect(station.collector.snapshot().nodes[0].graphs[0].fields[0].level == .ok)
    }
  }

  @Test func theStepsRunOnce() async throws {
    let folder = try TemporaryFolder()
    try await Self.former(folder.ledger)
    for _ in 0..<2 { try await Collector.prepare(Ledger(path: folder.ledger)) }
    let tables = try await Ledger(path: folder.ledger).read { transaction throws(LedgerError) in
      try transaction.query(
        "SELECT name FROM sqlite_schema WHERE name LIKE 'former%' AND name != 'former_incident'"
      ).count
    }
    #expect(tables == 0)
  }
}
