import EventLoop
import Limits
import MuninWire
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Nothing vanishes by itself: what a node does not offer any more, and nodes that munin.conf does not name any more, keep their history.
@Suite(.timeLimit(.minutes(1))) struct ArchiveTests {
  private static let load = TestNode.Service(
    "load", "graph_title Load\nload.label l\nload.warning 5", "load.value 1")
  private static let users = TestNode.Service(
    "users", "graph_title Users\nusers.label u", "users.value 2")

  @Test func aServiceThatIsNotListedAnyMoreKeepsItsHistory() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load, Self.users])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      node.services = [Self.users]
      for _ in 1...5 { await station.poll() }
      let gone = station.clock.epoch
      let file = station.file("g/web01-load-load-g.rrd")
      func expectGone() async throws {
        let archive = try #require(await station.collector.archive(of: "g;web01"))
        #expect(archive.firstSeen == Station.noon + 300)
        #expect(
          archive.firstSeenGraphs == ["load": Station.noon + 300, "users": Station.noon + 300])
        #expect(archive.gone.map(\.graph.title) == ["Load"])
        #expect(archive.gone.first?.fields.map(\.path) == [file])
        #expect(archive.gone.first.map { (gone - 600...gone).contains($0.gone ?? 0) } == true)
      }
      try await expectGone()
      try await station.restart()
      try await expectGone()
      // It comes back.
      node.services = [Self.load, Self.users]
      await station.poll()
      #expect(await station.collector.archive(of: "g;web01")?.gone.map(\.graph.name) == [])
      let view = station.collector.snapshot().nodes.first
      #expect(view?.graphs.map(\.graph.name) == ["load", "users"])
    }
  }

  @Test func aNodeThatMuninConfDoesNotNameAnyMoreIsFound() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      let station = try await Station([("g;web01", node), ("g;web02", node)])
      await station.poll()
      let file = station.file("g/web01-load-load-g.rrd")
      #expect(await station.collector.formerNodes().isEmpty)
      try await station.restart(with: [("g;web02", node)])
      #expect(await station.collector.formerNodes().map(\.name) == ["web01"])
      let archive = try #require(await station.collector.archive(of: "g;web01"))
      #expect(archive.gone.map(\.graph.name) == ["load"])
      #expect(archive.gone.first?.fields.map(\.path) == [file])
      // The poll's values were in the journal: the start has brought them into the file.
      await station.collector.finish()
      let last = try #require(await station.collector.archive(of: "g;web01"))
      #expect(last.firstSeen == Station.noon + 300 && last.lastValue == Station.noon + 300)
      #expect(await station.collector.archive(of: "g;web02")?.lastValue == nil)
      #expect(await station.collector.archive(of: "g;nosuch") == nil)
    }
  }

  /// From cron each poll is a process of its own: the polls in which a service was not listed are counted over all of them.
  @Test(arguments: [true, false]) func whatVanishesFromCronIsMarkedAsGone(isJudged: Bool)
    async throws
  {
    try await onTestLoop {
      let gone = isJudged ? Self.load : Self.users
      let node = try TestNode([Self.load, Self.users])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      node.services.removeAll { $0.name == gone.name }
      for poll in 1...6 {
        try await station.restart()
        await station.poll()
        let lines = try await WhyReport(
          "g;web01:\(gone.name)", station.collector.settings, ledger: station.ledger,
          now: station.clock.epoch
        ).lines
        let isTold = lines.contains { $0.contains("the node no longer lists \(gone.name), since ") }
        #expect(isTold == (poll > 3), "\(poll): \(lines)")
      }
      #expect(
        station.logged.count {
          $0 == "g;web01: no longer offers \(gone.name); its files stay"
        } == 1, "\(station.logged)")
      #expect(
        await station.collector.archive(of: "g;web01")?.gone.map(\.graph.name) == [gone.name])
      // It returns as it was.
      node.services = [Self.load, Self.users]
      try await station.restart()
      await station.poll()
      #expect(await station.collector.archive(of: "g;web01")?.gone.isEmpty == true)
    }
  }

  @Test func aServiceWhoseConfigFailsKeepsItsPageAndItsLimits() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load, Self.users])
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: "contact.admin.email admin@example.com")
      await station.poll()
      node.services = [
        TestNode.Service("load", "# Bad exit", "# Bad exit"), Self.users,
      ]
      for _ in 1...3 { await station.poll() }
      let view = try #require(station.collector.snapshot().nodes.first)
      #expect(view.graphs.map(\.graph.name) == ["load", "users"])
      #expect(view.graphs.first?.fields.map(\.warning) == [":5"])
      #expect(
        view.findings.count == 1 && view.findings.first?.hasPrefix("load: ") == true,
        "\(view.findings)")
      // After the polls that are tolerated its value is unknown, and people hear of it.
      for _ in 1...4 { await station.poll() }
      let subjects = try await station.subjects()
      #expect(
        subjects.count == 1
          && subjects.first?.hasPrefix("[UNKNOWN] web01 load: plugin fails") == true,
        "\(subjects)")
      node.services = [Self.load, Self.users]
      await station.poll()
      #expect(station.collector.snapshot().nodes.first?.findings == [])
    }
  }
}
