import Foundation
import Testing

extension Programs {
  /// From a mail's link to an incident that is acknowledged and silenced, and the commands beside it.
  @Suite struct SignedLinkTests {
    private let scratch: Scratch
    private let node: ScriptedNode

    init() async throws {
      scratch = try Scratch()
      node = try await ScriptedNode(
        in: scratch,
        [
          .init(
            "load", config: "graph_title Load\nload.label load\nload.critical 10",
            fetch: "load.value 12")
        ])
    }

    private func collector(_ settings: String, page: String) async throws -> (
      ApusCollector, MailSink
    ) {
      let sink = try await MailSink(in: scratch)
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": node.port],
        settings: """
          update_rate 5
          group_wait 0
          smtp_server smtp://127.0.0.1:\(sink.port)
          smtp_from apus@example.com
          contact.admin.email admin@example.com
          \(settings)
          """, page: page)
      return (collector, sink)
    }

    /// The text of the first mail, unfolded.
    private func firstMail(_ sink: MailSink) async throws -> String {
      let mail = try await waiting(for: "the first mail") { sink.mails.first }
      return mail.text.replacing("=\n", with: "").replacing("=3D", with: "=")
    }

    private func call(_ words: String..., config: ApusCollector) async throws -> (
      ending: Ending, output: String, errors: String
    ) {
      try await call(words, config: config)
    }

    private func call(_ words: [String], config: ApusCollector) async throws -> (
      ending: Ending, output: String, errors: String
    ) {
      try await run(
        Project.program("apus-collector"), words + ["--config", "\(config.folder)/munin.conf"],
        in: scratch)
    }

    private struct Page {
      let port: Int

      func ask(
        _ method: String, _ target: String, _ headers: [String] = [], form: String? = nil
      ) throws -> (status: Int, location: String?, text: String) {
        var lines = ["\(method) \(target) HTTP/1.1", "Connection: close"]
        if !headers.contains(where: { $0.hasPrefix("Host:") }) { lines.append("Host: localhost") }
        if let form {
          lines += [
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: \(form.utf8.count)",
          ]
        }
        let request =
          (lines + headers).joined(separator: "\r\n") + "\r\n\r\n" + (form ?? "")
        let text = String(decoding: try bytesSaid(by: port, after: request), as: UTF8.self)
        let status = Int(text.dropFirst(9).prefix(3)) ?? 0
        return (status, text.firstMatch(of: /\r\nLocation: (\S+)/).map { String($0.1) }, text)
      }
    }

    @Test func aLinkAcknowledgesAndSilences() async throws {
      let (collector, sink) = try await collector(
        "web_url https://munin.example.com/", page: "127.0.0.1:0")
      let running = try await collector.start()
      let port = try await running.waits(for: /page: http:\/\/127\.0\.0\.1:(\d+)\//).1
      let page = Page(port: try #require(Int(port)))
      let text = try await firstMail(sink)
      let query = String(
        try #require(
          text.firstMatch(
            of: #/Silence:  https://munin\.example\.com/alert\?(i=1&c=admin&x=\d+&s=[0-9a-f]{32}) /#
          )
        ).1)
      #expect(
        text.contains("https://munin.example.com/alert?\(query.replacing("&", with: "&amp;"))\""))

      // Opened by a scanner and by a reader: nothing changes.
      for method in ["HEAD", "GET", "GET"] {
        #expect(try page.ask(method, "/alert?\(query)&action=ack").status == 200)
      }
      let shown = try page.ask("GET", "/alert?\(query)").text
      #expect(
        shown.contains("load is 12, limit at most 10") && shown.contains("form-action 'self'"))
      let before = try await call("alerts", "list", config: collector)
      #expect(!before.output.contains("acknowledged") && before.output.hasPrefix("1 CRITICAL "))

      // What is forged, and what comes from elsewhere.
      #expect(try page.ask("GET", "/alert").status == 403)
      let forged = query.replacing("i=1&", with: "i=2&")
      #expect(try page.ask("GET", "/alert?\(forged)").status == 403)
      let ack = query + "&action=ack&why=on+my+way+%3Cb%3E"
      #expect(try page.ask("POST", "/alert", form: forged + "&action=ack").status == 403)
      #expect(
        try page.ask("POST", "/alert", ["Origin: https://evil.example"], form: ack).status == 403)
      #expect(try page.ask("POST", "/alert", ["Host: evil.example"], form: ack).status == 421)
      #expect(try page.ask("POST", "/", form: ack).status == 405)
      #expect(try page.ask("POST", "/alert", form: ack + "&why=x").status == 400)
      let still = try await call("alerts", "list", config: collector)
      #expect(!still.output.contains("acknowledged"), "\(still)")

      // The form as a browser sends it through the proxy.
      let proxy = ["Host: munin.example.com", "Origin: https://munin.example.com"]
      let taken = try page.ask("POST", "/alert", proxy, form: ack)
      #expect(
        taken.status == 303 && taken.location?.hasPrefix("alert?\(query)&o=") == true, "\(taken)")
      let done = try page.ask("GET", "/\(taken.location ?? "")").text
      #expect(
        done.contains("Done: incident 1 is acknowledged: no reminders until it is worse or over"))
      #expect(done.contains("on my way &lt;b&gt;") && !done.contains("<b>"))
      let silenced = try page.ask("POST", "/alert", proxy, form: query + "&action=silence&hours=2")
      #expect(silenced.status == 303, "\(silenced)")
      let list = try await call("alerts", "list", config: collector).output
      #expect(list.contains("; acknowledged by admin (on my way <b>); silenced until "), "\(list)")
      #expect(
        list.contains(/\nsilenced until \S+ \S+: example\.com;web01:load \(admin\)\n/), "\(list)")

      // Nobody else can read the key.
      let mode =
        try FileManager.default.attributesOfItem(
          atPath: "\(collector.folder)/db/apus.sqlite")[.posixPermissions] as? Int
      #expect((mode ?? 7) & 7 == 0)
      #expect(try await running.end() == .exit(0))
      // The key stays: a link works over a restart.
      let again = try await collector.start()
      let next = try await again.waits(for: /page: http:\/\/127\.0\.0\.1:(\d+)\//).1
      #expect(try Page(port: try #require(Int(next))).ask("GET", "/alert?\(query)").status == 200)
    }

    /// 127.0.0.1 in a mail is the reader's own machine.
    @Test func withoutAPublicAddressThereIsNoLink() async throws {
      let (collector, sink) = try await collector("", page: "127.0.0.1:0")
      let running = try await collector.start()
      let text = try await firstMail(sink)
      #expect(!text.contains("/alert?"))
      #expect(text.contains("Silence:  apus-collector alerts silence 'example.com;web01:load' 2h"))
      #expect(running.isRunning)
    }

    @Test func commandsSayWhatBecameOfThem() async throws {
      let (collector, sink) = try await collector("", page: "none")
      let running = try await collector.start()
      _ = try await firstMail(sink)
      let silence = try await call(
        "alerts", "silence", "example.com;web01", "2h", "--why", "new disk", config: collector)
      #expect(silence.ending == .exit(0), "\(silence)")
      #expect(
        silence.output.contains(
          /^example\.com;web01 is silenced until (\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d \(1 open incident\); what is still wrong then is told\n$/
        ), "\(silence)")
      let ack = try await call("alerts", "ack", "1", config: collector)
      #expect(
        ack.output == "incident 1 is acknowledged: no reminders until it is worse or over\n",
        "\(ack)")
      let end = try await call("alerts", "unsilence", "example.com;web01", config: collector)
      #expect(end.output == "example.com;web01: no longer silenced\n", "\(end)")
      for (order, words) in [
        (["ack", "9"], "no incident 9; open are: 1"),
        (
          ["unsilence", "example.com;web01"],
          "example.com;web01 is not silenced; nothing is silenced"
        ),
        (
          ["unsilence", "example.com;web02"],
          "no group or node 'example.com;web02' in munin.conf; did you mean 'example.com;web01'?"
        ),
        (
          ["history", "web01"],
          "no group 'web01' in munin.conf; did you mean 'example.com;web01'?"
        ),
      ] {
        let refused = try await call(["alerts"] + order, config: collector)
        #expect(refused.ending == .exit(1) && refused.output == "", "\(refused)")
        #expect(refused.errors == "apus-collector: \(words)\n", "\(refused)")
      }
      let turned = try await call(
        "alerts", "ack", "1", "--why", "a\u{202E}b", config: collector)
      #expect(
        turned.ending == .exit(2) && turned.errors.contains(#"found 'a\u{202E}b'"#), "\(turned)")
      for (target, words) in [
        ("web01", "no group 'web01' in munin.conf; did you mean 'example.com;web01'?"),
        (
          "example.com;web01:laod",
          "example.com;web01: it has no service 'laod'; did you mean 'load'?"
        ),
      ] {
        let refused = try await call("alerts", "silence", target, "2h", config: collector)
        #expect(refused.ending == .exit(1) && refused.output == "", "\(refused)")
        #expect(refused.errors == "apus-collector: \(words)\n", "\(refused)")
      }
      let history = try await call(
        "alerts", "history", "example.com", "--by", "day", config: collector)
      #expect(history.ending == .exit(0) && history.errors == "", "\(history)")
      #expect(
        history.output.contains(
          /^1  \S+ \S+  .*, open  CRITICAL  example\.com;web01:load: load\.load 12/),
        "\(history)")
      #expect(
        history.output.contains(/\nnode +from +answered +watched +down +planned\n/), "\(history)")
      #expect(
        history.output.contains(#/\nexample\.com;web01  \d{4}-\d\d-\d\d  /#), "\(history)")
      let json = try await call(
        "alerts", "history", "--json", "--since", "1d", config: collector)
      let read = try #require(
        try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      #expect(
        (read["incidents"] as? [[String: Any]])?.first?["place"] as? String
          == "example.com;web01:load")
      #expect(try await running.end() == .exit(0))
      let late = try await call("alerts", "silence", "all", "1h", config: collector)
      #expect(
        late.output.contains(
          /^order \d+ \(silenced until .*\): no collector is running: it is carried out at the next start\n$/
        ), "\(late)")
    }
  }
}
