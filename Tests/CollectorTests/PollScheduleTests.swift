import EventLoop
import RRD
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// When nodes are polled, on a clock that the test moves.
@Suite(.timeLimit(.minutes(1))) struct PollScheduleTests {
  private static let load = TestNode.Service(
    "load", "graph_title Load\nload.label load", "load.value 0.37")
  private static let users = TestNode.Service(
    "users", "graph_title Users\npts.label pts", "pts.value 2")

  /// At a rate of 10 s, wherever a node hangs.
  @Test(arguments: [
    TestNode.Mood.silent, .hangs(at: "cap multigraph dirtyconfig"), .hangs(at: "list web01"),
    .hangs(at: "config load"), .hangs(at: "fetch load"), .hangs(at: "fetch users"),
  ])
  func aHangIsToldWithinTwoPeriods(mood: TestNode.Mood) async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load, Self.users])
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: "update_rate 10\nconfig_every 1")
      let work = EventLoop.start { await station.collector.run { _ in } }
      try await until("the first poll") { node.requests.last == "fetch users" }
      node.mood = mood
      // Over a connection that is kept, `cap` is not asked for.
      if mood == .hangs(at: "cap multigraph dirtyconfig") { node.hangUp() }
      let seconds = try await pass(station.clock, with: [node]) { !station.logged.isEmpty }
      #expect(seconds <= 20, "\(station.logged)")
      #expect(station.logged.first?.contains("no answer within 3.3 s") == true)
      #expect(station.logged.first?.contains("update_rate 10") == true)
      work.cancel()
      await work.value
    }
  }

  /// A few nodes are polled at once; of many each waits for its offset, also in the first period.
  @Test(arguments: [(16, true), (40, false)])
  func manyNodesAreNotPolledAtOnce(count: Int, isAtOnce: Bool) async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      let station = try await Station((0..<count).map { ("g;n\($0)", node) })
      let work = EventLoop.start { await station.collector.run { _ in } }
      // The report, the mails, the recorder, what is to be told, orders, and each node's next turn.
      try await until("all to wait") {
        station.clock.waiting == count + 5 && (!isAtOnce || node.calls == count)
      }
      #expect(node.calls == (isAtOnce ? count : 0))
      station.clock.advance(by: .seconds(150))
      if !isAtOnce {
        try await until("half of the polls") { node.calls > count / 4 }
        #expect(node.calls < count * 3 / 4)
      }
      work.cancel()
      await work.value
    }
  }

  /// A node that answers later than its next turns is polled at the one after; what was left out is counted and told once.
  @Test func aPollThatTakesTooLongIsNotFollowedByAnother() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "update_rate 10")
      let count = MissedPolls()
      let work = EventLoop.start { await station.collector.run { count.value += $0.missed } }
      try await until("the first poll") { node.requests.last == "fetch load" }
      // No poll can begin: all permits are taken.
      station.collector.turns.limit = 0
      _ = try await pass(station.clock, with: [node]) { station.collector.turns.waitingCount == 1 }
      let polls = node.polls
      station.clock.advance(by: .seconds(35))
      station.collector.turns.limit = 10
      try await until("the poll") { node.polls == polls + 1 }
      try await until("the note") { !station.logged.isEmpty }
      #expect(
        station.logged == [
          "g;web01: duration of a poll: longer than update_rate 10: the polls due meanwhile are left out"
        ])
      _ = try await pass(station.clock, with: [node]) { node.polls >= polls + 3 }
      try await until("the end of it") { station.logged.count == 2 }
      #expect(station.logged.last == "g;web01: duration of a poll: resolved")
      try await until("the reports") { count.value == 3 }
      work.cancel()
      await work.value
    }
  }

  /// A rate of its own, from 10 s on, and the limits that follow from it.
  @Test func aNodeHasARateOfItsOwn() async throws {
    try await onTestLoop {
      let fast = try TestNode([Self.load])
      let slow = try TestNode([Self.load])
      defer { fast.close() }
      defer { slow.close() }
      let station = try await Station(
        [("g;slow", slow), ("g;fast", fast)], more: "update_rate 10\n")
      let work = EventLoop.start { await station.collector.run { _ in } }
      try await until("the first polls") { fast.polls == 1 && slow.polls == 1 }
      let seconds = try await pass(station.clock, with: [fast, slow]) { fast.polls == 11 }
      #expect(seconds > 80 && seconds <= 101 && slow.polls <= 2)
      fast.mood = .silent
      let more = try await pass(station.clock, with: [fast, slow]) { !station.logged.isEmpty }
      #expect(more <= 20 && station.logged[0].hasPrefix("g;fast: "))
      #expect(station.logged[0].hasSuffix("update_rate 10)"))
      work.cancel()
      await work.value
    }
  }

  /// A service that munin.conf wants more often than its node: only that one is asked in between.
  @Test func aServiceMayBeFasterThanItsNode() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load, Self.users])
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], more: "load.update_rate 10\n")
      let work = EventLoop.start { await station.collector.run { _ in } }
      try await until("the first poll") { node.requests.contains("fetch users") }
      let seconds = try await pass(station.clock, with: [node], by: 500) { node.polls == 62 }
      #expect(seconds > 600 && seconds < 625)
      #expect(node.requests.count { $0 == "fetch load" } >= 61)
      #expect((3...4).contains(node.requests.count { $0 == "fetch users" }))
      // In one poll of twelve, both.
      #expect((5...8).contains(node.requests.count { $0 == "config load" }))
      #expect(station.logged == [] && node.calls == 2)
      work.cancel()
      await work.value
    }
  }

  /// munin rounds the times of such a service down, those of the node and those of its values.
  @Test func alignedTimesAreMultiplesOfTheRate() async throws {
    try await onTestLoop {
      let noon = Station.noon
      let aligned = "graph_title A\nupdate_rate 300 aligned\na.label a\nb.label b"
      let node = try TestNode([
        .init("own", aligned, "a.value 1\nb.value \(noon + 599):2"), Self.load,
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll(after: 7)
      await station.poll(after: 600)
      for (file, time) in [("own-a", 600), ("own-b", 300), ("load-load", 607)] {
        let path = station.file("g/web01-\(file)-g.rrd")
        #expect(try await station.writer.lastUpdate(path) == noon + time, "\(file)")
      }
    }
  }

  @Test func descriptorsAreShared() {
    #expect(DescriptorLimit.polls(within: 1024, children: 0) == 704)
    #expect(DescriptorLimit.polls(within: 1024, children: 100) == 304)
    #expect(DescriptorLimit.polls(within: 256, children: 0) == 16)
    let limit = DescriptorLimit.raise()
    #expect(limit >= 256 && limit == DescriptorLimit.raise())
  }
}

extension TestNode {
  /// How often its services were listed.
  fileprivate var polls: Int { requests.count { $0.hasPrefix("list ") } }
}

@LoopActor
private final class MissedPolls {
  var value = 0
}
