import EventLoop
import Limits
import MuninWire
import Notify
import RRD
import Recording
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Other settings for a running collector.
@Suite(.timeLimit(.minutes(1))) struct ReloadTests {
  @LoopActor
  private static func node(_ load: String = "load.value 7") throws -> TestNode {
    try TestNode([.init("load", "graph_title Load\nload.label load", load)])
  }

  @Test func newHostsArePolledAndOthersNoLonger() async throws {
    try await onTestLoop {
      let (first, second) = (try Self.node(), try Self.node())
      defer { first.close() }
      defer { second.close() }
      let station = try await Station([("g;one", first)])
      await station.poll()
      try await station.reload([("g;two", second)])
      let report = await station.poll()
      #expect(report.nodes == 1)
      #expect(first.calls == 1 && second.calls == 1)
      #expect(station.collector.snapshot().nodes.map(\.path) == ["g;two"])
      // What is known of a host is still there when it comes back.
      try await station.reload([("g;one", first), ("g;two", second)])
      let nodes = station.collector.snapshot().nodes
      #expect(nodes.map { $0.graphs.map(\.graph.name) } == [["load"], ["load"]])
    }
  }

  @Test func thresholdsChangeAndStatesStay() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let nodes = [("g;web01", node)]
      let station = try await Station(
        nodes, conf: "contact.a.email a@example.com", more: "load.load.critical 5\n")
      await station.poll()
      #expect(try await station.subjects() == ["[CRITICAL] web01 load: load 7, limit 5"])
      let contact = "dbdir \(station.scratch.path)/db\ncontact.a.email a@example.com\n"
      try await station.reload(nodes, conf: contact, more: "load.load.critical 6\n")
      let field = station.collector.snapshot().nodes[0].graphs[0].fields[0]
      #expect(field.level == .critical && field.critical == ":6")
      await station.poll()
      #expect(try await station.subjects().count == 1)
      try await station.reload(nodes, conf: contact, more: "load.load.critical 10\n")
      await station.poll()
      #expect(try await station.subjects().last?.hasPrefix("[RESOLVED") == true)
    }
  }

  @Test func contactsChange() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let nodes = [("g;web01", node)]
      let station = try await Station(nodes, more: "load.load.critical 5\n")
      try await station.reload(
        nodes, conf: "dbdir \(station.scratch.path)/db\ncontact.new.email new@example.com\n",
        more: "load.load.critical 5\n")
      await station.poll()
      #expect(try await station.mails().map(\.contact) == ["new"])
    }
  }

  /// What waits for the disk was meant for the file of the old type, which is then renamed.
  @Test func aChangedTypeRenamesTheFile() async throws {
    try await onTestLoop {
      let node = try Self.node("load.value 100")
      defer { node.close() }
      let nodes = [("g;web01", node)]
      let station = try await Station(nodes)
      await station.poll()
      station.clock.advance(by: .seconds(300))
      node.says("load", "load.value 200")
      await station.collector.visit(station.collector.nodes[0])
      try await station.reload(nodes, more: "load.load.type DERIVE\nload.load.max 1000\n")
      node.says("load", "load.value 500")
      await station.poll()
      node.says("load", "load.value 800")
      await station.poll()
      let noon = Station.noon
      #expect(station.scratch.files(below: "db", ending: ".rrd") == ["g/web01-load-load-d.rrd"])
      let info = try await station.writer.info(station.file("g/web01-load-load-d.rrd"))
      #expect(info["ds[42].type"] == "\"DERIVE\"" && info["ds[42].max"] == "1.0000000000e+03")
      let rows = try await station.rows("g/web01-load-load-d.rrd", from: noon, to: noon + 1200)
      // librrd forgets the last count with the type.
      #expect(rows.prefix(4) == [100, 200, nil, 1])
      #expect(station.logged == [])
    }
  }

  /// What waits is written at once, and from then on each poll.
  @Test func theTimeOfWritingChanges() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      let file = "g/web01-load-load-g.rrd"
      @LoopActor func visit() async {
        station.clock.advance(by: .seconds(300))
        await station.collector.visit(station.collector.nodes[0])
        station.collector.adopt(await station.collector.recorder.writeDue())
      }
      for _ in 0..<4 { await visit() }
      let before = try await station.writer.lastUpdate(station.file(file))
      #expect(before < Station.noon + 1200)
      let direct = "dbdir \(station.scratch.path)/db\nrrd_write direct\n"
      #expect(try await station.reload([("g;web01", node)], conf: direct) == [])
      await visit()
      #expect(try await station.writer.lastUpdate(station.file(file)) == Station.noon + 1500)
      try await station.reload(
        [("g;web01", node)], conf: direct.replacing("direct", with: "off"))
      await visit()
      #expect(try await station.writer.lastUpdate(station.file(file)) == Station.noon + 1500)
    }
  }

  /// New files have the new size; those that exist stay as they are.
  @Test func aChangedDataSizeIsForNewFiles() async throws {
    try await onTestLoop {
      let (first, second) = (try Self.node(), try Self.node())
      defer { first.close() }
      defer { second.close() }
      let station = try await Station([("g;one", first)])
      await station.poll()
      let changed = try await station.reload(
        [("g;one", first), ("g;two", second)],
        conf: "dbdir \(station.scratch.path)/db\ngraph_data_size huge\n")
      #expect(changed == [])
      await station.poll()
      for (name, rows) in [("one", "576"), ("two", "115200")] {
        let info = try await station.writer.info(station.file("g/\(name)-load-load-g.rrd"))
        #expect(info["rra[0].rows"] == rows, "\(name)")
      }
    }
  }

  /// Files, ledger and schedule were made for the old ones.
  @Test func whatTakesEffectAtAStartIsNamedAndKept() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      let changed = try await station.reload(
        [("g;web01", node)],
        conf: """
          dbdir \(station.scratch.path)/other
          update_rate 60
          graph_data_size custom 1d
          web_listen none
          web_url https://munin.example.com
          pid_file /run/x.pid

          """)
      #expect(changed == ["dbdir", "update_rate", "web_listen", "web_url", "pid_file"])
      await station.poll()
      #expect(station.scratch.files(below: "db", ending: ".rrd") == ["g/web01-load-load-g.rrd"])
      #expect(station.scratch.files(below: "other", ending: ".rrd") == [])
      #expect(station.collector.snapshot().updateRate == 300)
      let info = try await station.writer.info(station.file("g/web01-load-load-g.rrd"))
      #expect(info["step"] == "300")
      #expect(try await station.reload([("g;web01", node)]) == [])
    }
  }

  /// A node whose key cannot be read is shown as one that cannot be polled, and is not asked.
  @Test func aNodeWithAnObstacleIsNotAsked() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      var settings = station.settings
      settings.hosts[0].obstacle = "tls enabled: cannot read tls_private_key /k: Permission denied"
      try await station.collector.reload(
        settings, courier: Courier(ledger: station.ledger, smtp: nil))
      await station.poll()
      #expect(node.calls == 0)
      #expect(
        station.logged == [
          "g;web01: tls enabled: cannot read tls_private_key /k: Permission denied"
        ])
      #expect(station.collector.snapshot().nodes[0].trouble?.hasPrefix("tls enabled: ") == true)
    }
  }

  /// A collector that runs polls a new host at once, and ends as before.
  @Test func aRunningCollectorTakesNewHosts() async throws {
    try await onTestLoop {
      let (first, second) = (try Self.node(), try Self.node())
      defer { first.close() }
      defer { second.close() }
      let station = try await Station([("g;one", first)])
      let work = EventLoop.start { await station.collector.run { _ in } }
      try await until("the first host's poll") { first.requests.contains("quit ") }
      try await station.reload([("g;one", first), ("g;two", second)])
      try await until("the second host's poll") { second.requests.contains("quit ") }
      #expect(first.calls == 1)
      try await station.reload([("g;one", first)])
      // The report, the mails, the recorder, what is to be told, orders, and the next turns of both hosts.
      try await until("all to wait for the clock") { station.clock.waiting == 7 }
      station.clock.advance(by: .seconds(300))
      try await until("the first host's next poll") { first.calls == 2 }
      #expect(second.calls == 1)
      work.cancel()
      await work.value
    }
  }
}
