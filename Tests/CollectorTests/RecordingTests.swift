import EventLoop
import Inventory
import Ledger
import Limits
import MuninWire
import RRD
import Recording
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// From a node's answer to its RRD files, and what hinders nobody else.
@Suite(.timeLimit(.minutes(1))) struct RecordingTests {
  private static let load = TestNode.Service(
    "load", "graph_title Load\nload.label load", "load.value 0.37")

  @Test func valuesArriveInTheirFiles() async throws {
    try await onTestLoop {
      let node = try TestNode([
        Self.load,
        .init(
          "cpu", "graph_title CPU\nuser.label u\nuser.type DERIVE\nuser.min 0", "user.value 1000"),
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      let first = await station.poll()
      #expect(first.nodes == 1 && first.silent == 0 && first.services == 2 && first.values == 2)
      node.says("load", "load.value 0.5")
      node.says("cpu", "user.value 1600")
      await station.poll()
      await station.poll()
      #expect(
        station.scratch.files(below: "db", ending: ".rrd") == [
          "g/web01-cpu-user-d.rrd", "g/web01-load-load-g.rrd",
        ])
      let end = Station.noon + 900
      #expect(try await station.writer.lastUpdate(station.file("g/web01-load-load-g.rrd")) == end)
      #expect(
        try await station.rows("g/web01-load-load-g.rrd", from: Station.noon, to: end)
          .prefix(3) == [0.37, 0.5, 0.5])
      #expect(
        try await station.rows("g/web01-cpu-user-d.rrd", from: Station.noon, to: end)
          .prefix(3) == [nil, 2, 0])
      let info = try await station.writer.info(station.file("g/web01-cpu-user-d.rrd"))
      #expect(info["step"] == "300" && info["ds[42].minimal_heartbeat"] == "600")
      #expect(info["ds[42].type"] == "\"DERIVE\"" && info["rra[0].rows"] == "576")
      #expect(station.logged == [])
    }
  }

  /// Killed between the commit and the files: the value and the crossing are both there at the next start, once.
  @Test func aKillAfterTheCommitLosesNothing() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("load", "graph_title Load\nload.label load\nload.critical 10", "load.value 12")
      ])
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: "contact.admin.email admin@example.com\nhold 1 of 1")
      station.clock.advance(by: .seconds(300))
      await station.collector.visit(station.collector.nodes[0])
      #expect(station.scratch.files(below: "db", ending: ".rrd") == [])
      try await station.restart()
      station.clock.advance(by: .seconds(10))
      await station.collector.tellDue()
      #expect(try await station.subjects() == ["[CRITICAL] web01 load: load 12, limit 10"])
      #expect(station.collector.snapshot().nodes[0].graphs[0].level == .critical)
      node.says("load", "load.value 13")
      await station.poll()
      #expect(
        try await station.rows(
          "g/web01-load-load-g.rrd", from: Station.noon, to: Station.noon + 600
        ).prefix(2) == [12, 13])
      #expect(try await station.subjects().count == 1)
      let waiting = try await station.ledger.read { transaction throws(LedgerError) in
        try transaction.query("SELECT count(*) FROM journal")[0][0].integer
      }
      #expect(waiting == 0)
    }
  }

  /// A host that munin.conf no longer names: what was recorded of it still goes into its files.
  @Test func valuesOfAFormerHostAreWritten() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      station.clock.advance(by: .seconds(300))
      await station.collector.visit(station.collector.nodes[0])
      try await station.restart(with: [])
      await station.poll()
      #expect(
        station.scratch.files(below: "db", ending: ".rrd") == ["g/web01-load-load-g.rrd"])
      #expect(
        try await station.writer.lastUpdate(station.file("g/web01-load-load-g.rrd"))
          == Station.noon + 300)
    }
  }

  /// munin makes a file for each field of a service that is fetched, whether the fetch has values or fails.
  @Test func aFieldWithoutAValueHasAFile() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("part", "graph_title P\na.label a\nb.label b\nb.type COUNTER", "a.value 1"),
        .init("none", "graph_title N\nx.label x", "# Bad exit"),
        .init("dirty", "graph_title D\na.label a\na.value 3\nb.label b", ""),
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      // The order to make them survives a kill, as the values do.
      station.clock.advance(by: .seconds(300))
      await station.collector.visit(station.collector.nodes[0])
      #expect(station.scratch.files(below: "db", ending: ".rrd") == [])
      try await station.restart()
      await station.poll()
      #expect(
        station.scratch.files(below: "db", ending: ".rrd") == [
          "g/web01-dirty-a-g.rrd", "g/web01-dirty-b-g.rrd", "g/web01-none-x-g.rrd",
          "g/web01-part-a-g.rrd", "g/web01-part-b-c.rrd",
        ])
      let empty = station.file("g/web01-part-b-c.rrd")
      #expect(try await station.writer.lastUpdate(empty) == Station.noon)
      #expect(try await station.writer.info(empty)["ds[42].type"] == "\"COUNTER\"")
      // The first value goes into it.
      node.says("part", "a.value 1\nb.value 5")
      await station.poll()
      #expect(try await station.writer.lastUpdate(empty) == Station.noon + 900)
    }
  }

  @Test func valuesWithTimesGoToTheirTimes() async throws {
    try await onTestLoop {
      let noon = Station.noon
      let node = try TestNode([
        .init(
          "probe", "graph_title P\na.label a\nb.label b",
          "a.value \(noon):1\nb.value \(noon):5\na.value \(noon + 300):2\nb.value \(noon + 300):U\n"
            + "a.value \(noon + 600):3\nb.value \(noon + 600):7")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      let report = await station.poll(after: 600)
      #expect(report.values == 6)
      #expect(
        try await station.rows("g/web01-probe-a-g.rrd", from: noon - 300, to: noon + 600)
          .prefix(3) == [1, 2, 3])
      #expect(
        try await station.rows("g/web01-probe-b-g.rrd", from: noon - 300, to: noon + 600)
          .prefix(3) == [5, nil, 7])
      // The same times once more, with other values: not newer, not taken.
      node.says("probe", "a.value \(noon + 600):99\na.value \(noon + 900):4")
      await station.poll()
      #expect(
        try await station.rows("g/web01-probe-a-g.rrd", from: noon - 300, to: noon + 900)
          .prefix(4) == [1, 2, 3, 4])
      #expect(station.logged == [])
    }
  }

  /// One wrong clock must not close a file for years.
  @Test func timesFromTheFutureAreRefused() async throws {
    try await onTestLoop {
      let noon = Station.noon
      let node = try TestNode([
        .init(
          "probe", "graph_title P\na.label a\na.warning 10",
          "a.value \(noon + 86_400 * 365):50\na.value \(noon + 300):1")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      #expect(
        try await station.writer.lastUpdate(station.file("g/web01-probe-a-g.rrd")) == noon + 300)
      node.says("probe", "a.value \(1 << 40):50")
      await station.poll()
      node.says("probe", "a.value 2")
      await station.poll()
      #expect(
        try await station.writer.lastUpdate(station.file("g/web01-probe-a-g.rrd")) == noon + 900)
      #expect(try await station.subjects() == [])
    }
  }

  @Test func timesOfLongAgoDoNoHarm() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("probe", "graph_title P\na.label a", "a.value 0:1\na.value 1:2")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      node.says("probe", "a.value 3")
      await station.poll()
      #expect(
        station.logged == [
          "g;web01: graph probe: a: impossible time stamps (is the node's clock right?), values not kept",
          "g;web01: graph probe: resolved",
        ])
      #expect(
        try await station.writer.lastUpdate(station.file("g/web01-probe-a-g.rrd"))
          == Station.noon + 600)
    }
  }

  /// Thousands of values in any order: time in proportion to their number.
  @Test func valuesInAnyOrderAreFoundQuickly() async throws {
    try await onTestLoop {
      let names = (0..<5000).map { "field\($0)" }
      let graph = Graph(name: "big", fields: names.map { Field(name: $0) })
      let station = try await Station([])
      let layout = GraphLayout(graph, host: HostSettingsOf.plain, settings: station.settings)
      var news = DescriptionNews()
      let record = GraphRecord(
        layout.form, service: "big", series: NodeSeries(node: NodeNumber(1), book: NumberBook()),
        fileStart: "/db/g/web01", &news)
      var fetched = FetchedGraph(name: "big")
      for round in 0..<10 {
        for name in names.reversed() {
          fetched.values.append(
            FetchedValue(field: name, reading: Reading("\(1_700_000_000 + round):1")!))
        }
      }
      fetched.extinfo = names.reversed().map { Attribute($0, "text") }
      var intake = Intake(time: 1_700_000_100)
      let began = ContinuousClock.now
      record.record(fetched, readTime: 1_700_000_100, now: 1_700_000_100, into: &intake)
      #expect(intake.journal.count == 50_000)
      // 50 000 searches among 5000 names take half a minute in a debug build.
      #expect(ContinuousClock.now - began < .seconds(6))
    }
  }

  /// As with munin-update, which keeps them for one run.
  @Test func whatAPluginNoLongerSaysOfAFieldIsForgotten() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("web", "graph_title W\na.label a\nb.label b", "a.value 1\nb.value 1")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      @LoopActor func words() -> [String?] {
        station.collector.snapshot().nodes[0].graphs[0].fields.map(\.extinfo)
      }
      await station.poll()
      #expect(words() == [nil, nil])
      node.says("web", "a.value 0\na.extinfo no master process\nb.value 1\nb.extinfo slow")
      await station.poll()
      #expect(words() == ["no master process", "slow"])
      node.says("web", "a.value 1\nb.value 1\nb.extinfo slow")
      await station.poll()
      #expect(words() == [nil, "slow"])
      node.says("web", "a.value 1\nb.value 1")
      await station.poll()
      #expect(words() == [nil, nil])
    }
  }

  /// A slow plugin is asked when it is due, and at once again when it failed.
  @Test func aPluginsOwnRateIsKept() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("slow", "graph_title S\nupdate_rate 900\na.label a", "a.value 1"), Self.load,
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      for _ in 0..<7 { await station.poll() }
      #expect(node.requests.count { $0 == "fetch slow" } == 3)
      #expect(node.requests.count { $0 == "fetch load" } == 7)
      // Until it is fetched again at the beginning of its period.
      var polls = 0
      while node.requests.count(where: { $0 == "fetch slow" }) == 3 {
        await station.poll()
        polls += 1
      }
      #expect(polls <= 3)
      node.says("slow", "# Timed out")
      for _ in 0..<2 { await station.poll() }
      #expect(node.requests.count { $0 == "fetch slow" } == 4)
      for _ in 0..<3 { await station.poll() }
      #expect(node.requests.count { $0 == "fetch slow" } == 7)
    }
  }

  @Test func aHangingNodeNeverDelaysAnother() async throws {
    try await onTestLoop {
      let good = try TestNode([Self.load], name: "good")
      let bad = try TestNode([Self.load], name: "bad")
      defer { good.close() }
      defer { bad.close() }
      bad.mood = .hangs(at: "fetch load")
      let station = try await Station([("g;bad", bad), ("g;good", good)])
      station.clock.advance(by: .seconds(300))
      let cycle = EventLoop.start { await station.collector.pollOnce() }
      try await until("the good node's answer") {
        station.scratch.files(below: "db", ending: ".rrd") == ["g/good-load-load-g.rrd"]
      }
      try await until("the hang") { bad.requests.contains("fetch load") }
      station.clock.advance(by: .seconds(181))
      let report = await cycle.value
      #expect(report.nodes == 1 && report.silent == 1)
      #expect(
        station.logged.contains { $0.hasPrefix("g;bad: 127.0.0.1:") && $0.contains("no answer") })
      let snapshot = station.collector.snapshot()
      #expect(snapshot.nodes.map { $0.trouble == nil } == [false, true])
    }
  }

  /// The log tells what is odd once, and not that it is over while it goes on.
  @Test func anOddConfigIsToldOnce() async throws {
    try await onTestLoop {
      let node = try TestNode([.init("odd", "graph_title O\n9x.label l", "_x.value 1")])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      for _ in 0..<3 { await station.poll() }
      #expect(
        station.logged == ["g;web01: replies: config odd: line 2: field name '9x' taken as '_x'"])
      node.services[0] = Self.load
      await station.poll()
      #expect(station.logged.last == "g;web01: replies: resolved")
    }
  }

  /// Two plugins give a graph of one name: the first has it, whatever the other says later.
  @Test func aGraphBelongsToThePluginThatBroughtItFirst() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("a", "multigraph shared\ngraph_title A\nx.label x", "multigraph shared\nx.value 1"),
        .init("b", "multigraph shared\ngraph_title B\nx.label x", "multigraph shared\nx.value 2"),
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      #expect(
        station.logged == [
          "g;web01: values of b: graphs not kept: shared (it is a graph of service a)"
        ])
      #expect(station.collector.snapshot().lost.undescribed == 1)
      node.describes("b", "multigraph own\ngraph_title B\nx.label x")
      await station.poll()
      await station.poll()
      let services = station.collector.snapshot().nodes[0].graphs
      #expect(services.map(\.graph.name) == ["own", "shared"])
      #expect(services.last?.graph.title == "A" && services.last?.fields[0].value == 1)
    }
  }

  /// A plugin that prints its newest value first loses none. munin keeps only the newest of them.
  @Test func valuesInAnyOrderOfTheirTimesAreKept() async throws {
    try await onTestLoop {
      func values(_ from: Int, _ times: [Int]) -> String {
        times.map { "load.value \(Station.noon + from + $0 * 100):\($0)\n" }.joined()
          + times.map { "other.value \(Station.noon + from + $0 * 100):\($0)\n" }.joined()
      }
      let node = try TestNode([
        .init(
          "load",
          "graph_title L\nupdate_rate 100\ngraph_data_size custom 1d\nload.label l\nother.label o",
          values(0, [3, 1, 2]))
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      // The last of them come once more, between new ones.
      node.says("load", values(0, [6, 3, 5, 4]))
      await station.poll()
      #expect(station.collector.repeatedValues == 2)
      for field in ["load", "other"] {
        let rows = try await station.rows(
          "g/web01-load-\(field)-g.rrd", from: Station.noon, to: Station.noon + 600)
        #expect(rows.compactMap { $0 } == [1, 2, 3, 4, 5, 6], "\(field)")
      }
      #expect(station.logged == [])
    }
  }

  /// In the names of files the dots of nested graphs are dashes: two graphs of one node would write the same files.
  @Test(arguments: [["a-b", "a.b"], ["a.b", "a-b"], ["a.b-c", "a-b.c"]])
  func twoGraphsNeverShareAFile(names: [String]) async throws {
    try await onTestLoop {
      func config(_ name: String) -> String { "multigraph \(name)\ngraph_title T\nx.label x\n" }
      let node = try TestNode([
        .init(
          "a", names.map(config).joined(),
          "multigraph \(names[0])\nx.value 1\nmultigraph \(names[1])\nx.value 2")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      for _ in 0..<2 { await station.poll() }
      await station.collector.finish()
      #expect(
        station.logged.first
          == "g;web01: values of a: graphs not kept: \(names[1]) (its files would be those of graph \(names[0]))"
      )
      #expect(station.logged.count == 1, "\(station.logged)")
      #expect(station.collector.snapshot().lost.undescribed == 2)
      let files = station.scratch.files(below: "db", ending: ".rrd")
      #expect(files.count == 1, "\(files)")
      let now = station.clock.epoch
      let rows = try await station.rows(files[0], from: now - 600, to: now)
      #expect(rows.compactMap { $0 } == [1, 1])
    }
  }

  /// The advice is given only where the other name can be the cause.
  @Test func aNodeThatListsNothingIsInTrouble() async throws {
    try await onTestLoop {
      let node = try TestNode([], name: "Other.Name")
      defer { node.close() }
      let fact = "lists no service for 'web01'; the node calls itself 'Other.Name'"
      let station = try await Station([("g;web01", node)])
      await station.poll()
      #expect(station.logged == ["g;web01: \(fact): 'use_node_name yes' asks for that name"])
      // A node that was polled under this name knows it: its last plugin is gone.
      node.services = [Self.load]
      await station.poll()
      node.services = []
      await station.poll()
      #expect(station.logged.last == "g;web01: \(fact)")
      // Behind one address there are several nodes.
      let both = try await Station([("g;web01", node), ("g;ups01", node)])
      await both.poll()
      #expect(both.logged.sorted().last == "g;web01: \(fact)")
      let own = try TestNode([], name: "web01")
      defer { own.close() }
      let same = try await Station([("g;web01", own)])
      await same.poll()
      #expect(same.logged == ["g;web01: lists no service for 'web01'"])
    }
  }

  /// An overview's summary says the same as a whole view of the node.
  @Test func aSummaryAgreesWithTheView() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "disk",
          "multigraph disk\ngraph_title D\ngraph_category disk\na.label a\na.warning 5\n"
            + "multigraph disk.sda\ngraph_title S\ngraph_category disk\na.label a\na.critical 5",
          "multigraph disk\na.value 9\nmultigraph disk.sda\na.value 9"), Self.load,
        .init("odd", "graph_title O\nx.label x\nx.type COUNTER", "x.value -5"),
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      for _ in 0..<2 { await station.poll() }
      let name = try #require(station.collector.names.first)
      let view = try #require(station.collector.node(name))
      let found = try #require(station.collector.summary(of: name))
      let expected = NodeSummary(view)
      #expect(found.graphCount == 4 && expected.graphCount == 4)
      #expect(found.node.graphs.map(\.graph.name) == ["disk", "disk.sda", "odd"])
      #expect(found.node.graphs.map(\.graph.name) == expected.node.graphs.map(\.graph.name))
      #expect(found.node.graphs.map(\.findings) == expected.node.graphs.map(\.findings))
      #expect(found.node.graphs.map(\.level) == [.warning, .critical, .ok])
      func shown(_ summary: NodeSummary) -> [String] {
        summary.categories.map { "\($0.name) \($0.count) \($0.levels)" }
      }
      #expect(shown(found) == shown(expected))
      #expect(station.collector.graphLevels == [.warning: 1, .critical: 1])
      #expect(station.collector.answers.answering == 1)
      #expect(station.collector.node(NodeName(groups: ["g"], name: "other")) == nil)
    }
  }
}
