import EventLoop
import Ledger
import Notify
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// What `alerts list` says of the contacts of an incident.
@Suite(.timeLimit(.minutes(1))) struct ToldContactsTests {
  @LoopActor
  private static func list(_ station: Station) async throws -> [String] {
    let ways = station.collector.settings.contacts.map { ($0.name, $0.wayCount) }
    return try await AlertOrders(station.ledger, now: station.clock.epoch)
      .list(ways: Dictionary(ways, uniquingKeysWith: { $1 }))
  }

  /// What stands behind the first words of a line: who was told.
  private static func told(_ lines: [String], of node: String) -> String? {
    lines.first { $0.contains("g;\(node):") }
      .map { $0.split(separator: "; ").dropFirst().joined(separator: "; ") }
  }

  @Test func onlyWhatWasDeliveredIsTold() async throws {
    let server = try ScriptedServer { verb, argument, _ in
      guard verb == "RCPT" else { return nil }
      if argument.contains("boss") { return .say("451 try later") }
      return argument.contains("gone") ? .say("550 no such user") : nil
    }
    try await onTestLoop {
      let node = try TestNode([
        .init("load", "graph_title Load\nload.label load\nload.critical 10", "load.value 1")
      ])
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)],
        conf: """
          group_wait 0
          own_contacts none
          contact.admin.email admin@example.com
          contact.boss.email boss@example.com
          contact.gone.email gone@example.com
          contact.twice.email boss@example.com
          contact.twice.command true
          """)
      try station.mail(to: server)
      await station.poll()
      node.says("load", "load.value 12")
      await station.poll()
      let busy = "\(server.url): recipient not accepted: 451 try later"
      #expect(
        Self.told(try await Self.list(station), of: "web01")
          == "told admin, twice; waits for boss: \(busy); "
          + "not delivered to gone: \(server.url): recipient refused: 550 no such user; "
          + "waits for twice (mail): \(busy)")
      server.follow { _, _, _ in nil }
      await station.poll()
      #expect(
        Self.told(try await Self.list(station), of: "web01")?.hasPrefix(
          "told admin, boss, twice; not delivered to gone: ") == true)
    }
  }

  @Test func whatTheRateLimitHoldsBackIsNamed() async throws {
    let server = try ScriptedServer()
    try await onTestLoop {
      let nodes = try (1...2).map { _ in
        try TestNode([
          .init("load", "graph_title Load\nload.label load\nload.warning 10", "load.value 1")
        ])
      }
      defer { for node in nodes { node.close() } }
      let station = try await Station(
        [("g;web01", nodes[0]), ("h;web02", nodes[1]), ("g;web03", nodes[1])],
        conf: """
          group_wait 0
          hold 1 of 1
          own_contacts none
          contact.admin.email admin@example.com
          contact.admin.rate_limit 1 in 1h
          """)
      try station.mail(to: server)
      await station.poll()
      nodes[0].says("load", "load.value 12")
      await station.poll()
      let sent = station.clock.epoch
      nodes[1].says("load", "load.value 12")
      await station.poll()
      let lines = try await Self.list(station)
      #expect(Self.told(lines, of: "web01") == "told admin")
      let until = LocalMoment.text(sent + 3600, from: station.clock.epoch)
      #expect(
        Self.told(lines, of: "web03") == "held back by the rate limit of admin until \(until)",
        "\(lines)")
      #expect(
        station.collector.state.heldMessages == [
          HeldMessages(contact: "admin", until: sent + 3600, incidents: 2)
        ])
      await station.poll(after: 3600)
      #expect(station.collector.state.heldMessages.isEmpty)
      #expect(Self.told(try await Self.list(station), of: "web03") == "told admin")
    }
  }
}
