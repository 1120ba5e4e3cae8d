import EventLoop
import Incidents
import Notify
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// How long it takes from a trouble to the answer of the mail server, on a clock that the test moves.
@Suite(.timeLimit(.minutes(1))) struct DetectionTests {
  /// Two periods, and the usual `group_wait`.
  @Test(arguments: [TestNode.Mood.silent, .hangs(at: "fetch load"), .denies])
  func aLostNodeIsAMessageWithinTwoPeriodsAndTheWait(mood: TestNode.Mood) async throws {
    let server = try ScriptedServer()
    try await Station.polling(
      [.load],
      conf: "update_rate 10\nconfig_every 1\n" + Station.admin
    ) { station, node in
      try station.mail(to: server)
      let work = EventLoop.start { await station.collector.run { _ in } }
      defer { work.cancel() }
      try await station.go(on: 60, with: [node]) { node.requests.contains("fetch load") }
      try await station.go(on: 15, with: [node])
      node.mood = mood
      node.hangUp()
      if mood != .denies {
        // From the request on that gets no answer.
        try await station.go(on: 15, with: [node], by: 100) { node.mood == .silent }
      }
      let lost = station.clock.epoch
      try await station.go(on: 40, with: [node], by: 100) { !server.received.isEmpty }
      let mail = try #require(server.received.first)
      #expect(mail.subject.hasPrefix("[CRITICAL] web01: no answer for "), "\(mail.subject)")
      let told = try await station.notification(1)
      let passed = told.at - lost
      #expect(passed <= 2 * 10 + 10 && passed > 10, "\(passed) s")
      // It is the only one, and the log has who took it.
      try await station.go(on: 60, with: [node])
      #expect(server.received.count == 1)
      let line = "mail to admin: delivered to \(server.url): 250 taken: \(mail.subject)"
      #expect(station.logged.count { $0 == line } == 1, "\(station.logged)")
    }
  }

  /// A value that crosses its limit, in a node that is polled every ten seconds.
  @Test func aValueIsAMessageWithinAPeriodAndTheWait() async throws {
    let server = try ScriptedServer()
    try await Station.polling([.load], conf: "update_rate 10\n" + Station.admin) { station, node in
      try station.mail(to: server)
      let work = EventLoop.start { await station.collector.run { _ in } }
      defer { work.cancel() }
      try await station.go(on: 25, with: [node])
      node.says("load", "load.value 12")
      let crossed = station.clock.epoch
      try await station.go(on: 40, with: [node], by: 100) { !server.received.isEmpty }
      #expect(server.received.map(\.subject) == ["[CRITICAL] web01 load: load 12, limit 10"])
      let told = try await station.notification(1)
      let passed = told.at - crossed
      #expect(passed <= 10 + 10, "\(passed) s")
    }
  }
}
