import Ledger
import Limits
import Testing
import Text

@testable import Incidents

@Suite struct NodeAvailabilityTests {
  @Test func plannedTimeAndOurOwnAbsenceCountForNothing() {
    let outages = [
      Outage(span: 100..<200, planned: 0, incident: 1),
      Outage(span: 150..<250, planned: 0, incident: 2),
      Outage(span: 900..<1000, planned: 100, incident: 3),
    ]
    let found = NodeAvailability(0..<1000, watched: [0..<400, 600..<1000], outages: outages)
    #expect(found.watched == 800 && found.down == 150 && found.planned == 100)
    #expect(found.share == 1 - 150.0 / 700)
    #expect(NodeAvailability(0..<1000, watched: [], outages: outages).share == nil)
    // What was lost while nobody looked is not known.
    let unseen = NodeAvailability(0..<1000, watched: [500..<800], outages: outages)
    #expect(unseen.down == 0 && unseen.share == 1)
  }

  /// Off from 22:00 for a day, with a window from 22:00 to 06:00: the first two hours were all planned.
  @Test func plannedSecondsLieWhereTheWorkWas() {
    let hour = 3600
    let outage = Outage(
      span: 22 * hour..<46 * hour, planned: 8 * hour - 600, incident: 1,
      // It was an incident after two polls.
      life: 22 * hour + 600..<46 * hour)
    func found(_ span: Range<Int>, _ work: [Range<Int>]) -> [Int] {
      let one = NodeAvailability(span, watched: [0..<48 * hour], outages: [outage], work: work)
      return [one.planned, one.down]
    }
    // The next window begins when it is over.
    let work = [22 * hour..<30 * hour, 46 * hour..<54 * hour]
    #expect(found(0..<24 * hour, work) == [2 * hour, 0])
    #expect(found(24 * hour..<48 * hour, work) == [6 * hour, 16 * hour])
    // Of half of it the window is no longer set: that may have been at any other time.
    let half = [22 * hour..<26 * hour]
    #expect(found(24 * hour..<36 * hour, half) == [4 * hour, 8 * hour])
    #expect(found(36 * hour..<48 * hour, half) == [2 * hour, 8 * hour])
    #expect(found(24 * hour..<48 * hour, [])[0] == (8 * hour - 600) * 22 * hour / (24 * hour - 600))
    // A node of a site that returned before the work began.
    let site = Outage(
      span: 20 * hour..<21 * hour, planned: 2 * hour, incident: 2, life: 20 * hour..<24 * hour)
    let early = NodeAvailability(
      0..<24 * hour, watched: [0..<24 * hour], outages: [site], work: [22 * hour..<24 * hour])
    #expect(early.planned == 0 && early.down == hour)
  }

  @Test func aTimeIsCutAtItsDaysAndMonths() throws {
    // 2026-10-24 12:00 to 2026-11-02 12:00 in UTC.
    let span = 1_792_843_200..<1_793_620_800
    #expect(NodeAvailability.spans(of: span, by: .day, in: .utc).map(\.count).first == 43_200)
    #expect(NodeAvailability.spans(of: span, by: .day, in: .utc).count == 10)
    #expect(NodeAvailability.spans(of: span, by: .month, in: .utc).count == 2)
    #expect(NodeAvailability.spans(of: span, by: .year, in: .utc) == [span])
    #expect(NodeAvailability.spans(of: 5..<5, by: .day, in: .utc).isEmpty)
  }

  @Test func theLogKnowsWhoseOutageItWas() async throws {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(IncidentTables.migrations + AlertTables.migrations)
    var stages = AlertStages()
    let facts = TestPark().facts
    var rows = AlertRows()
    func take(_ update: AlertUpdate) { rows.append(update.rows) }
    take(stages.configure(AlertSettings(contacts: [ContactRules("admin")]), at: 0, facts: facts))
    for time in [60, 120] {
      for number in UInt32(1)...4 {
        let node = NodeNumber(number)
        take(
          number < 3
            ? stages.missed(node, NodeFault(words: "no answer"), at: time, facts: facts)
            : stages.polled(AlertStages.Poll(node: node), at: time, facts: facts))
      }
    }
    take(stages.elapse(at: 300, facts: facts))
    for number in UInt32(1)...2 {
      take(stages.polled(AlertStages.Poll(node: NodeNumber(number)), at: 360, facts: facts))
    }
    let written = rows
    let (all, one, outages, each, watched) = try await ledger.transaction {
      transaction throws(LedgerError) in
      try written.write(in: transaction)
      try WatchedSpan(began: 10, ended: 500).write(in: transaction)
      try WatchedSpan(began: 10, ended: 900).write(in: transaction)
      let all = try OutageLog.incidents(of: AlertTarget(path: []), in: 0..<1000, transaction)
      let one = try OutageLog.incidents(
        of: AlertTarget(path: ["g", "n1"]), in: 0..<1000, transaction)
      let outages = try OutageLog.outages(of: NodeNumber(1), in: 0..<1000, at: 900, transaction)
      let each = try OutageLog.outages(in: 0..<1000, at: 900, transaction)
      return (all, one, outages, each, try OutageLog.watched(in: 0..<1000, transaction))
    }
    #expect(all.map(\.closed) == [360] && one.count == 1)
    #expect(outages == [Outage(span: 60..<360, planned: 0, incident: 1, life: 120..<360)])
    #expect(each.keys.sorted() == [NodeNumber(1), NodeNumber(2)] && each[NodeNumber(1)] == outages)
    #expect(watched == [10..<900])
  }

  /// What a release before has left: levels, a lost node, a graph that is critical, each with a mail that was sent.
  @Test func incidentsOfAnOlderReleaseGoOnInTheirThreads() async throws {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(IncidentTables.migrations)
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("CREATE TABLE name (number INTEGER PRIMARY KEY, text TEXT NOT NULL)")
      for sql in [
        "INSERT INTO name VALUES (7, 's0')",
        "INSERT INTO state VALUES (101, 3, 500, 0, 900, 900, '20', 20.0)",
        "INSERT INTO state VALUES (102, 0, 500, 0, 900, 900, '5', 5.0)",
        "INSERT INTO change (series, old, new, since, at, value) VALUES (101, 0, 3, 100, 500, 20.0)",
        "INSERT INTO reach VALUES (1, 900, NULL, NULL, 0, 0)",
        "INSERT INTO reach VALUES (2, 300, 'no answer', 400, 6, 1)",
        "INSERT INTO incident VALUES (1, 7, 'abc')", "INSERT INTO incident VALUES (2, 0, 'def')",
      ] { try transaction.execute(sql) }
    }
    try await ledger.migrate(IncidentTables.migrations + AlertTables.migrations)
    let contents = try await ledger.read { transaction throws(LedgerError) in
      try AlertContents.read(at: 1000, in: transaction)
    }
    var stages = AlertStages()
    let facts = TestPark().facts
    stages.restore(contents)
    let rules = SeriesRules(critical: LevelRule(LimitRange(high: 10)))
    let series = [SeriesNumber(101), SeriesNumber(102)]
    _ = stages.set(series.map { ($0, rules) }, at: 1000, facts: facts)
    let settings = AlertSettings(contacts: [ContactRules("boss"), ContactRules("admin")])
    var rows = stages.configure(settings, at: 1000, facts: facts).rows
    let adopted = stages.adopt(contents.former, at: 1000, facts: facts) { node, graph in
      graph == "s0" ? ("s0", series) : nil
    }
    #expect(adopted.notifications.isEmpty)
    rows.append(adopted.rows)
    #expect(stages.machine.open.map(\.subject).sorted() == ["g;n1:s0", "g;n2"])
    // Both are good again: each answers the mail that was sent.
    var found: [Notification] = []
    let good = AlertStages.Poll(
      node: NodeNumber(1),
      samples: [JudgedSample(series[0], ValueCell(UInt64(5), at: 1010))])
    for update in [
      stages.polled(good, at: 1010, facts: facts),
      stages.polled(AlertStages.Poll(node: NodeNumber(2)), at: 1020, facts: facts),
      stages.elapse(at: 1030, facts: facts),
    ] { found += update.notifications }
    #expect(found.map(\.contact) == ["admin", "admin"])
    #expect(found.map(\.references) == [["abc.m1"], ["def.m1"]])
    #expect(found.allSatisfy { $0.lines[0].step == .closed })
    // Taken over once.
    let written = rows
    let left = try await ledger.transaction { transaction throws(LedgerError) in
      try written.write(in: transaction)
      return try FormerIncident.read(in: transaction)
    }
    #expect(left.isEmpty)
  }
}
