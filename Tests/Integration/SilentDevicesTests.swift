import Foundation
import Testing

extension Programs {
  /// What falls silent behind a node is one mail, with all that becomes unknown because of it, and one at its end.
  @Suite struct SilentDevicesTests {
    @Test func aSilentUPSIsOneMailAndOneAtTheEnd() async throws {
      let scratch = try Scratch()
      let agent = try await SNMPAgent(in: scratch)
      let node = try await startNode(
        in: scratch, builtIn: ["snmp_rack7_ups"],
        settings: """
          [snmp_rack7_ups]
          host_name apus.example
          env.host 127.0.0.1
          env.port \(agent.port)
          env.timeout 0.3
          env.retries 1
          env.max_age 0

          """)
      try await tells(
        node.port, in: scratch, subject: "[CRITICAL] web1 snmp_rack7_ups: communication lost"
      ) {
        try await agent.end()
      } end: {
        try await agent.starts(forgetting: false)
      }
    }

    @Test(.enabled(if: canMakeNetworks || Project.mustRun, "needs root, unshare and nsenter"))
    func anEndedTimeDaemonIsOneMailAndOneAtTheEnd() async throws {
      let scratch = try Scratch()
      let world = try await TimeWorld(in: scratch)
      defer { world.kill() }
      // The sources that are silent or wrong are troubles of their own.
      try await world.endChronyd()
      let lines = scratch.read("world/chrony.conf").split(separator: "\n")
      let good = ["203.0.113.11", "203.0.113.12", "203.0.113.13"]
      let kept = lines.filter { line in
        !line.hasPrefix("server ") || good.contains { line.hasPrefix("server \($0) ") }
      }
      #expect(lines.count == kept.count + 5)
      try scratch.write(kept.joined(separator: "\n") + "\n", to: "world/chrony.conf")
      try world.startChronyd()
      try world.begin()
      // Its socket is a file: the node need not be in the daemon's network.
      let node = try await startNode(
        in: scratch, builtIn: ["ntp_peers", "chrony_status"],
        settings: "[*]\nenv.source chrony\nenv.socket \(world.chronySocket)\n")
      func isSynchronised() async throws -> Bool {
        try converse(with: node.port, "cap multigraph\nfetch ntp_peers\nquit\n")
          .contains("system_peer.value 1")
      }
      try await waiting(until: "chronyd has a leader", upTo: .seconds(90), isSynchronised)
      try await tells(
        node.port, in: scratch, subject: "[CRITICAL] web1 ntp_peers: chronyd does not answer"
      ) {
        try await world.endChronyd()
      } end: {
        try world.startChronyd()
        try await waiting(until: "chronyd has a leader", upTo: .seconds(90), isSynchronised)
      }
    }

    /// Polls before, while and after something is silent, each time for longer than unknown values are tolerated.
    private func tells(
      _ port: Int, in scratch: Scratch, subject: String, begin: () async throws -> Void,
      end: () async throws -> Void
    ) async throws {
      let sink = try await MailSink(in: scratch)
      let collector = try ApusCollector(
        in: scratch, nodes: ["g;web1": port],
        settings: """
          update_rate 10
          smtp_server smtp://127.0.0.1:\(sink.port)
          contact.admin.email admin@example.com
          """)
      func poll(until count: Int, atLeast polls: Int) async throws {
        for round in 1...20 where round <= polls || sink.mails.count < count {
          let now = time(nil)
          try await waiting(until: "the next second") { time(nil) > now }
          try await collector.poll()
        }
        #expect(sink.mails.count == count, "\(sink.mails.map(\.subject))")
      }
      try await poll(until: 0, atLeast: 3)
      try await begin()
      try await poll(until: 1, atLeast: 6)
      try await end()
      try await poll(until: 2, atLeast: 6)
      let mails = sink.mails
      try #require(mails.count == 2)
      #expect(mails[0].subject.hasPrefix(subject), "\(mails[0].subject)")
      #expect(mails[1].subject.hasPrefix("[RESOLVED after "), "\(mails[1].subject)")
      #expect(mails[1].header("In-Reply-To") == mails[0].id)
    }
  }
}
