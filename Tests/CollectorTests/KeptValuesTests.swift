import EventLoop
import RRD
import Recording
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// `apus-collector poll` where munin.conf has `rrd_write behind`: a process for each poll, which leaves its values to the next ones.
@Suite struct KeptValuesTests {
  private static let load = TestNode.Service(
    "load", "graph_title Load\nload.label load\n", "load.value 0.5\n")

  @Test func aPollLeavesItsValuesToTheNextOnes() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load], name: "web01")
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "rrd_write behind")
      let file = station.file("g/web01-load-load-g.rrd")
      await station.poll()
      // The first values make the file.
      #expect(try await station.writer.lastUpdate(file) == station.clock.epoch)
      var lasts: Set<Int> = []
      for _ in 1...25 {
        try await station.restart()
        await station.poll()
        let last = try await station.writer.lastUpdate(file)
        lasts.insert(last)
        #expect(station.clock.epoch - last < 3600)
      }
      // Once an hour, and nothing is left out.
      #expect((3...4).contains(lasts.count))
      let last = try #require(lasts.max())
      let rows = try await station.writer.fetch(
        file, .average, start: Station.noon + 300, end: last - 300, resolution: 300)
      #expect(rows.values.count >= 12 && rows.values.allSatisfy { $0 == 0.5 })
    }
  }

  /// What a rename asks for.
  @Test func aPollCanWriteAllThatWaits() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load], name: "web01")
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "rrd_write behind")
      for _ in 1...3 {
        await station.poll()
        try await station.restart()
      }
      station.clock.advance(by: .seconds(300))
      _ = await station.collector.pollOnce(writesAll: true)
      #expect(station.collector.recorder.waiting.rows == 0)
      let file = station.file("g/web01-load-load-g.rrd")
      #expect(try await station.writer.lastUpdate(file) == station.clock.epoch)
    }
  }

  /// A collector that stays brings what is left into the files.
  @Test func whatIsLeftIsWrittenByACollectorThatStays() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load], name: "web01")
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "rrd_write behind")
      let file = station.file("g/web01-load-load-g.rrd")
      for _ in 1...2 {
        await station.poll()
        try await station.restart()
      }
      let before = try await station.writer.lastUpdate(file)
      await station.collector.finish()
      let after = try await station.writer.lastUpdate(file)
      #expect(after == station.clock.epoch && after >= before)
    }
  }
}
