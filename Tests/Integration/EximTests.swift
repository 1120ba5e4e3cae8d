import Foundation
import Testing

extension Programs {
  /// A real mail server and a strict reader: exim, which refuses wrong headers, and Python's email package.
  @Suite(
    .enabled(
      if: getuid() == 0 || Project.mustRun, "needs root: exim's user is made in a mount namespace"))
  struct EximTests {
    private let scratch: Scratch
    private let exim: RunningProgram
    private let port: Int

    init() async throws {
      scratch = try Scratch()
      exim = try RunningProgram(Project.peer("exim"), ["\(scratch.path)/exim"], in: scratch)
      port = try await exim.port()
    }

    private var settings: String {
      """
      smtp_server smtp://127.0.0.1:\(port)
      smtp_from apus@example.com
      smtp_envelope_from bounces@example.com
      smtp_hello mon1.example.com
      web_url https://munin.example.com/
      contact.admin.email admin@example.com
      """
    }

    /// What is in the box, as the strict reader sees it, in the order of delivery.
    private func box(_ count: Int) async throws -> [ReadMail] {
      let folder = "\(scratch.path)/exim/mail/new"
      let names = try await waiting(for: "\(count) mails in exim's box") {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.count >= count ? names.sorted() : nil
      }
      var mails: [ReadMail] = []
      for name in names {
        let end = try await run(Project.peer("read-mail"), ["\(folder)/\(name)"], in: scratch)
        mails.append(try JSONDecoder().decode(ReadMail.self, from: Data(end.output.utf8)))
      }
      return mails
    }

    struct ReadMail: Decodable {
      var subject: String
      var headers: [String: String]
      var text: String
      var tree: String
      var pictures: Int
      var wrong: [String]
    }

    @Test func aTestMailIsInTheBox() async throws {
      let file = try scratch.write(
        "dbdir \(scratch.path)/db\nweb_listen none\n\(settings)\n", to: "munin.conf")
      let sent = try await run(
        Project.program("apus-collector"),
        ["alerts", "test-mail", "admin", "--config", file], in: scratch)
      #expect(sent.ending == .exit(0), "\(sent)")
      #expect(
        sent.output.hasPrefix("admin@example.com: smtp://127.0.0.1:\(port): 250 OK id="), "\(sent)")
      let mail = try #require(try await box(1).first)
      #expect(mail.wrong == [] && mail.subject.hasPrefix("[TEST] apus on "))
      #expect(mail.headers["Return-path"] == "<bounces@example.com>")
      #expect(mail.headers["Message-ID"]?.hasSuffix("@mon1.example.com>") == true)
    }

    @Test func anAlertAndItsEndAreInTheBox() async throws {
      let node = try await ScriptedNode(in: scratch, Self.load(["1"]))
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": node.port], settings: "update_rate 5\n\(settings)"
      )
      // A picture needs some values: the first poll brings those of an hour.
      let start = time(nil)
      let past = (0..<12).map { "\(start - 300 * (12 - $0)):1" }
      for values in [past, ["12"], ["12"], ["2"], ["2"]] {
        try node.say(Self.load(values))
        let now = time(nil)
        try await waiting(until: "the next second") { time(nil) > now }
        try await collector.poll()
      }
      let mails = try await box(2)
      for mail in mails {
        #expect(mail.wrong == [], "\(mail.subject)")
        #expect(mail.headers["Envelope-to"] == "admin@example.com")
        #expect(
          mail.tree
            == #"["alternative", "text/plain", ["related", "text/html", "image/png"]]"#)
        #expect(mail.pictures == 1)
        #expect(mail.text.contains("https://munin.example.com/example.com/web01/load"))
      }
      #expect(mails.first?.subject.contains("CRITICAL") == true)
      #expect(mails.last?.headers["In-Reply-To"] == mails.first?.headers["Message-ID"])
    }

    private static func load(_ values: [String]) -> [ScriptedNode.Service] {
      [
        .init(
          "load", config: "graph_title L\u{f6}ad <now>\nload.label load\nload.critical 10",
          fetch: values.map { "load.value \($0)" }.joined(separator: "\n"))
      ]
    }
  }
}
