import Ledger
import Limits
import TestSupport
import Testing

@testable import Incidents

@Suite struct AlertTablesTests {
  private func ledger() async throws -> Ledger {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(IncidentTables.migrations + AlertTables.migrations)
    return ledger
  }

  /// 2,000 services of 200 nodes with 20,000 series that all change at once are judged, rolled up, planned and written. How long more of
  /// them take is measured with released programs, not here.
  @Test func manyChangesAreWrittenAtOnce() async throws {
    let ledger = try await ledger()
    var stages = AlertStages()
    let park = TestPark()
    let facts = AlertFacts(
      node: park.facts.node, service: park.facts.service,
      series: { series in
        let number = Int(series.raw)
        return SeriesFacts(
          node: NodeNumber(UInt32(number / 100)), service: "s\(number % 100 / 10)",
          graph: "s\(number % 100 / 10)", title: "t", field: "f\(number % 10)")
      })
    let rules = SeriesRules(critical: LevelRule(LimitRange(high: 10)))
    var rows = AlertRows()
    func take(_ update: AlertUpdate) { rows.append(update.rows) }
    take(stages.configure(AlertSettings(contacts: [ContactRules("admin")]), at: 0, facts: facts))
    let count = 20_000
    take(
      stages.set(
        (0..<count).map { (SeriesNumber(UInt32($0)), rules) }, at: 0, facts: facts))
    for time in [60, 120] {
      for node in 0..<count / 100 {
        let poll = AlertStages.Poll(
          node: NodeNumber(UInt32(node)),
          samples: (0..<100).map {
            JudgedSample(
              SeriesNumber(UInt32(node * 100 + $0)),
              ValueCell(UInt64(time == 60 ? 5 : 50), at: time))
          })
        take(stages.polled(poll, at: time, facts: facts))
      }
    }
    take(stages.elapse(at: 130, facts: facts))
    #expect(stages.machine.open.count == count / 10)
    #expect(rows.notifications.count == 1 && rows.notifications[0].furtherCount == count / 10 - 200)
    #expect(rows.crossings.count == count)
    let written = rows
    try await ledger.transaction { transaction throws(LedgerError) in
      try written.write(in: transaction)
    }
    let contents = try await ledger.read { transaction throws(LedgerError) in
      try AlertContents.read(at: 130, in: transaction)
    }
    #expect(contents.incidents.count == count / 10 && contents.states.count == count)
    #expect(contents.told.count == count / 10 && contents.waves.isEmpty)
    #expect(contents.nextChange == count + 1)
  }

  @Test func whatIsWrittenComesBack() async throws {
    let ledger = try await ledger()
    var stages = AlertStages()
    let park = TestPark()
    var rows = AlertRows()
    func take(_ update: AlertUpdate) { rows.append(update.rows) }
    take(
      stages.configure(
        AlertSettings(
          contacts: [
            ContactRules("admin", escalation: ContactRules.Escalation(after: 600, contact: "boss"))
          ]), at: 0, facts: park.facts))
    let rules = SeriesRules(
      warning: LevelRule(LimitRange(high: 10)), rateCritical: RateRule(high: 1, unit: 60))
    take(stages.set([(SeriesNumber(101), rules)], at: 0, facts: park.facts))
    func poll(_ time: Int, _ value: UInt64) {
      take(
        stages.polled(
          AlertStages.Poll(
            node: NodeNumber(1),
            samples: [JudgedSample(SeriesNumber(101), ValueCell(value, at: time))],
            faults: [ServiceFault(service: "s2", words: "# x")]), at: time, facts: park.facts))
    }
    for (time, value) in [(60, 5), (120, 20), (180, 30), (240, 90)] as [(Int, UInt64)] {
      poll(time, value)
    }
    take(stages.missed(NodeNumber(2), NodeFault(words: "no answer"), at: 245, facts: park.facts))
    take(stages.missed(NodeNumber(2), NodeFault(words: "no answer"), at: 250, facts: park.facts))
    take(
      stages.carryOut(
        AlertOrder(
          number: 1, at: 255, kind: .silence(AlertTarget(path: ["h"]), until: 9000), who: "ada",
          why: "x"), at: 255, facts: park.facts))
    take(stages.elapse(at: 300, facts: park.facts))
    let written = rows
    for _ in 0..<2 {
      try await ledger.transaction { transaction throws(LedgerError) in
        try written.write(in: transaction)
      }
    }
    let contents = try await ledger.read { transaction throws(LedgerError) in
      try AlertContents.read(at: 300, in: transaction)
    }
    var open = Array(stages.machine.open)
    open.sort { $0.number < $1.number }
    #expect(contents.incidents.map(\.number) == open.map(\.number))
    for (stored, known) in zip(contents.incidents, open) { #expect(stored == known) }
    // The time of each answer is not stored.
    #expect(contents.standings[NodeNumber(2)] == stages.machine.standings[NodeNumber(2)])
    #expect(contents.standings[NodeNumber(1)]?.lastAnswer == 60)
    #expect(contents.faults.values.map(\.count) == [4])
    #expect(contents.silences.map(\.until) == [9000])
    #expect(contents.told == stages.plan.told && contents.threads == stages.plan.threads)
    #expect(contents.told.map(\.value).contains { $0.escalateAt != nil })
    #expect(contents.waves == stages.plan.waves.values.sorted { $0.number < $1.number })
    #expect(contents.states[SeriesNumber(101)] == stages.judge.stored(SeriesNumber(101)))
  }

  @Test func ordersAreStoredAndAnswered() async throws {
    let ledger = try await ledger()
    let target = try #require(AlertTarget("g;h:df.root"))
    let kinds: [AlertOrder.Kind] = [
      .silence(target, until: 50), .unsilence(target), .acknowledge(incident: 4),
    ]
    try await ledger.transaction { transaction throws(LedgerError) in
      for kind in kinds {
        try AlertOrder.store(kind, who: "ada", why: "new disk", at: 7, in: transaction)
      }
    }
    let orders = try await ledger.read { transaction throws(LedgerError) in
      try AlertOrder.open(in: transaction)
    }
    #expect(orders.map(\.kind) == kinds && orders.map(\.who) == ["ada", "ada", "ada"])
    var stages = AlertStages()
    let update = stages.carryOut(orders[2], at: 9, facts: TestPark().facts)
    let answer = try await ledger.transaction { transaction throws(LedgerError) in
      try update.rows.write(in: transaction)
      return try AlertOrder.carriedOut(orders[2].number, in: transaction)?.answer
    }
    #expect(answer == "no open incident 4")
    let left = try await ledger.read { transaction throws(LedgerError) in
      try AlertOrder.open(in: transaction).count
    }
    #expect(left == 2)
  }

  @Test func aServiceIsRenamedAndANodeForgotten() async throws {
    let ledger = try await ledger()
    var stages = AlertStages()
    let facts = TestPark().facts
    var rows = AlertRows()
    func take(_ update: AlertUpdate) { rows.append(update.rows) }
    take(stages.configure(AlertSettings(contacts: [ContactRules("admin")]), at: 0, facts: facts))
    let rules = SeriesRules(critical: LevelRule(LimitRange(high: 10)))
    for node in UInt32(1)...2 {
      take(stages.set([(SeriesNumber(node * 100), rules)], at: 0, facts: facts))
      for (time, value) in [(60, 5), (120, 50)] as [(Int, UInt64)] {
        take(
          stages.polled(
            AlertStages.Poll(
              node: NodeNumber(node),
              samples: [JudgedSample(SeriesNumber(node * 100), ValueCell(value, at: time))],
              faults: [ServiceFault(service: "s0", words: "x")]), at: time, facts: facts))
      }
    }
    take(stages.elapse(at: 200, facts: facts))
    let written = rows
    try await ledger.transaction { transaction throws(LedgerError) in
      try written.write(in: transaction)
      try AlertRenaming.rename(service: "s0", of: NodeNumber(1), to: "new", in: transaction)
      try AlertRenaming.remove(NodeNumber(2), in: transaction)
      try AlertRenaming.remove([SeriesNumber(200)], in: transaction)
    }
    let contents = try await ledger.read { transaction throws(LedgerError) in
      try AlertContents.read(at: 200, in: transaction)
    }
    #expect(contents.incidents.map(\.place) == [.service(NodeNumber(1), "new")])
    #expect(contents.told.count == 1 && contents.standings.count == 1)
    #expect(contents.faults.keys.map(\.service) == ["new"])
    #expect(contents.states.keys.map(\.raw) == [100])
  }
}
