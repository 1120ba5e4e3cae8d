import EventLoop
import Ledger
import MuninWire
import TestSupport
import Testing

@testable import Inventory

/// What appeared and what is gone, for digests.
@Suite struct InventoryNewsTests {
  private static let load = Array("graph_title Load\nload.label load\n".utf8)

  @Test func newAndGoneServicesAreFoundByTheirTimes() async throws {
    try await onTestLoop {
      let ledger = try Ledger(path: ":memory:")
      try await ledger.migrate(InventoryTables.migrations)
      let book = NumberBook()
      let config = ServiceConfig(
        Self.load.span, ConfigAnswer(Self.load.span, service: "load"), service: "load")
      @LoopActor func write(at time: Int) async throws {
        guard let rows = book.takeNews(at: time) else { return }
        try await ledger.transaction { transaction throws(LedgerError) in
          try rows.write(in: transaction)
        }
      }
      let start = 1_700_000_000
      let web = book.node("g;web01")
      book.describe("load", config, of: web)
      try await write(at: start)
      book.describe("df", config, of: web)
      let new = book.node("g;web02")
      book.describe("load", config, of: new)
      try await write(at: start + 10_000)
      book.describe("swap", config, of: new)
      book.ended("load", of: web)
      let late = book.node("g;web03")
      try await write(at: start + 11_000)
      for service in ["load", "df", "swap"] { book.describe(service, config, of: late) }
      try await write(at: start + 30_000)
      func news(_ since: Int, _ until: Int, from first: Int = 1) async throws -> [String] {
        try await ledger.read { transaction throws(LedgerError) in
          try InventoryNews.all(
            since: start + since, until: start + until, start: start + first, arrival: 1000,
            in: transaction
          ).map { found in
            let node = found.node == web ? "web01" : found.node == new ? "web02" : "web03"
            return found.service.map { "\(node) \($0) \(found.isGone)" }
              ?? "\(node) with \(found.services)"
          }
        }
      }
      // The services of a node that has just come are no news of their own.
      #expect(
        try await news(0, 20_000) == ["web02 with 2", "web01 df false", "web01 load true"])
      #expect(try await news(10_001, 20_000) == ["web01 load true"])
      #expect(try await news(11_001, 20_000) == [])
      #expect(try await news(0, 11_000) == ["web02 with 1", "web01 df false"])
      // A node that has not answered for hours is new when it does.
      #expect(try await news(20_000, 40_000) == ["web03 with 3"])
      // At the first start everything is new; what is gone is told.
      #expect(try await news(-1, 20_000, from: 10_500) == ["web01 load true"])
    }
  }
}
