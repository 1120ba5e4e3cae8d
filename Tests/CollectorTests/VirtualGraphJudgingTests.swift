import EventLoop
import Limits
import MuninWire
import Notify
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Graphs that are made of fields of several nodes: their values, their limits and what is said of members that are missing.
@Suite(.timeLimit(.minutes(1))) struct VirtualGraphJudgingTests {
  @LoopActor
  private static func node(_ load: String = "1", type: String = "GAUGE") throws -> TestNode {
    try TestNode([
      .init(
        "load", "graph_title Load\nload.label load\nload.type \(type)\nload.draw AREA",
        "load.value \(load)")
    ])
  }

  private static let together = """
    [g;Together]
    update no
    added.graph_title Load of all
    added.all.sum web01:load.load g;web02:load.load
    added.all.label all
    added.all.warning 5
    added.all.critical 10
    beside.graph_order one=web01:load.load two=web02:load.load
    beside.two.warning 5
    """

  @LoopActor
  private static func station(
    _ first: TestNode, _ second: TestNode, more: String = together
  ) async throws -> Station {
    try await Station(
      [("g;web01", first), ("g;web02", second)],
      conf: "contact.admin.email admin@example.com\nhold 1 of 1", more: more)
  }

  /// A collector with two nodes, and their values of `load`.
  private static func withStation(
    _ first: String = "1", _ second: String = "1", type: String = "GAUGE", more: String = together,
    _ body: @escaping @LoopActor @Sendable (Station, TestNode, TestNode) async throws -> Void
  ) async throws {
    try await onTestLoop {
      let nodes = (try node(first, type: type), try node(second, type: type))
      defer {
        nodes.0.close()
        nodes.1.close()
      }
      try await body(try await station(nodes.0, nodes.1, more: more), nodes.0, nodes.1)
    }
  }

  @LoopActor
  private static func graph(_ name: String, _ station: Station) -> GraphView? {
    station.collector.snapshot().nodes.first { $0.name == "Together" }?
      .graphs.first { $0.graph.name == name }
  }

  @Test func aLimitOnASumMailsWithItsMembers() async throws {
    try await Self.withStation { station, first, second in
      await station.poll()
      first.says("load", "load.value 4")
      second.says("load", "load.value 3")
      await station.poll()
      first.says("load", "load.value 1")
      await station.poll()
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject) == [
          "[WARNING] Together added: all 7, limit 5",
          "[RESOLVED after 5 min] Together added: all 4, limit 5",
        ])
      try #require(mails.count == 2)
      #expect(
        mails[0].body.contains("all is 7, limit at most 5")
          && mails[0].body.contains("sum of web01:load.load; g;web02:load.load\n"),
        "\(mails[0].body)")
      #expect(mails[1].thread == mails[0].id && mails[0].pictures == 1)
      #expect(
        station.logged.filter { $0.contains("incident") } == [
          "g;Together:added: incident 1: opened, warning",
          "g;Together:added: incident 1: closed, ok",
        ])
    }
  }

  @Test func aLimitOnABorrowedFieldMails() async throws {
    try await Self.withStation("1", "6") { station, first, second in
      await station.poll()
      let mails = try await station.mails()
      // The sum is at 7, too.
      #expect(
        mails.map(\.subject) == ["[WARNING] Together added: all 7, limit 5 · and 1 more"])
      #expect(mails.last?.body.contains("from web02:load.load\n") == true, "\(mails)")
    }
  }

  @Test func aMissingMemberIsNamedAndDoesNotEmptyTheSum() async throws {
    try await Self.withStation("6", "3") { station, first, second in
      await station.poll()
      second.close()
      for _ in 1...3 { await station.poll() }
      let view = try #require(Self.graph("added", station))
      #expect(view.fields.map(\.value) == [6])
      #expect(view.findings == ["all: without g;web02:load.load: no recent value"])
      #expect(
        station.logged.filter { $0.hasPrefix("g;Together: graph added") } == [
          "g;Together: graph added: all: without g;web02:load.load: no recent value"
        ])
      first.says("load", "load.value 12")
      await station.poll()
      let body = try #require(
        try await station.mails().last { $0.subject.contains("Together") }?.body)
      #expect(body.contains("all is 12, limit at most 10"), "\(body)")
      #expect(body.contains("without g;web02:load.load: no recent value\n"), "\(body)")
    }
  }

  /// Nothing of it is left when no member has a value.
  @Test func withoutAnyMemberItIsUnknown() async throws {
    try await Self.withStation { station, first, second in
      await station.poll()
      first.close()
      second.close()
      for _ in 1...7 { await station.poll() }
      let view = try #require(Self.graph("added", station))
      #expect(view.fields.map(\.value) == [nil] && view.fields.map(\.level) == [.unknown])
    }
  }

  @Test func aStateStaysOverARestart() async throws {
    try await Self.withStation("6", "1") { station, first, second in
      await station.poll()
      let before = try await station.subjects()
      try await station.restart()
      await station.poll()
      first.says("load", "load.value 1")
      await station.poll()
      let after = try await station.subjects()
      #expect(after.dropLast() == before[...], "\(after)")
      #expect(after.last?.hasPrefix("[RESOLVED") == true, "\(after)")
    }
  }

  /// While a node has not brought anything since the start its share is missing, and the sum would seem to be low again.
  @Test func aSumWaitsForItsMembersAfterAStart() async throws {
    try await Self.withStation("6", "3") { station, first, second in
      await station.poll()
      let before = try await station.subjects()
      second.close()
      try await station.restart()
      await station.poll()
      let node = try #require(station.collector.nodes.last)
      await station.collector.judgeVirtual(node, waits: true)
      #expect(try await station.subjects().filter { $0.hasPrefix("[RESOLVED") } == [])
      #expect(before.count == 1)
    }
  }

  /// At the first start the nodes are polled one after the other: half a sum would be below a limit.
  @Test func membersThatWereNeverPolledAreWaitedFor() async throws {
    try await Self.withStation("6", "3") { station, first, second in
      let node = try #require(station.collector.nodes.last)
      await station.collector.judgeVirtual(node, waits: true)
      #expect(node.virtualGraphs()["added"]?.isComplete == false)
      let early = try #require(Self.graph("added", station))
      #expect(
        early.findings == [
          "all: without web01:load.load: not polled yet; g;web02:load.load: not polled yet"
        ])
      await station.poll()
      #expect(node.virtualGraphs()["added"]?.isComplete == true)
    }
  }

  @Test func ratesAreAdded() async throws {
    try await Self.withStation("0", "0", type: "DERIVE") { station, first, second in
      await station.poll()
      #expect(Self.graph("added", station)?.fields.map(\.value) == [nil])
      first.says("load", "load.value 300")
      second.says("load", "load.value 600")
      await station.poll()
      #expect(Self.graph("added", station)?.fields.map(\.value) == [3])
      // The first value of a counter is no reason to call anything unknown.
      let subjects = try await station.subjects()
      #expect(subjects == [])
    }
  }

  @Test func whatACdefMakesOfItIsJudged() async throws {
    let more = """
      [g;Together]
      update no
      ratio.graph_order -a=web01:load.load -b=web02:load.load part=web01:load.load
      ratio.part.cdef a,b,/,100,*
      ratio.part.warning 50
      timed.x.sum web01:load.load
      timed.x.cdef x,TIME,+
      timed.x.warning 5
      """
    try await Self.withStation("1", "4", more: more) { station, first, second in
      await station.poll()
      let ratio = try #require(Self.graph("ratio", station))
      #expect(ratio.fields.map(\.value) == [1, 4, 25], "\(ratio)")
      #expect(
        Self.graph("timed", station)?.findings == [
          "x: not judged: its cdef has TIME, which only a picture has"
        ])
      first.says("load", "load.value 3")
      await station.poll()
      #expect(try await station.subjects() == ["[WARNING] Together ratio: part 75, limit 50"])
    }
  }

  /// A node may borrow for its own graph, and munin.conf may add borrowed fields to a node's graph.
  @Test func aNodesOwnGraphMayHaveBorrowedFields() async throws {
    try await onTestLoop {
      let first = try TestNode([
        .init(
          "load",
          "graph_title L\ngraph_order load other=web02:load.load\nload.label load\nload.warning 5",
          "load.value 1\nother.value 77")
      ])
      let second = try Self.node("3")
      defer {
        first.close()
        second.close()
      }
      let station = try await Self.station(
        first, second, more: "[g;web02]\nload.sum.sum load web01:load.load\nload.sum.warning 8\n")
      await station.poll()
      let nodes = station.collector.snapshot().nodes
      let views = nodes.flatMap { node in node.graphs.map { (node.name, $0) } }
      #expect(views.map { $0.1.fields.map(\.name) } == [["load", "other"], ["sum", "load"]])
      #expect(views.map { $0.1.fields.map(\.value) } == [[1, 3], [4, 3]])
      // What a node says under the name of a borrowed field is not kept.
      #expect(!station.scratch.files(below: "db", ending: ".rrd").contains { $0.contains("other") })
      second.says("load", "load.value 8")
      await station.poll()
      #expect(try await station.subjects() == ["[WARNING] web02 load: sum 9, limit 8"])
    }
  }

  /// A graph that is asked for is drawn from the files of the nodes that have them.
  @Test func picturesAreDrawnFromTheMembersFiles() async throws {
    try await Self.withStation { station, first, second in
      await station.poll()
      await station.poll()
      for graph in ["added", "beside"] {
        let order = PictureOrder(node: "g;Together", graph: graph, name: "x.png")
        let picture = await station.collector.picture(of: order)
        #expect((picture?.png.count ?? 0) > 5000)
      }
      let view = try #require(Self.graph("added", station))
      let (plain, files, _) = view.plain { _ in true }
      #expect(plain.fields.map(\.name) == ["z1_0", "all"])
      #expect(
        Set(files.values)
          == ["web01", "web02"].map { station.file("g/\($0)-load-load-g.rrd") }.reduce(into: []) {
            $0.insert($1)
          })
    }
  }
}
