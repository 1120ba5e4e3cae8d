import EventLoop
import Incidents
import Ledger
import TestSupport
import Testing
import Text

@testable import Collector

/// What the words after `apus-collector alerts` do to the ledger.
@Suite(.timeLimit(.minutes(1))) struct AlertOrdersTests {
  private let scratch = Scratch()

  private func ledger() async throws -> Ledger {
    let ledger = try Ledger(path: "\(scratch.path)/apus.sqlite")
    try await Collector.prepare(ledger)
    try await ledger.migrate(AlertTables.migrations)
    return ledger
  }

  private func add(
    _ number: Int, _ level: Int, _ path: (groups: String, node: String, service: String),
    more: String = "", to ledger: Ledger
  ) async throws {
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute(
        """
        INSERT INTO incident_log (number, kind, node, name, thread, groups, node_name, host, opened, begun, level, worst, shown,
          shown_worst, phase, holds, planned, beginnings, settling, joined, join_after, gone)
        VALUES (?, 1, 1, ?, 't', ?, ?, ?, 1000, 1000, ?, ?, ?, ?, 1, 0, 0, '', 0, 0, 0, 0)
        """,
        [
          .integer(number), .text(path.service), .text(path.groups), .text(path.node),
          .text(path.node),
          .integer(level), .integer(level), .integer(level), .integer(level),
        ])
      if !more.isEmpty { try transaction.execute(more) }
    }
  }

  @Test func ordersAreStoredForTheCollectorAndAnswered() async throws {
    try await onTestLoop {
      let ledger = try await ledger()
      let orders = AlertOrders(ledger, now: 5000)
      #expect(try await orders.isPossible())
      let silence = try #require(
        try await orders.silence("g;web1:load", for: 7200, who: "ada", why: "kernel update"))
      let end = try #require(try await orders.unsilence("g;web1", who: "ada"))
      let ack = try await orders.acknowledge(412, who: "ada", why: "looking")
      let open = try await ledger.read { transaction throws(LedgerError) in
        try AlertOrder.open(in: transaction)
      }
      #expect(open.map(\.number) == [silence, end, ack] && open.map(\.at) == [5000, 5000, 5000])
      #expect(open[0].kind == .silence(try #require(AlertTarget("g;web1:load")), until: 12_200))
      #expect(open[0].who == "ada" && open[0].why == "kernel update")
      #expect(open[1].kind == .unsilence(try #require(AlertTarget("g;web1"))))
      #expect(open[2].kind == .acknowledge(incident: 412))
      #expect(try await orders.outcome(of: ack) == nil)
      for (number, answer) in [
        (silence, "1 open incident"), (end, "g;web1: it was not silenced"), (ack, "acknowledged"),
      ] {
        try await ledger.transaction { transaction throws(LedgerError) in
          try transaction.execute(
            "UPDATE alert_order SET applied = 5001, answer = ? WHERE number = ?",
            [.text(answer), .integer(number)])
        }
      }
      let until = CalendarTime.local(12_200).clock
      #expect(
        try await orders.outcome(of: silence)?.words
          == "g;web1:load is silenced until \(until) (1 open incident); what is still wrong then is told"
      )
      #expect(orders.end(after: 7200) == until)
      // On another day with its date.
      #expect(orders.end(after: 200_000) == CalendarTime.local(205_000).text)
      #expect(try await orders.outcome(of: end)?.words == "g;web1: it was not silenced")
      #expect(try await orders.outcome(of: end)?.isDone == false)
      #expect(
        try await orders.outcome(of: ack)?.words
          == "incident 412 is acknowledged: no reminders until it is worse or over")
      #expect(try await orders.outcome(of: ack, by: "bob") == nil)
      #expect(try await orders.outcome(of: 99) == nil)
      #expect(try await orders.silence(";", for: 1, who: "", why: "") == nil)
      #expect(try await orders.unsilence("", who: "") == nil)
    }
  }

  @Test func openIncidentsAreListedTheWorstFirst() async throws {
    try await onTestLoop {
      let ledger = try await ledger()
      let orders = AlertOrders(ledger, now: 5000)
      #expect(try await orders.list() == ["no open incident"])
      try await add(7, 2, ("g", "web1", "df"), to: ledger)
      try await add(
        8, 3, ("g", "web1", "memory"),
        more:
          "INSERT INTO told (contact, incident, level, at, reminders, root) VALUES ('admin', 8, 2, 1000, 0, 'r')",
        to: ledger)
      try await add(
        9, 3, ("g", "web2", "x"), more: "UPDATE incident_log SET closed = 4000 WHERE number = 9",
        to: ledger)
      let lines = try await orders.list()
      #expect(lines.count == 2, "\(lines)")
      #expect(
        lines.first?.hasPrefix("8 ") == true && lines.first?.contains(" g;web1:memory") == true,
        "\(lines)")
      #expect(lines.first?.hasSuffix("; told admin") == true, "\(lines)")
      #expect(
        lines.last?.hasPrefix("7 ") == true && lines.last?.hasSuffix("g;web1:df") == true,
        "\(lines)")
    }
  }

  /// A silence is no planned work, and is not called so.
  @Test func whatHoldsAnIncidentBackIsNamed() async throws {
    try await onTestLoop {
      let ledger = try await ledger()
      for (number, by) in [(7, "Sun 02:00-04:00 (munin.conf:44)"), (8, "silence by ada (disk)")] {
        try await add(
          number, 2, ("g", "web\(number)", "df"),
          more:
            "UPDATE incident_log SET holds = 1, planned_until = 9000, planned_by = '\(by)' WHERE number = \(number)",
          to: ledger)
      }
      try await ledger.transaction { transaction throws(LedgerError) in
        try transaction.execute(
          "INSERT INTO silence VALUES (1, 'g;web8', 100, 9000, 'ada', 'disk')")
      }
      let lines = try await AlertOrders(ledger, now: 5000).list()
      let until = CalendarTime.local(9000).text
      #expect(lines.count == 3, "\(lines)")
      #expect(
        lines.contains { $0.hasPrefix("7 ") && $0.hasSuffix("; planned work until \(until)") })
      #expect(lines.contains { $0.hasPrefix("8 ") && $0.hasSuffix("; silenced until \(until)") })
      #expect(lines.last == "silenced until \(until): g;web8 (ada: disk)", "\(lines)")
    }
  }

  @Test func ordersAboutWhatDoesNotExistHaveAnObstacle() async throws {
    try await onTestLoop {
      let ledger = try await ledger()
      let orders = AlertOrders(ledger, now: 5000)
      #expect(
        try await orders.obstacle(toAcknowledging: 7) == "no incident 7; no incident is open")
      #expect(
        try await orders.obstacle(toUnsilencing: "g;web1")
          == "g;web1 is not silenced; nothing is silenced")
      try await add(7, 2, ("g", "web1", "df"), to: ledger)
      try await add(
        8, 2, ("g", "web2", "df"), more: "UPDATE incident_log SET closed = 4000 WHERE number = 8",
        to: ledger)
      #expect(try await orders.obstacle(toAcknowledging: 7) == nil)
      #expect(
        try await orders.obstacle(toAcknowledging: 8)
          == "incident 8 is over since \(CalendarTime.local(4000).text)")
      #expect(try await orders.obstacle(toAcknowledging: 9) == "no incident 9; open are: 7")
      // One that waits for the collector, and one that is over.
      _ = try await orders.silence("g;web1:df", for: 60, who: "ada", why: "")
      try await ledger.transaction { transaction throws(LedgerError) in
        try transaction.execute("INSERT INTO silence VALUES (90, 'g;web2', 100, 4999, 'ada', '')")
      }
      #expect(try await orders.obstacle(toUnsilencing: "g;web1:df") == nil)
      #expect(
        try await orders.obstacle(toUnsilencing: "g;web2")
          == "g;web2 is not silenced; silenced are: g;web1:df")
    }
  }

  /// What people and nodes have said is not run by the terminal, and does not turn the rest of the line.
  @Test func unprintableCharactersAreShown() async throws {
    try await onTestLoop {
      let ledger = try await ledger()
      let orders = AlertOrders(ledger, now: 5000)
      _ = try await orders.silence("g", for: 60, who: "a\u{1B}[2J", why: "x\u{202E}y\nz")
      let open = try await ledger.read { transaction throws(LedgerError) in
        try AlertOrder.open(in: transaction)
      }
      #expect(open.map(\.why) == [#"x\u{202E}y\u{A}z"#] && open.map(\.who) == [#"a\u{1B}[2J"#])
      // As a former release has stored it.
      try await ledger.transaction { transaction throws(LedgerError) in
        try transaction.execute(
          "INSERT INTO silence VALUES (91, 'h', 100, 9000, 'eve', ?)", [.text("\u{1B}]0;x\u{7}")])
      }
      #expect(
        try await orders.list().last
          == #"silenced until \#(CalendarTime.local(9000).text): h (eve: \u{1B}]0;x\u{7})"#)
      #expect(AlertTarget("g;w\u{202E}eb") == nil && AlertTarget("g;w\u{85}b") == nil)
    }
  }

  @Test func messagesThatWereGivenUpAreListed() async throws {
    try await onTestLoop {
      let ledger = try await ledger()
      let count = 23
      try await ledger.transaction { transaction throws(LedgerError) in
        for number in 1...count {
          try transaction.execute(
            """
            INSERT INTO outbox (id, contact, lane, address, subject, created, first_attempt, due, attempts, failed, problem)
            VALUES (?, 'ops', 'mail', 'ops@example.com', ?, 1000, 1000, 1000, 1, ?, '550 no such user')
            """, [.text("m\(number)"), .text("[WARNING] \(number)"), .integer(2000 + number)])
        }
        try transaction.execute("UPDATE outbox SET failed = NULL WHERE id = 'm1'")
      }
      let lines = try await AlertOrders(ledger, now: 5000).list()
      #expect(lines.count == 23 && lines[0] == "no open incident", "\(lines)")
      #expect(
        lines[1]
          == "not delivered to ops, given up \(CalendarTime.local(2000 + count).text): '[WARNING] \(count)' of "
          + "\(CalendarTime.local(1000).text): 550 no such user")
      #expect(lines[21] == "and 2 more messages")
      #expect(lines[22].contains("tried again when the collector is restarted; all"))
    }
  }

  /// A collector of an older release keeps none.
  @Test func aLedgerWithoutIncidentsIsNoticed() async throws {
    try await onTestLoop {
      let ledger = try Ledger(path: "\(scratch.path)/apus.sqlite")
      #expect(try await !AlertOrders(ledger, now: 1).isPossible())
    }
  }
}
