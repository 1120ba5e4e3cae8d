import EventLoop
import RRD
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// When a collector that goes on polling asks for configs.
@Suite(.timeLimit(.minutes(1))) struct ConfigDueTests {
  private static let config = "graph_title Load\nload.label load"

  @LoopActor
  private static func node() throws -> TestNode {
    try TestNode([.init("load", config, "load.value 1")])
  }

  /// A poll as the running collector makes it, five minutes later.
  @LoopActor
  private static func visit(_ station: Station) async {
    station.clock.advance(by: .seconds(300))
    for node in station.collector.nodes { await station.collector.visit(node) }
  }

  @LoopActor
  private static func configs(_ node: TestNode) -> Int {
    node.requests.count { $0 == "config load" }
  }

  @Test func aChangedLimitIsTakenOverWhenItsConfigIsDue() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: "contact.admin.email admin@example.com\nhold 1 of 1")
      await Self.visit(station)
      node.describes("load", Self.config + "\nload.warning 5")
      node.says("load", "load.value 12")
      var polls = 0
      while try await station.subjects().isEmpty, polls < 20 {
        await Self.visit(station)
        polls += 1
      }
      #expect((1...13).contains(polls) && Self.configs(node) == 2)
      #expect(try await station.subjects() == ["[WARNING] web01 load: load 12, limit 5"])
    }
  }

  @Test func signsOfAChangeAreFollowedByTheConfig() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "config_every 1000\nupdate_rate 1")
      await Self.visit(station)
      await Self.visit(station)
      #expect(Self.configs(node) == 1)
      // A reload.
      try await station.reload(
        [("g;web01", node)],
        conf: "dbdir \(station.scratch.path)/db\nconfig_every 1000\nupdate_rate 1\n")
      for _ in 0..<2 { await Self.visit(station) }
      #expect(Self.configs(node) == 2)
      // A poll that failed: the node may have been started again.
      node.mood = .denies
      await Self.visit(station)
      node.mood = .well
      for _ in 0..<2 { await Self.visit(station) }
      #expect(Self.configs(node) == 3)
      // Another list.
      node.services.append(.init("users", "graph_title U\npts.label pts", "pts.value 1"))
      for _ in 0..<2 { await Self.visit(station) }
      #expect(Self.configs(node) == 4)
      // A start.
      try await station.restart()
      for _ in 0..<2 { await Self.visit(station) }
      #expect(Self.configs(node) == 5)
    }
  }

  /// As with munin-update, which asks in each poll.
  @Test func aNewFieldIsRecordedInThePollThatBringsIt() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "rrd_write direct")
      await Self.visit(station)
      node.describes("load", Self.config + "\nnew.label new")
      node.says("load", "load.value 2\nnew.value 7")
      await Self.visit(station)
      await station.collector.finish()
      let path = station.file("g/web01-load-new-g.rrd")
      #expect(try await station.writer.lastUpdate(path) == Station.noon + 600)
      #expect(station.logged == [])
    }
  }

  @Test(arguments: [true, false]) func cronAndMuninsWayAskInEachPoll(isCron: Bool) async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: isCron ? "" : "config_every 1")
      for _ in 0..<4 {
        if isCron { await station.poll() } else { await Self.visit(station) }
      }
      #expect(Self.configs(node) == 4)
    }
  }
}
