import Ledger
import Limits
import MuninWire
import Testing

@testable import Incidents

@Suite struct IncidentBookTests {
  private let node = NodeNumber(1)

  private func ledger() async throws -> Ledger {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(IncidentTables.migrations)
    return ledger
  }

  /// The fourth failure in a row is told, and the first answer after that.
  @Test func aNodeIsLostAndFoundOnce() {
    var book = IncidentBook()
    let story = ["down", "down", "down", "down", "down", nil, nil, "down", nil]
    let told = story.enumerated().map { time, trouble in
      book.observe(trouble, of: node, now: time * 300, tolerated: 3)
    }
    #expect(
      told == [
        nil, nil, nil, .lost(trouble: "down", since: 0), nil, .found(after: 1500), nil, nil, nil,
      ])
    #expect(book[node].lastAnswer == 2400 && book[node].trouble == nil)
    #expect(book[NodeNumber(2)] == Reachability())
  }

  @Test func anIncidentIsOpenUntilItIsEnded() {
    var book = IncidentBook()
    #expect(!book.hasOpen(on: node))
    #expect(book.set("thread", of: 7, on: node) && !book.set("thread", of: 7, on: node))
    #expect(book.thread(of: 7, on: node) == "thread" && book.thread(of: 0, on: node) == nil)
    #expect(book.hasOpen(on: node))
    #expect(book.set(nil, of: 7, on: node) && !book.set(nil, of: 7, on: node))
    #expect(!book.hasOpen(on: node))
  }

  @Test func whatIsStoredComesBack() async throws {
    let ledger = try await ledger()
    var state = FieldState()
    let rules = Rules(thresholds: Thresholds(critical: Bounds(max: 10)))
    let reading = try #require(Reading("12"))
    let judged = state.judge(Sample(reading, at: 100), now: 100, by: rules)
    let change = try #require(judged)
    var rows = IncidentRows(node: node)
    rows.reach = Reachability(
      lastAnswer: 5, trouble: "t", troubleSince: 6, missed: 7, isAnnounced: true)
    rows.states = [(SeriesNumber(3), state)]
    rows.changes = [LevelChange(series: SeriesNumber(3), change: change)]
    rows.incidents = [(0, "of the node"), (9, "of a graph")]
    // Twice, as after a commit that was kept although it reported an error.
    for _ in 0..<2 {
      let rows = rows
      try await ledger.transaction { transaction throws(LedgerError) in
        try rows.write(in: transaction)
      }
    }
    let stored = try await ledger.read { transaction throws(LedgerError) in
      try IncidentTables.read(in: transaction)
    }
    #expect(stored.states == [SeriesNumber(3): state])
    #expect(stored.reach == [node: try #require(rows.reach)])
    #expect(stored.incidents == [node: [0: "of the node", 9: "of a graph"]])
    let changes = try await ledger.read { transaction throws(LedgerError) in
      try transaction.query("SELECT series, old, new, since, at, value FROM change").map(\.values)
    }
    #expect(changes == [[3, 0, 3, 100, 100, .real(12)]])
    let book = IncidentBook(stored)
    #expect(book.thread(of: 9, on: node) == "of a graph" && book[node].missed == 7)
  }
}
