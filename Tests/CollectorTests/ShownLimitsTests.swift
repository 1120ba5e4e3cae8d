import EventLoop
import MuninWire
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Limits as pages and pictures have them.
@Suite struct ShownLimitsTests {
  @Test func sharesAreNumbersInPicturesAndOnPages() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "df",
          "graph_title Disks\nroot.label root\nroot.max 100\nroot.warning :92%\nused.label used\n"
            + "used.critical 80% of 16Ki\nused.warning 50% of total\ntotal.label total\ngrows.label grows",
          "root.value 5\nused.value 5\ntotal.value 20\ngrows.value 1")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)], more: "df.grows.rate :5/min\n")
      await station.poll()
      let view = try #require(station.collector.snapshot().nodes.first?.graphs.first)
      #expect(view.fields.map(\.warning) == [":92", ":50% of total", nil, nil])
      #expect(view.fields.map(\.critical) == [nil, ":13107.2", nil, nil])
      #expect(view.fields.map(\.isJudged) == [true, true, false, true])
      let drawn = view.plain { _ in true }.graph
      #expect(drawn.field("root")?.warning == ":92")
      #expect(drawn.field("used")?.critical == ":13107.2")
    }
  }
}
