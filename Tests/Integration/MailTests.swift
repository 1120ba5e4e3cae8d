import Foundation
import Testing

extension Programs {
  /// From a value that crosses its limit to a mail in a box, over the death of either side.
  @Suite struct MailTests {
    private let scratch: Scratch
    private let node: ScriptedNode

    init() async throws {
      scratch = try Scratch()
      node = try await ScriptedNode(in: scratch, Self.load(1))
    }

    private static func load(_ value: Int) -> [ScriptedNode.Service] {
      [
        .init(
          "load",
          config: "graph_title Load\nload.label load\nload.warning 5\nload.critical 10",
          fetch: "load.value \(value)")
      ]
    }

    private func collector(mailingTo port: Int) throws -> ApusCollector {
      try ApusCollector(
        in: scratch, nodes: ["example.com;web01": node.port],
        settings: """
          update_rate 5
          smtp_server smtp://127.0.0.1:\(port)
          smtp_from apus@example.com
          web_url https://munin.example.com/
          contact.admin.email admin@example.com
          """)
    }

    /// The load becomes this, and a poll sees it.
    @discardableResult private func poll(_ collector: ApusCollector, load: Int) async throws
      -> String
    {
      try node.say(Self.load(load))
      let now = time(nil)
      try await waiting(until: "the next second") { time(nil) > now }
      return try await collector.poll()
    }

    @Test func oneMailTellsOfTroubleAndOneOfItsEnd() async throws {
      let sink = try await MailSink(in: scratch)
      let collector = try collector(mailingTo: sink.port)
      try await poll(collector, load: 1)
      #expect(sink.mails.isEmpty)
      try await poll(collector, load: 12)
      try await poll(collector, load: 12)
      try #require(sink.mails.count == 1)
      try await poll(collector, load: 2)
      try await poll(collector, load: 2)
      let mails = sink.mails
      try #require(mails.count == 2)

      #expect(mails[0].subject.contains("CRITICAL") && mails[0].subject.contains("web01"))
      #expect(mails[0].header("To")?.contains("admin@example.com") == true)
      #expect(mails[0].text.contains("12"))
      // The address for people, also where the pages are not served by this process.
      #expect(mails[0].text.contains("https://munin.example.com/example.com/web01/load"))
      #expect(mails[1].subject.contains("RESOLVED"))
      // One thread: the second answers the first.
      let first = try #require(mails[0].id)
      #expect(mails[1].id != first)
      #expect(mails[1].header("In-Reply-To") == first)
      #expect(mails[1].header("References")?.contains(first) == true)
    }

    @Test func aDeadMailServerDelaysMailsButLosesNone() async throws {
      let port = try freePort()
      let collector = try collector(mailingTo: port)
      try await poll(collector, load: 1)
      #expect(try await poll(collector, load: 12).contains("\(port)"))
      let sink = try await MailSink(in: scratch, port: port)
      try await untilMailed(sink, 1, by: collector, load: 12)
      #expect(sink.mails.count == 1)
    }

    /// The collector is killed with a delivery under way, at a server that has said nothing.
    @Test func aKillBeforeDeliveryLosesNothing() async throws {
      let (listener, port) = try listenOnLoopback()
      let collector = try collector(mailingTo: port)
      try await poll(collector, load: 1)
      try node.say(Self.load(12))
      let running = try await collector.start()
      // A connection shows that the mail is on its way.
      var event = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      try await waiting(until: "a delivery") { Glibc.poll(&event, 1, 0) == 1 }
      running.kill()
      close(listener)

      let sink = try await MailSink(in: scratch, port: port)
      try await untilMailed(sink, 1, by: collector, load: 12)
      try await poll(collector, load: 12)
      #expect(sink.mails.count == 1)
      #expect(sink.mails.first?.subject.contains("CRITICAL") == true)
    }

    /// Only here may a mail come twice: the server took it, and nobody can know. Its Message-ID tells.
    @Test func aLostAnswerRepeatsTheMailUnderTheSameName() async throws {
      let sink = try await MailSink(in: scratch, "drop-after-data")
      let collector = try collector(mailingTo: sink.port)
      try await poll(collector, load: 1)
      try await poll(collector, load: 12)
      try #require(sink.mails.count == 1)
      try sink.becomes("accept")
      try await untilMailed(sink, 2, by: collector, load: 12)
      try await poll(collector, load: 12)
      try #require(sink.mails.count == 2)
      #expect(sink.mails[0].id != nil && sink.mails[0].id == sink.mails[1].id)
    }

    /// Byte by byte, whatever way a threshold is written.
    @Test func rangesInTemplatesAreMunins() async throws {
      let thresholds: [(name: String, warning: String?, critical: String?)] = [
        ("a", "5", "10"), ("b", "5:", nil), ("c", nil, "1:3"), ("d", "05.0", nil), ("e", "+5", ":"),
        ("f", ":4.50", "3:.5"), ("g", "-7:-1", nil),
      ]
      var config = "graph_title Ranges\n"
      for (name, warning, critical) in thresholds {
        config += "\(name).label \(name)\n"
        if let warning { config += "\(name).warning \(warning)\n" }
        if let critical { config += "\(name).critical \(critical)\n" }
      }
      let values = thresholds.map { "\($0.name).value 7" }.joined(separator: "\n")
      try node.say([.init("ranges", config: config, fetch: values)])
      let text = "${loop<;>:fields ${var:label} ${var:wrange} ${var:crange}}\\n"
      func settings(_ name: String) -> String {
        "contact.x.command cat >>\(scratch.path)/\(name).txt\ncontact.x.text \(text)\n"
      }
      func sent(_ name: String) -> [String] {
        scratch.read("\(name).txt").split(whereSeparator: \.isNewline)
          .flatMap { $0.split(separator: ";") }.map(String.init).sorted()
      }
      let nodes = ["example.com;web01": node.port]
      let master = try await MuninMaster(in: scratch, nodes: nodes, settings: settings("munin"))
      try await master.run("update")
      try await master.run("limits")
      let collector = try ApusCollector(in: scratch, nodes: nodes, settings: settings("apus"))
      try await collector.poll()
      #expect(sent("munin").count == thresholds.count)
      #expect(sent("apus") == sent("munin"))
    }

    /// What was refused for good is told and not tried again.
    @Test func aRefusedMailIsNamed() async throws {
      let sink = try await MailSink(in: scratch, "refuse")
      let collector = try collector(mailingTo: sink.port)
      try await poll(collector, load: 1)
      let complaint = try await poll(collector, load: 12)
      #expect(complaint.contains("550") && complaint.contains("admin"), "\(complaint)")
      try sink.becomes("accept")
      try await poll(collector, load: 12)
      #expect(sink.mails.isEmpty)
    }

    /// Polls until so many mails have arrived: a failed delivery waits a while before the next attempt.
    private func untilMailed(
      _ sink: MailSink, _ count: Int, by collector: ApusCollector, load: Int
    ) async throws {
      try await waiting(until: "mail \(count)", upTo: .seconds(100)) {
        try await poll(collector, load: load)
        return sink.mails.count >= count
      }
    }
  }
}
