import Foundation
import TestSupport
import Testing

extension Programs {
  /// The manual's examples for webhooks, as they stand there, from a value that crosses its limit to its end.
  @Suite struct WebhookExamplesTests {
    private let scratch: Scratch
    private let node: ScriptedNode

    init() async throws {
      scratch = try Scratch()
      node = try await ScriptedNode(in: scratch, Self.load(1))
    }

    private static func load(_ value: Int) -> [ScriptedNode.Service] {
      [
        .init(
          "load", config: "graph_title Load\nload.label the \"load\"\nload.critical 10",
          fetch: "load.value \(value)")
      ]
    }

    /// The lines of the manual for a contact.
    private func example(_ name: String) throws -> [String] {
      let page = try String(
        contentsOfFile: Project.path("Documentation/man/apus-collector.8"), encoding: .utf8)
      let lines = page.replacing("\\\n", with: "").replacing("\\-", with: "-")
        .replacing("\\e", with: "\\").split(separator: "\n").map(String.init)
      return lines.filter { $0.hasPrefix("contact.\(name).") }
    }

    /// A collector whose contact has the manual's lines but for the address.
    private func collector(_ name: String, postingTo address: String) throws -> ApusCollector {
      var lines = try example(name)
      try #require(lines.count >= 2)
      let place = try #require(lines.firstIndex { $0.hasPrefix("contact.\(name).webhook ") })
      lines[place] = "contact.\(name).webhook \(address)"
      return try ApusCollector(
        in: scratch, nodes: ["example.com;web01": node.port],
        settings: "update_rate 5\nweb_url https://munin.example.com/\n"
          + lines.joined(separator: "\n"))
    }

    private func poll(_ collector: ApusCollector, load: Int) async throws {
      try node.say(Self.load(load))
      let now = time(nil)
      try await waiting(until: "the next second") { time(nil) > now }
      try await collector.poll()
    }

    @Test func chatsGetALineWithALink() async throws {
      let sink = try WebSink()
      let collector = try collector("chat", postingTo: sink.url("services/T0/B0/ok"))
      for load in [1, 12, 2, 2] { try await poll(collector, load: load) }
      let texts = sink.requests.compactMap { $0.json?["text"] as? String }
      try #require(texts.count == 2)
      #expect(
        texts[0]
          == "[CRITICAL] web01 load: the \"load\" 12, limit 10\n<https://munin.example.com/example.com/web01/load>"
      )
      #expect(texts[1].hasPrefix("[RESOLVED after "))
    }

    @Test func ntfyGetsTextAndHeaders() async throws {
      let sink = try WebSink()
      let collector = try collector("phone", postingTo: sink.url("alerts/ok"))
      for load in [1, 12, 2, 2] { try await poll(collector, load: load) }
      let told = sink.requests
      try #require(told.count == 2)
      #expect(told[0].headers["title"] == "[CRITICAL] web01 load: the \"load\" 12, limit 10")
      #expect(told.map { $0.headers["priority"] } == ["5", "3"])
      #expect(
        told[0].headers["click"] == "https://munin.example.com/example.com/web01/load")
      #expect(told[0].headers["content-type"] == "text/plain; charset=utf-8")
      #expect(told[0].body.contains("CRITICAL  the \"load\" is 12, limit at most 10\n"))
    }

    @Test(.enabled(if: getuid() == 0 || Project.mustRun, "needs root: for a mount namespace"))
    func alertmanagerHasTheAlertUntilItsEnd() async throws {
      let manager = try RunningProgram(
        Project.peer("alertmanager"), ["\(scratch.path)/alertmanager"], in: scratch)
      let url = "http://127.0.0.1:\(try await manager.port())/api/v2/alerts"
      func alerts() async throws -> [[String: Any]] {
        let answer = try await run(
          "/usr/bin/env",
          [
            "python3", "-c",
            "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())", url,
          ], in: scratch)
        let json = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
        return json as? [[String: Any]] ?? []
      }
      let collector = try collector("am", postingTo: url)
      for load in [1, 12] { try await poll(collector, load: load) }
      let alert = try #require(try await alerts().first)
      let labels = alert["labels"] as? [String: String]
      #expect(labels?["alertname"] == "load" && labels?["instance"] == "example.com;web01")
      #expect(
        alert["generatorURL"] as? String == "https://munin.example.com/example.com/web01/load")
      #expect((alert["annotations"] as? [String: String])?["severity"] == "critical")
      for load in [2, 2] { try await poll(collector, load: load) }
      #expect(try await alerts().isEmpty)
    }
  }
}
