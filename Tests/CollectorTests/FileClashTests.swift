import EventLoop
import MuninWire
import RRD
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Two nodes whose files would have the same names: `web` with service `01-load`, and `web-01` with `load`.
@Suite(.timeLimit(.minutes(1))) struct FileClashTests {
  private static let file = "g/web-01-load-x-g.rrd"

  @LoopActor private static func node(_ services: [(String, Int)]) throws -> TestNode {
    try TestNode(
      services.map {
        // Only the names that plugins give their graphs keep their dashes.
        .init(
          "plugin_\($0.0.suffix(4))",
          "multigraph \($0.0)\ngraph_title T\nx.label x\nx.critical 100",
          "multigraph \($0.0)\nx.value \($0.1)")
      })
  }

  /// The values that the file has from the polls.
  @LoopActor private static func values(_ station: Station) async throws -> Set<Double> {
    let rows = try await station.rows(
      file, from: Station.noon, to: station.clock.epoch - station.clock.epoch % 300)
    return Set(rows.compactMap { $0 })
  }

  /// The one that is first has the file, also after a restart in which the other one is first.
  @Test(arguments: [false, true]) func theFirstKeepsItsHistory(isShortFirst: Bool) async throws {
    try await onTestLoop {
      let short = try Self.node([("01-load", 1), ("other", 1)])
      let long = try Self.node([("load", 2), ("other", 2)])
      defer { short.close() }
      defer { long.close() }
      let all = [("g;web", short), ("g;web-01", long)]
      let first = isShortFirst ? [all[0]] : [all[1]]
      let station = try await Station(first)
      for _ in 0..<3 { await station.poll() }
      try await station.reload(all)
      for _ in 0..<3 { await station.poll() }
      let loser = isShortFirst ? "g;web-01" : "g;web"
      let words =
        isShortFirst
        ? "values of plugin_load: graphs not kept: load (its files would be those of graph 01-load of node g;web)"
        : "values of plugin_load: graphs not kept: 01-load (its files would be those of graph load of node g;web-01)"
      #expect(station.logged.contains("\(loser): \(words)"), "\(station.logged)")
      let view = station.collector.snapshot().nodes.first { $0.path == loser }
      #expect(view?.findings.contains(words) == true, "\(view?.findings ?? [])")
      #expect(view?.graphs.map(\.graph.name) == ["other"])
      try await station.restart(with: all)
      for _ in 0..<3 { await station.poll() }
      #expect(try await Self.values(station) == [isShortFirst ? 1 : 2])
      // Both orders of munin.conf: what was not recorded before is not now.
      try await station.restart(with: all.reversed())
      for _ in 0..<2 { await station.poll() }
      #expect(try await Self.values(station) == [isShortFirst ? 1 : 2])
    }
  }

  /// Where the other graph is gone, the history goes on with the one that is left.
  @Test func theOtherIsRecordedOnceTheFirstIsGone() async throws {
    try await onTestLoop {
      let short = try Self.node([("01-load", 1), ("other", 1)])
      let long = try Self.node([("load", 2), ("other", 2)])
      defer { short.close() }
      defer { long.close() }
      let station = try await Station([("g;web", short), ("g;web-01", long)])
      await station.poll()
      short.services.removeFirst()
      for _ in 0..<8 { await station.poll() }
      let view = station.collector.snapshot().nodes.first { $0.path == "g;web-01" }
      #expect(view?.graphs.map(\.graph.name).contains("load") == true)
      #expect(try await Self.values(station) == [1, 2])
    }
  }

  @Test func namesThatOnlyLookAlikeDoNotClash() async throws {
    try await onTestLoop {
      let one = try Self.node([("load", 1)])
      let two = try Self.node([("load", 2)])
      defer { one.close() }
      defer { two.close() }
      let station = try await Station([("g;web", one), ("g;web-01", two), ("h;web-01", two)])
      await station.poll()
      #expect(station.collector.nodes.map(\.clashes.count) == [1, 1, 0])
      #expect(station.logged == [])
      for file in ["g/web-load-x-g.rrd", "g/web-01-load-x-g.rrd", "h/web-01-load-x-g.rrd"] {
        #expect(try await station.writer.lastUpdate(station.file(file)) == station.clock.epoch)
      }
    }
  }
}
