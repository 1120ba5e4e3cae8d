import EventLoop
import MuninWire
import RRD
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// A service that breaks the conversation, and a node that cannot answer several requests, over several polls.
@Suite(.timeLimit(.minutes(1))) struct QuarantinedServiceTests {
  private static let services = ["a", "b", "c"].map {
    TestNode.Service($0, "graph_title \($0)\nx.label x", "x.value 1")
  }

  /// One poll, five minutes later, of nodes whose limits have to pass.
  @LoopActor
  private static func poll(_ station: Station, _ nodes: [TestNode]) async throws {
    station.clock.advance(by: .seconds(300))
    _ = try await pass(station.clock, with: nodes, by: 5000) { await station.collector.pollOnce() }
  }

  /// The lines about nodes. The clock of the test may be a minute ahead of a slow disk, which is told, too.
  @LoopActor private static func told(_ station: Station) -> [String] {
    station.logged.filter { $0.hasPrefix("g;") }
  }

  @Test(arguments: [TestNode.Fault.closes, .stalls, .floods, .sendsALongLine])
  func itCostsOnlyItselfAndIsToldOnce(fault: TestNode.Fault) async throws {
    try await onTestLoop {
      let odd = try TestNode(Self.services)
      let sound = try TestNode(Self.services)
      defer { odd.close() }
      defer { sound.close() }
      odd.faults["fetch b"] = fault
      let station = try await Station([("g;odd", odd), ("g;sound", sound)])
      var asked: [Int] = []
      for poll in 1...9 {
        if poll == 5 { odd.faults = [:] }
        try await Self.poll(station, [odd, sound])
        asked.append(odd.requests.count { $0 == "fetch b" })
        // In the first poll it may have been under way when the conversation broke.
        let asks = odd.requests.count { $0 == "fetch c" }
        #expect(asks == poll || asks == poll + 1)
        #expect(sound.requests.count { $0 == "fetch c" } == poll)
      }
      // Left out of polls 2, 3, of 5 to 8, and asked in vain in 4.
      #expect(asked == [1, 1, 1, 2, 2, 2, 2, 2, 3])
      let snapshot = station.collector.snapshot()
      #expect(snapshot.nodes.allSatisfy { $0.trouble == nil })
      let told = Self.told(station)
      #expect(told.count == 3 && told.allSatisfy { $0.hasPrefix("g;odd: b: ") }, "\(told)")
      #expect(told.first?.contains("fetch b") == true)
      #expect(told.first?.contains(": left out of the next 2 polls, asked again at about ") == true)
      #expect(told.dropFirst().first?.contains("left out of the next 4 polls") == true)
      #expect(told.last == "g;odd: b: resolved")
      // All values of the others are there, from every poll.
      for file in ["g/odd-a-x-g.rrd", "g/odd-c-x-g.rrd", "g/sound-b-x-g.rrd"] {
        let rows = try await station.rows(
          file, from: Station.noon + 300, to: Station.noon + 2400)
        #expect(rows.prefix(6).allSatisfy { $0 == 1 }, "\(file): \(rows)")
      }
    }
  }

  /// Its page and that of its node say why it brings nothing, since when, and when it is asked again; so does `why`, also where its config
  /// never came.
  @Test func whatBreaksIsExplained() async throws {
    try await onTestLoop {
      let node = try TestNode(Self.services)
      defer { node.close() }
      let station = try await Station([("g;odd", node)])
      try await Self.poll(station, [node])
      node.faults["fetch b"] = .closes
      node.services.append(.init("d", "graph_title d\nx.label x", "x.value 1"))
      node.faults["config d"] = .closes
      for _ in 0..<3 { try await Self.poll(station, [node]) }
      let last = station.clock.epoch
      @LoopActor func check(_ node: NodeView?) throws {
        let node = try #require(node)
        let graph = try #require(node.graphs.first { $0.graph.name == "b" })
        #expect(graph.fault?.contains("left out of the next ") == true)
        let began = try #require(graph.faultSince)
        #expect((Station.noon + 600...last).contains(began))
        #expect(node.graphs.first { $0.graph.name == "a" }?.fault == nil)
        for name in ["b", "d"] {
          #expect(
            node.findings.contains {
              $0.hasPrefix("\(name): ") && $0.contains("asked again at")
                && $0.contains(" (since 20")
            }, "\(node.findings)")
        }
      }
      try check(station.collector.snapshot().nodes.first)
      for name in ["b", "d"] {
        let lines = try await WhyReport(
          "g;odd:\(name)", station.collector.settings, ledger: station.ledger,
          now: station.clock.epoch
        ).lines
        #expect(
          lines.contains {
            $0.hasPrefix("\(name): brings no values since ") && $0.contains("asked again at about ")
          }, "\(lines)")
        #expect(!lines.contains { $0.contains("has none of this name") }, "\(lines)")
      }
      let whole = try await WhyReport(
        "g;odd", station.collector.settings, ledger: station.ledger, now: station.clock.epoch
      ).lines
      #expect(whole.count { $0.contains(": brings no values since ") } == 2, "\(whole)")
      // After a restart the ledger knows it before the first poll.
      try await station.restart()
      try check(station.collector.snapshot().nodes.first)
      node.faults = [:]
      for _ in 0..<4 { try await Self.poll(station, [node]) }
      let well = try #require(station.collector.snapshot().nodes.first)
      #expect(well.findings == [] && well.graphs.allSatisfy { $0.fault == nil })
    }
  }

  @Test func aNodeThatLosesRequestsIsAskedOneAtATimeInTheSamePoll() async throws {
    try await onTestLoop {
      let node = try TestNode(Self.services)
      defer { node.close() }
      node.mood = .isSimple
      let station = try await Station([("g;web01", node)])
      for _ in 0..<3 { try await Self.poll(station, [node]) }
      #expect(node.requests.count { $0 == "fetch c" } == 3 && node.calls == 4)
      #expect(
        Self.told(station) == [
          "g;web01: requests: asked one at a time: the node loses those that arrive together"
        ])
    }
  }

  /// What came before the node went away is recorded, and the node is in trouble all the same.
  @Test func aNodeThatGoesAwayLeavesItsValues() async throws {
    try await onTestLoop {
      let node = try TestNode(Self.services)
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      try await Self.poll(station, [node])
      node.mood = .hangs(at: "fetch b")
      try await Self.poll(station, [node])
      #expect(station.collector.snapshot().nodes[0].trouble?.contains("fetch b") == true)
      #expect(Self.told(station).count == 1, "\(station.logged)")
      let update = try await station.writer.lastUpdate(station.file("g/web01-a-x-g.rrd"))
      #expect(update > Station.noon + 500)
      node.mood = .well
      try await Self.poll(station, [node])
      #expect(station.collector.snapshot().nodes[0].trouble == nil)
      #expect(Self.told(station).last == "g;web01: reachable again")
    }
  }
}
