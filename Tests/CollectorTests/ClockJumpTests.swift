import EventLoop
import Notify
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Somebody sets the clock of the machine while the collector runs.
@Suite(.timeLimit(.minutes(2))) struct ClockJumpTests {
  @Test(arguments: [(3600, "forward"), (-3600, "back")])
  func aJumpIsAnIncidentOfItsOwnAndNoOther(seconds: Int, direction: String) async throws {
    let server = try ScriptedServer()
    try await onTestLoop {
      let node = try TestNode([
        .init("load", "graph_title Load\nload.label load\nload.critical 10", "load.value 1"),
        .init("users", "graph_title Users\nusers.label u\nusers.critical 100", "users.value 1"),
      ])
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)],
        conf: "update_rate 60\ngroup_wait 0\ncontact.admin.email admin@example.com")
      try station.mail(to: server)
      let work = EventLoop.start { await station.collector.run { _ in } }
      defer { work.cancel() }
      try await station.go(on: 180, with: [node], by: 5000)
      node.says("load", "load.value 12")
      try await station.go(on: 300, with: [node], by: 5000) { server.received.count >= 1 }
      try await station.go(on: 240, with: [node], by: 5000)
      station.clock.set(forwardBy: seconds)
      try await station.go(on: 60, with: [node], by: 5000) { server.received.count >= 2 }
      // The clock is steady after ten minutes. Values go on to be judged meanwhile, whatever their times are.
      try await station.go(on: 480, with: [node], by: 5000)
      node.says("load", "load.value 2")
      try await station.go(on: 120, with: [node], by: 5000) { server.received.count >= 3 }
      try await station.go(on: 600, with: [node], by: 5000) { server.received.count >= 4 }
      try await station.go(on: 900, with: [node], by: 5000)
      let subjects = server.received.map(\.subject)
      let name = Configuration.hostName
      try #require(subjects.count == 4, "\(subjects)")
      #expect(subjects[0] == "[CRITICAL] web01 load: load 12, limit 10")
      #expect(
        subjects[1]
          == "[WARNING] apus on \(name): the clock of this machine was set \(direction) by 3600 s",
        "\(server.received[1].wire)")
      // Bad for 14 minutes on a clock that nobody sets, but for the time between two polls.
      let end = try #require(
        subjects[2].wholeMatch(of: /\[RESOLVED after (\d+) min\] web01 load: load 2, limit 10/))
      #expect((12...16).contains(Int(end.1) ?? 0), "\(subjects[2])")
      #expect(subjects[3] == "[RESOLVED after 10 min] apus on \(name): the clock is steady")
      #expect(station.logged.allSatisfy { !$0.contains("no answer") }, "\(station.logged)")
    }
  }
}
