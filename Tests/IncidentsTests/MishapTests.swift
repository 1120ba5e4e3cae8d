import Ledger
import Limits
import Testing
import Text

@testable import Incidents

/// Polls that brought nothing, as they are counted.
@Suite struct MishapTests {
  private func ledger() async throws -> Ledger {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(IncidentTables.migrations + AlertTables.migrations)
    return ledger
  }

  private func write(_ mishaps: [Mishap], to ledger: Ledger) async throws {
    var rows = AlertRows()
    rows.mishaps = mishaps
    let written = rows
    #expect(!written.isEmpty)
    try await ledger.transaction { transaction throws(LedgerError) in
      try written.write(in: transaction)
    }
  }

  private func sources(_ ledger: Ledger, _ since: Int, _ until: Int) async throws -> DigestSources {
    try await ledger.read { transaction throws(LedgerError) in
      try DigestSources.read(since: since, until: until, in: transaction)
    }
  }

  private let start = 1_700_006_400

  @Test func aPollThatIsWrittenTwiceCountsOnce() async throws {
    let ledger = try await ledger()
    let node = NodeNumber(1)
    for time in [start + 10, start + 10, start + 310, start + 1510] {
      try await write(
        [
          Mishap(node: node, service: "df", .failed, at: time, words: "# Timed out \(time - start)")
        ],
        to: ledger)
    }
    try await write([Mishap(node: node, .missed, at: start + 20, words: "refused")], to: ledger)
    let found = try await sources(ledger, start, start + 3600).mishaps
    #expect(found.map(\.count) == [3, 1] && found.map(\.service) == ["df", ""])
    #expect(found[0].words == "# Timed out 1510" && found[0].last == start + 1510)
  }

  /// A digest at seven past tells what happened up to then, and no later one tells it again.
  @Test func aDigestTellsOfItsOwnTimeOnly() async throws {
    let ledger = try await ledger()
    let digest = ContactRules("a", digest: .daily(8 * 3600 + 420))
    let midnight = start - floorMod(start, 86_400)
    let times = CountingTimes([digest, ContactRules("b")], at: start)
    let until = midnight + 8 * 3600 + 420
    try await write(
      [-700, -60, -1, 0, 30, 470].map {
        Mishap(
          node: NodeNumber(1), service: "df", .failed, at: until + $0, words: "", by: times)
      }, to: ledger)
    let first = try await sources(ledger, until - 86_400, until).mishaps.map(\.count)
    let second = try await sources(ledger, until, until + 86_400).mishaps.map(\.count)
    #expect(first == [3] && second == [3])
    #expect(CountingTimes([], at: start) == .quarters)
  }

  /// Digests one after the other tell each quarter of an hour once.
  @Test func noQuarterOfAnHourIsToldTwiceOrLost() async throws {
    let ledger = try await ledger()
    let times = stride(from: start, to: start + 40_000, by: 170)
    try await write(
      times.map { Mishap(node: NodeNumber(7), service: "a", .failed, at: $0, words: "") },
      to: ledger)
    var (count, since) = (0, start)
    for step in [100, 3501, 7200, 1, 899, 12_000, 30_000] {
      count += try await sources(ledger, since, since + step).mishaps.reduce(0) { $0 + $1.count }
      since += step
    }
    #expect(count == times.underestimatedCount)
  }

  @Test func watchedTimeIsCutAtTheSpan() async throws {
    let ledger = try await ledger()
    try await ledger.transaction { [start] transaction throws(LedgerError) in
      try WatchedSpan(began: start - 500, ended: start + 100).write(in: transaction)
      try WatchedSpan(began: start + 400, ended: start + 9000).write(in: transaction)
    }
    #expect(try await sources(ledger, start, start + 1000).watched == 700)
    #expect(try await sources(ledger, start, start).watched == 0)
  }

  @Test func renamedAndForgottenServicesKeepOrLoseTheirCounts() async throws {
    let ledger = try await ledger()
    let node = NodeNumber(1)
    try await write(
      [Mishap(node: node, service: "old", .failed, at: start, words: "")], to: ledger)
    try await ledger.transaction { transaction throws(LedgerError) in
      try AlertRenaming.rename(service: "old", of: node, to: "new", in: transaction)
    }
    #expect(try await sources(ledger, start, start + 1000).mishaps.map(\.service) == ["new"])
    try await ledger.transaction { transaction throws(LedgerError) in
      try AlertRenaming.remove(node, in: transaction)
    }
    #expect(try await sources(ledger, start, start + 1000).mishaps.isEmpty)
  }
}
