import EventLoop
import Glibc
import Notify
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Ways to contacts that fail for long.
@Suite(.timeLimit(.minutes(1))) struct MailOutageTests {
  private static let config = "graph_title Load\nload.label load\nload.critical 10"

  /// Incidents begin and end meanwhile. At its return every mail comes, in order, once, and each recovery answers its alert.
  @Test func aMailServerThatIsAwayForTwoDaysLosesNothing() async throws {
    let server = try ScriptedServer()
    try await onTestLoop {
      let nodes = try (1...2).map { _ in
        try TestNode([.init("load", Self.config, "load.value 1")])
      }
      defer { for node in nodes { node.close() } }
      let station = try await Station(
        [("g;web01", nodes[0]), ("h;web02", nodes[1])],
        conf: "update_rate 1800\nown_contacts none\ncontact.admin.email admin@example.com")
      try station.mail(to: server)
      @LoopActor func pass(_ hours: Int) async {
        for _ in 0..<(2 * hours) { await station.poll(after: 1800) }
      }
      await pass(1)
      nodes[0].says("load", "load.value 12")
      await pass(1)
      #expect(server.received.map(\.subject) == ["[CRITICAL] web01 load: load 12, limit 10"])
      // It answers, and takes nothing; then it hangs up.
      server.follow { verb, _, connection in
        verb == "" ? connection % 2 == 0 ? .say("421 under maintenance") : .close : nil
      }
      await pass(5)
      nodes[0].says("load", "load.value 1")
      await pass(5)
      nodes[1].mood = .denies
      await pass(10)
      nodes[0].says("load", "load.value 13")
      await pass(8)
      nodes[1].mood = .well
      await pass(10)
      nodes[0].says("load", "load.value 2")
      await pass(9)
      nodes[1].says("load", "load.value 14")
      await pass(1)
      #expect(server.received.count == 1)
      #expect(station.collector.state.mailsWaiting == 6)
      #expect(station.collector.state.mailsFailed == 0)
      // A restart does not change it.
      let written = try await station.mails()
      #expect(written.map(\.id).count == 6)
      server.follow { _, _, _ in nil }
      // A mail is tried within the hour, and with the first that is taken all are.
      await pass(1)
      let mails = server.received
      #expect(
        mails.map(\.subject) == [
          "[CRITICAL] web01 load: load 12, limit 10",
          "[RESOLVED after 6 h] web01 load: load 1, limit 10",
          "[CRITICAL] web02: no answer for 1 h",
          "[CRITICAL] web01 load: load 13, limit 10",
          "[RESOLVED after 18 h] web02: answers again",
          "[RESOLVED after 18 h] web01 load: load 2, limit 10",
          "[CRITICAL] web02 load: load 14, limit 10",
        ])
      #expect(
        mails.map(\.messageID).dropFirst() == written.map { "<\($0.id)@mon1.example.com>" }[...])
      try #require(mails.count == 7)
      for (end, beginning) in [(1, 0), (4, 2), (5, 3)] {
        #expect(mails[end].header("In-Reply-To") == mails[beginning].messageID)
      }
      #expect(station.collector.state.mailsWaiting == 0)
      await pass(12)
      #expect(server.received.count == 7)
    }
  }

  /// The server refuses the alert for now (greylisting after DATA): its end arrives after it, and both soon.
  @Test func aRecoveryDoesNotArriveBeforeItsAlert() async throws {
    let server = try ScriptedServer()
    try await onTestLoop {
      let nodes = try (1...2).map { _ in
        try TestNode([.init("load", Self.config, "load.value 1")])
      }
      defer { for node in nodes { node.close() } }
      let station = try await Station(
        [("g;web01", nodes[0]), ("h;web02", nodes[1])],
        conf: "group_wait 0\nupdate_rate 60\nown_contacts none\n"
          + "contact.admin.email admin@example.com")
      try station.mail(to: server)
      await station.poll(after: 60)
      server.follow { verb, _, _ in verb == "." ? .say("451 try again later") : nil }
      nodes[0].says("load", "load.value 12")
      await station.poll(after: 60)
      let refused = server.received.count
      #expect(refused == 1)
      let seen = Locked(0)
      server.follow { verb, _, _ in
        guard verb == "." else { return nil }
        return seen.with { count in
          count += 1
          return count == 1 ? .say("451 try again later") : nil
        }
      }
      nodes[0].says("load", "load.value 1")
      nodes[1].says("load", "load.value 13")
      await station.poll(after: 20)
      for _ in 0..<4 { await station.poll(after: 60) }
      #expect(
        server.received.dropFirst(refused).map(\.subject) == [
          // Of another incident: it is tried at once, and refused once, too.
          "[CRITICAL] web02 load: load 13, limit 10",
          "[CRITICAL] web01 load: load 12, limit 10",
          "[RESOLVED after 20 s] web01 load: load 1, limit 10",
          "[CRITICAL] web02 load: load 13, limit 10",
        ])
      #expect(station.collector.state.mailsWaiting == 0)
    }
  }

  /// The sound contact is told in time; the other one gets everything once its command works.
  @Test func aContactWithABrokenCommandHoldsUpNobody() async throws {
    try await onTestLoop {
      let node = try TestNode([.init("load", Self.config, "load.value 1")])
      defer { node.close() }
      let scratch = Scratch()
      func command(_ name: String) -> String {
        "contact.\(name).command \(scratch.path)/\(name) ${var:host} ${var:worst}\n"
      }
      func makeCommand(_ name: String, exits status: Int) {
        let file = scratch.write(
          "#!/bin/sh\ncat > /dev/null\n[ \(status) = 0 ] || exit \(status)\n"
            + "echo \"$1 $2\" >> \(scratch.path)/told-\(name)\n", to: name)
        chmod(file, 0o755)
      }
      makeCommand("sound", exits: 0)
      makeCommand("broken", exits: 3)
      let station = try await Station(
        [("g;web01", node)],
        conf: command("broken") + command("sound") + command("missing") + "own_contacts none")
      await station.poll()
      var told: [String] = []
      for load in [12, 1, 13, 2] {
        node.says("load", "load.value \(load)")
        await station.poll()
        told.append(load > 10 ? "web01 CRITICAL\n" : "web01 OK\n")
        // Each at its poll, beside commands that fail.
        #expect(scratch.read("told-sound") == told.joined())
      }
      #expect(scratch.read("told-broken") == "")
      let waiting = try await station.mails()
      #expect(
        Dictionary(grouping: waiting, by: \.contact).mapValues(\.count) == [
          "broken": 4, "missing": 4,
        ])
      let troubles = station.collector.state.deliveryTroubles
      #expect(troubles.map(\.contact) == ["broken", "missing"])
      #expect(troubles.first?.problem.contains("exit status 3") == true, "\(troubles)")
      #expect(troubles.last?.problem.contains("exit status 127") == true, "\(troubles)")
      makeCommand("broken", exits: 0)
      for _ in 0..<13 { await station.poll() }
      #expect(scratch.read("told-broken") == told.joined())
      #expect(station.collector.state.deliveryTroubles.map(\.contact) == ["missing"])
    }
  }
}

private func chmod(_ path: String, _ mode: mode_t) { _ = Glibc.chmod(path, mode) }
