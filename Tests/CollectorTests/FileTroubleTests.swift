import EventLoop
import Glibc
import RRD
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Files that take no values are named everywhere, and the node is shown as ever.
@Suite(.timeLimit(.minutes(1))) struct FileTroubleTests {
  private static let load = TestNode.Service(
    "load", "graph_title Load\na.label a\nb.label b", "a.value 1\nb.value 2")

  /// A folder in the file's place is what even root cannot write to.
  @Test func oneOfTwoFilesCannotBeWritten() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "rrd_write direct")
      await station.poll()
      #expect(station.collector.snapshot().storageTroubles == [])
      let file = station.file("g/web01-load-a-g.rrd")
      rename(file, file + ".away")
      mkdir(file, 0o755)
      await station.poll()
      let snapshot = station.collector.snapshot()
      #expect(snapshot.storageTroubles.count == 1)
      #expect(snapshot.storageTroubles.first?.contains(file) == true)
      #expect(snapshot.nodes.map { $0.trouble == nil && $0.graphs.count == 1 } == [true])
      #expect(snapshot.nodes[0].findings == snapshot.storageTroubles)
      #expect(station.logged.contains { $0.contains("recording: ") && $0.contains(file) })
      #expect(snapshot.lost.total == 0)
      rmdir(file)
      rename(file + ".away", file)
      // A file that could not be written is tried again after a pause.
      await station.poll()
      await station.poll()
      #expect(station.collector.snapshot().storageTroubles == [])
      #expect(station.collector.snapshot().nodes[0].findings == [])
      let rows = try await station.rows(
        "g/web01-load-a-g.rrd", from: Station.noon, to: Station.noon + 1200)
      #expect(rows.prefix(4) == [1, 1, 1, 1])
    }
  }

  @Test func aDamagedFileThatWasSetAsideIsNamed() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "rrd_write direct")
      await station.poll()
      let file = station.file("g/web01-load-a-g.rrd")
      truncate(file, 0)
      await station.poll()
      let snapshot = station.collector.snapshot()
      #expect(snapshot.storageTroubles == [])
      #expect(snapshot.nodes[0].findings.count == 1)
      #expect(snapshot.nodes[0].findings.first?.contains("set aside as \(file).damaged-") == true)
      #expect(try await station.writer.lastUpdate(file) == Station.noon + 600)
    }
  }
}
