import EventLoop
import Ledger
import Limits
import MuninWire
import TestSupport
import Testing

@testable import Inventory

/// Numbers of nodes, services and series, and what of them goes into the ledger.
@Suite struct NumberBookTests {
  private static let load = Array("graph_title Load\nload.label load\n".utf8)

  private static func config(_ bytes: [UInt8] = load) -> ServiceConfig {
    ServiceConfig(bytes.span, ConfigAnswer(bytes.span, service: "load"), service: "load")
  }

  private static func ledger() async throws -> Ledger {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(InventoryTables.migrations)
    return ledger
  }

  private static func write(_ rows: InventoryRows?, to ledger: Ledger) async throws {
    guard let rows else { return }
    try await ledger.transaction { transaction throws(LedgerError) in
      try rows.write(in: transaction)
    }
  }

  private static func contents(of ledger: Ledger) async throws -> InventoryTables.Contents {
    try await ledger.read { transaction throws(LedgerError) in
      try InventoryTables.read(in: transaction)
    }
  }

  @Test func numbersGoOnAfterARestart() async throws {
    try await onTestLoop {
      let ledger = try await Self.ledger()
      let book = NumberBook()
      let node = book.node("g;web01")
      let series = NodeSeries(node: node, book: book)
      let one = series.attach(SeriesKey(graph: "load", field: "load"), .gauge)
      let two = series.attach(SeriesKey(graph: "cpu", field: "user"), .derive)
      #expect(one != two && book.node("g;web01") == node)
      try await Self.write(book.takeNews(at: 100), to: ledger)
      #expect(book.takeNews(at: 101) == nil)

      let next = NumberBook()
      let stored = try await Self.contents(of: ledger)
      next.restore(stored)
      #expect(next.node("g;web01") == node)
      #expect(next.node("g;web02") != node)
      let again = NodeSeries(node: node, book: next)
      again.restore(stored.series[node] ?? [])
      #expect(again.attach(SeriesKey(graph: "cpu", field: "user"), .derive) == two)
      let new = again.attach(SeriesKey(graph: "cpu", field: "system"), .derive)
      #expect(![one, two].contains(new))
    }
  }

  /// A field that vanishes and comes back, as another type: the same series.
  @Test func aSeriesOutlivesItsDescription() async throws {
    try await onTestLoop {
      let ledger = try await Self.ledger()
      let book = NumberBook()
      let node = book.node("g;web01")
      let series = NodeSeries(node: node, book: book)
      let key = SeriesKey(graph: "load", field: "load")
      let number = series.attach(key, .gauge)
      try await Self.write(book.takeNews(at: 100), to: ledger)
      series.detach(number, key, .gauge)
      try await Self.write(book.takeNews(at: 200), to: ledger)
      func row() async throws -> [Value] {
        try await ledger.read { transaction throws(LedgerError) in
          try transaction.query("SELECT type, first_seen, gone FROM series")[0].values
        }
      }
      #expect(try await row() == [0, 100, 200])
      #expect(series.attach(key, .derive) == number)
      try await Self.write(book.takeNews(at: 300), to: ledger)
      #expect(try await row() == [1, 100, .null])
    }
  }

  /// What nodes list is kept once for all of them, but for lines so long that few would fill the memory.
  @Test(arguments: [(names: 3, isShared: true), (names: 5000, isShared: false)])
  func equalListsOfTwoNodesAreOne(names: Int, isShared: Bool) async throws {
    try await onTestLoop {
      let book = NumberBook()
      let line = (0..<names).map { "service\($0)" }.joined(separator: " ")
      let first = book.shared(ServiceNames(line))
      let second = book.shared(ServiceNames(line))
      #expect((first === second) == isShared)
      #expect(second.names.count == names && second.all.contains("service2"))
    }
  }

  @Test func equalConfigsOfTwoNodesAreOne() async throws {
    try await onTestLoop {
      let ledger = try await Self.ledger()
      let book = NumberBook()
      let (one, two) = (Self.config(), Self.config())
      #expect(one !== two)
      let first = book.shared(one, of: "load")
      #expect(first === one && book.shared(two, of: "load") === one)
      for path in ["g;web01", "g;web02"] {
        book.describe("load", first, of: book.node(path))
      }
      try await Self.write(book.takeNews(at: 100), to: ledger)
      let stored = try await Self.contents(of: ledger)
      #expect(stored.layouts.count == 1 && stored.services.count == 2)
      #expect(stored.layouts.values.first?.config == Self.load)
      // A service that its node no longer lists is marked, and another config is another layout.
      book.ended("load", of: book.node("g;web02"))
      let other = book.shared(Self.config(Self.load + Array("load.critical 9\n".utf8)), of: "load")
      book.describe("load", other, of: book.node("g;web01"))
      try await Self.write(book.takeNews(at: 200), to: ledger)
      let later = try await Self.contents(of: ledger)
      #expect(later.layouts.count == 2)
      #expect(later.services[book.node("g;web02")]?.first?.gone == 200)
      #expect(later.services[book.node("g;web01")]?.first?.gone == nil)
    }
  }

  /// Of a service whose config changes in each poll the ledger keeps the last ones, and of one that is gone the last.
  @Test func configsThatNoServiceHasAnyMoreAreRemoved() async throws {
    try await onTestLoop {
      let ledger = try await Self.ledger()
      let book = NumberBook()
      let gone = book.shared(Self.config(Self.load + Array("# gone\n".utf8)), of: "load")
      book.describe("load", gone, of: book.node("g;old"))
      book.ended("load", of: book.node("g;old"))
      let node = book.node("g;web01")
      var most = 0
      var last: [UInt8] = []
      for round in 0..<3000 {
        last = Self.load + Array("load.info \(round)\n".utf8)
        let config = book.shared(Self.config(last), of: "load")
        book.describe("load", config, of: node)
        if book.wantsForgetting { book.forgetLayouts(except: [ObjectIdentifier(config)]) }
        try await Self.write(book.takeNews(at: round), to: ledger)
        if round % 500 == 499 {
          most = max(most, try await Self.contents(of: ledger).layouts.count)
        }
      }
      #expect(most < 1100, "\(most)")
      // The next start removes the rest.
      try await ledger.transaction { transaction throws(LedgerError) in
        try InventoryTables.removeUnusedLayouts(in: transaction)
      }
      let left = try await Self.contents(of: ledger)
      #expect(Set(left.layouts.values.map(\.config)) == [gone.bytes, last])
      #expect(left.services[node]?.first?.layout.flatMap { left.layouts[$0] }?.config == last)
    }
  }

  /// A commit that was kept although it reported an error is written again.
  @Test func rowsWrittenTwiceAreThereOnce() async throws {
    try await onTestLoop {
      let ledger = try await Self.ledger()
      let book = NumberBook()
      let series = NodeSeries(node: book.node("g;web01"), book: book)
      _ = series.attach(SeriesKey(graph: "load", field: "load"), .gauge)
      book.describe("load", book.shared(Self.config(), of: "load"), of: series.node)
      let rows = book.takeNews(at: 100)
      try await Self.write(rows, to: ledger)
      try await Self.write(rows, to: ledger)
      let stored = try await Self.contents(of: ledger)
      #expect(stored.names.count == 1 && stored.nodes.count == 1 && stored.layouts.count == 1)
      #expect(stored.series[series.node]?.count == 1)
    }
  }

  /// What a config that brings its values says of its graphs is kept, without the values.
  @Test func valuesAreNoPartOfAConfig() {
    let bytes = Array("graph_title L\nload.label load\nload.value 7\nload.value\t8\n".utf8)
    let config = ServiceConfig(
      bytes.span, ConfigAnswer(bytes.span, service: "load"), service: "load")
    #expect(config.bringsValues)
    #expect(String(decoding: config.bytes, as: UTF8.self) == "graph_title L\nload.label load\n")
    #expect(config.graphs[0].fields[0].readings == [])
    let isSame = config.isSame(as: bytes.span)
    #expect(!isSame)
  }
}
