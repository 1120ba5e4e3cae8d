import Foundation
import TestSupport
import Testing

extension Programs {
  /// `apus-collector` as a program: its words, its exit status, and how it lives as a daemon.
  @Suite struct CollectorCommandTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func call(_ words: String...) async throws -> (
      ending: Ending, output: String, errors: String
    ) {
      try await run(Project.program("apus-collector"), words, in: scratch)
    }

    /// munin.conf with one host, on whose port nobody listens.
    @discardableResult private func settings(_ text: String = "") throws -> String {
      try scratch.write(
        """
        dbdir \(scratch.path)/db
        web_listen none
        \(text)
        [g;web01]
        address 127.0.0.1
        port \(try freePort())

        """, to: "munin.conf")
    }

    private func start(_ config: String, environment: [String: String] = [:]) async throws
      -> RunningProgram
    {
      let running = try RunningProgram(
        Project.program("apus-collector"), ["run", "--config", config], in: scratch,
        environment: environment)
      return running
    }

    @Test(arguments: ["--help", "-h", "--version"]) func itTellsOfItself(option: String)
      async throws
    {
      let result = try await call(option)
      #expect(result.ending == .exit(0) && result.errors == "")
      if option == "--version" {
        #expect(result.output.wholeMatch(of: /apus-collector \d+\.\d+\.\d+\n/) != nil)
      } else {
        for word in [
          "run", "poll", "check", "alerts", "test-mail", "nagios-check", "backtest", "suggest",
          "--since TIME", "--tree", "--json", "fsck",
          "--repair", "history", "--from TIME", "list, history [TARGET]", "silence TARGET TIME",
          "unsilence TARGET", "ack NUMBER", "--why TEXT",
          "--config FILE",
          "--verbose", "Exit status",
        ] {
          #expect(result.output.contains(word), "\(word)")
        }
      }
    }

    @Test func theHelpOfAlertsNamesWhatTheyTake() async throws {
      let result = try await call("alerts", "--help")
      #expect(result.ending == .exit(0) && result.errors == "")
      let line = result.output.split(separator: "\n").first { $0.hasPrefix("  alerts ") } ?? ""
      for word in [
        "list", "history [TARGET]", "silence TARGET TIME", "ack NUMBER", "test-mail NAME",
      ] {
        #expect(line.contains(word), "\(word) in '\(line)'")
      }
    }

    @Test(
      arguments: [
        (
          "",
          "expected a command: run, poll, check, fsck, alerts, backtest, suggest, nagios-check, why or history"
        ),
        ("pol", "'pol'"),
        ("check more", "unexpected word 'more'"), ("check --conf", "unknown option '--conf'"),
        ("check --config", "option --config needs FILE"),
        ("check --verbose=1", "option --verbose takes no value"),
        ("alerts", "alerts: expected list, history, silence, unsilence, ack or test-mail"),
        ("alerts tell", "found 'tell'"),
        ("alerts silence g", "alerts silence: expected a TARGET and a time such as 2h"),
        ("alerts ack x", "alerts ack: expected the number of an incident"),
        ("alerts list --by day", "option --by belongs to 'alerts history'"),
        ("alerts history g h", "alerts history: unexpected word 'h'"),
        ("alerts history --by week", "option --by: expected day, month or year, found 'week'"),
        (
          "alerts history --since soon", "option --since: expected a time such as 30d, found 'soon'"
        ),
        ("alerts list --why x", "option --why belongs to 'alerts silence' and 'alerts ack'"),
        ("alerts test-mail", "alerts test-mail: expected the name of one contact"),
        ("why", "why: expected one TARGET"), ("suggest", "suggest: expected one TARGET"),
        (
          "backtest g;h:load --since soon",
          "option --since: expected a time such as 30d, found 'soon'"
        ),
        ("suggest g;h:load --warning 5", "option --warning belongs to 'apus-collector backtest'"),
        (
          "poll --since 5d",
          "belongs to 'apus-collector backtest' and 'apus-collector suggest' and 'apus-collector alerts'"
        ),
      ])
    func wrongUsageIsTold(words: String, complaint: String) async throws {
      let result = try await run(
        Project.program("apus-collector"), words.split(separator: " ").map(String.init), in: scratch
      )
      #expect(result.ending == .exit(2) && result.output == "")
      #expect(result.errors.hasPrefix("apus-collector: ") && result.errors.contains(complaint))
    }

    /// Nagios has a status of its own for what could not be found out, and takes 2 for "critical".
    @Test(arguments: [
      ("", "nagios-check: expected one TARGET; 'apus-collector --help' shows what it takes"),
      ("g;web01 --wrong", "unknown option '--wrong'; 'apus-collector --help' shows what it takes"),
      ("g;web01", "/db: no collector has run here yet"),
      ("g;web09", "'g;web09': no such node in munin.conf, or it is not polled"),
    ])
    func aCheckForNagiosThatCannotBeMadeIsUnknown(words: String, reason: String) async throws {
      let file = try settings()
      let result = try await run(
        Project.program("apus-collector"),
        ["nagios-check"] + words.split(separator: " ").map(String.init) + ["--config", file],
        in: scratch)
      #expect(result.ending == .exit(3) && result.errors == "", "\(result)")
      #expect(result.output.hasPrefix("APUS UNKNOWN - ") && result.output.hasSuffix("\(reason)\n"))
    }

    @Test func nagiosGetsALineWithValuesAndAStatus() async throws {
      let node = try await ScriptedNode(
        in: scratch,
        [
          .init(
            "memory",
            config:
              "graph_title Memory\ngraph_args --base 1024\ngraph_vlabel bytes\nfree.label free\nfree.critical 1048576:",
            fetch: "free.value 838860")
        ])
      let collector = try ApusCollector(
        in: scratch, nodes: ["g;web01": node.port], settings: "update_rate 60")
      try await collector.poll()
      let result = try await call(
        "nagios-check", "g;web01:memory", "--config", "\(scratch.path)/apus/munin.conf")
      #expect(result.ending == .exit(2) && result.errors == "")
      #expect(
        result.output
          == "MEMORY CRITICAL - free 0.8 MiB, limit 1 MiB | 'free'=838860B;;1048576:;;\n")
    }

    @Test func aTestMailSaysWhatTheServerDidWithIt() async throws {
      let sink = try await MailSink(in: scratch)
      let web = try WebSink()
      let secret = "\(scratch.path)/secret"
      try Data("key\n".utf8).write(to: URL(filePath: secret))
      #expect(chmod(secret, 0o600) == 0)
      let file = try settings(
        """
        smtp_server smtp://127.0.0.1:\(sink.port)
        smtp_from apus@example.com
        web_url https://munin.example.com
        contact.admin.email admin@example.com
        contact.pager.command cat > \(scratch.path)/paged
        contact.broken.command exit 3
        contact.hook.webhook http://127.0.0.1:\(web.port)/token-1234/ok
        contact.hook.webhook_text {"text":"${var:subject}","level":"${var:level}"}
        contact.hook.webhook_secret_file \(secret)
        contact.lost.webhook http://127.0.0.1:\(web.port)/token-1234/status-404
        """)
      let sent = try await call("alerts", "test-mail", "admin", "--config", file)
      #expect(sent.ending == .exit(0) && sent.errors == "", "\(sent)")
      #expect(
        sent.output.hasPrefix("admin@example.com: smtp://127.0.0.1:\(sink.port): 250 ")
          && sent.output.contains(": accepted ("), "\(sent)")
      let mail = try #require(sink.mails.first)
      #expect(sink.mails.count == 1 && mail.subject.hasPrefix("[TEST] apus on "))
      #expect(mail.text.contains("https://munin.example.com/"))
      let paged = try await call("alerts", "test-mail", "pager", "--config", file)
      #expect(paged.ending == .exit(0), "\(paged)")
      #expect(scratch.read("paged").contains("a test by apus-collector"))
      let hooked = try await call("alerts", "test-mail", "hook", "--config", file)
      #expect(hooked.ending == .exit(0), "\(hooked)")
      #expect(
        hooked.output.hasPrefix("hook: http://127.0.0.1:\(web.port): status 200: taken: accepted (")
      )
      let request = try #require(web.requests.first)
      #expect((request.json?["text"] as? String)?.hasPrefix("[TEST] apus on ") == true)
      #expect(request.json?["level"] as? String == "critical")
      #expect(request.headers["x-apus-signature"]?.hasPrefix("t=") == true)
      for (name, reason) in [
        ("broken", "exit status 3"), ("lost", "status 404: no /…"),
        ("nobody", "no contact 'nobody' in munin.conf; it has admin, pager, broken, hook, lost"),
      ] {
        let failed = try await call("alerts", "test-mail", name, "--config", file)
        #expect(failed.ending == .exit(1) && failed.output == "", "\(failed)")
        #expect(failed.errors.contains(reason), "\(failed)")
      }
      try sink.becomes("refuse")
      let refused = try await call("alerts", "test-mail", "admin", "--config", file)
      #expect(refused.ending == .exit(1) && refused.output == "", "\(refused)")
      #expect(refused.errors.contains("apus-collector: admin: smtp://127.0.0.1:\(sink.port): "))
    }

    @Test func checkTellsWhatItFound() async throws {
      let file = try settings()
      let good = try await call("check", "--config", file)
      #expect(good.ending == .exit(0) && good.errors == "")
      #expect(good.output == "\(file): no problem found; 1 node would be polled\n")
      #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/db"))
      try settings("max_processes 4")
      let odd = try await call("check", "--config", file)
      #expect(odd.output.contains("warning") && odd.ending == .exit(0), "\(odd)")
    }

    @Test func checkShowsTheTree() async throws {
      let file = try settings("update_rate 60\n[g;]\ncontacts none\n[g;web02]\nupdate no")
      try scratch.write(
        scratch.read("munin.conf") + "load.load.warning 5\nload.graph_data_size huge\n",
        to: "munin.conf")
      let result = try await call("check", "--tree", "--config", file)
      #expect(result.ending == .exit(0) && result.errors == "", "\(result)")
      let port = try #require(scratch.read("munin.conf").firstMatch(of: /port (\d+)/)).1
      #expect(
        result.output == """
          top level
            dbdir \(scratch.path)/db  (\(file):1)
            web_listen none  (\(file):2)
            update_rate 60  (\(file):3)
          g;
            contacts none  (\(file):5)
            web02  not polled  (\(file):6)
              disk: 0 files, 0 B
              update no  (\(file):7)
            web01  127.0.0.1:\(port), every 60 s  (\(file):8)
              disk: 0 files, 0 B; 1 node not polled yet
              address 127.0.0.1  (\(file):9)
              port \(port)  (\(file):10)
              load
                load.warning 5  (\(file):11)
                graph_data_size huge  (\(file):12)
          all nodes: 0 files, 0 B; 1 node not polled yet
          \(file): no problem found; 1 node would be polled

          """)
    }

    /// All findings with file and line, more than a start shows, and the tree with the disk space after a poll.
    @Test func checkTellsProgramsAllOfIt() async throws {
      let node = try await ScriptedNode(
        in: scratch, [.init("load", config: "graph_title L\nload.label l", fetch: "load.value 1")])
      let file = try scratch.write(
        "dbdir \(scratch.path)/db\nweb_listen none\n[g;web01]\naddress 127.0.0.1\nport \(node.port)\nuse_node_name yes\n"
          + (0..<150).map { "load.f\($0).warning 9x\n" }.joined(), to: "munin.conf")
      _ = try await call("poll", "--config", file)
      let result = try await call("check", "--json", "--config", file)
      #expect(result.ending == .exit(0) && result.errors == "")
      let report = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let warnings = try #require(report["warnings"] as? [[String: Any]])
      #expect(warnings.map { $0["line"] as? Int } == Array(7...156))
      #expect(warnings.first?["file"] as? String == file)
      #expect(
        warnings.first?["message"] as? String
          == "load.f0.warning: expected a range such as 10, 5:10, :10 or :90%, found '9x': the line is ignored"
      )
      let groups = try #require(report["groups"] as? [[String: Any]])
      let nodes = try #require(groups.first?["nodes"] as? [[String: Any]])
      #expect(nodes.first?["path"] as? String == "g;web01")
      let disk = try #require(nodes.first?["disk"] as? [String: Int])
      #expect(
        disk == [
          "files": 1, "bytes": 50824, "files_to_come": 0, "bytes_to_come": 0,
          "nodes_not_polled_yet": 0,
        ])
      #expect(report["disk"] as? [String: Int] == disk)
      try scratch.write("nonsense 1\n" + scratch.read("munin.conf"), to: "munin.conf")
      let wrong = try await call("check", "--json", "--config", file)
      #expect(wrong.ending == .exit(2) && wrong.errors == "")
      #expect(
        wrong.output.hasPrefix(
          #"{"version":1,"file":"\#(file)","errors":[{"file":"\#(file)","line":1,"message":"unknown word 'nonsense'"}],"#
        ), "\(wrong.output.prefix(300))")
    }

    @Test(arguments: ["check", "poll", "run"]) func problemsKeepItFromStarting(command: String)
      async throws
    {
      let file = try settings("update_rate often\nadress 1\nweb_listen nowhere")
      let result = try await call(command, "--config", file)
      #expect(result.ending == .exit(2) && result.output == "")
      // munin-update starts with this one, with its own default.
      #expect(
        result.errors.contains("apus-collector: warning: \(file):3: update_rate: expected seconds"))
      #expect(result.errors.contains("apus-collector: \(file):5: web_listen: expected host:port"))
      #expect(result.errors.contains("apus-collector: \(file):4: unknown word 'adress'"))
      #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/db"))
    }

    /// What of the settings can be read is shown beside their errors.
    @Test func theTreeIsShownBesideErrors() async throws {
      let file = try settings("nonsense 1\nload.load.warning 9:3")
      let result = try await call("check", "--tree", "--config", file)
      #expect(result.ending == .exit(2))
      #expect(
        result.errors.contains("apus-collector: \(file):3: unknown word 'nonsense'"), "\(result)")
      #expect(result.output.contains("web01  127.0.0.1:"), "\(result)")
      #expect(result.output.contains("all nodes: "), "\(result)")
    }

    @Test func filesFromTheFutureAreTold() async throws {
      let file = try settings()
      let future = time(nil) + 86_400
      for (name, last) in [("load", future), ("old", 1_700_000_000)] {
        let path = try scratch.place("db/g/web01-load-\(name)-g.rrd")
        for words in [
          [
            "create", path, "--start", "\(last - 300)", "DS:42:GAUGE:600:U:U",
            "RRA:AVERAGE:0.5:1:10",
          ],
          ["update", path, "\(last):1"],
        ] {
          let made = try await run(
            Project.peer("munin-master"), ["rrdtool"] + words, in: scratch)
          try #require(made.ending == .exit(0), "\(made)")
        }
      }
      let result = try await call("check", "--config", file)
      #expect(result.ending == .exit(0))
      let path = "\(scratch.path)/db/g/web01-load-load-g.rrd"
      #expect(
        result.errors.hasPrefix(
          "apus-collector: warning: \(path): its newest value lies in the future: values until "))
      #expect(result.errors.split(separator: "\n").count == 1)
      #expect(result.output == "\(file): 1 warning; 1 node would be polled\n")
    }

    /// cron mails it anyway: the node is named on stderr.
    @Test func aPollThatNoNodeAnswersFails() async throws {
      let result = try await call("poll", "--config", try settings(), "--verbose")
      #expect(result.ending == .exit(1))
      #expect(result.errors.hasSuffix("apus-collector: the only node did not answer\n"))
      #expect(
        result.errors.contains(/g;web01: connect 127\.0\.0\.1:\d+: Connection refused/),
        "\(result.errors)")
      #expect(result.output.contains("0 nodes polled, 0 services, 0 values, 1 silent"))
    }

    /// One node of several that is down is told, and no failure of the program.
    @Test func aPollThatOneNodeAnswersSucceeds() async throws {
      let node = try await ScriptedNode(
        in: scratch, [.init("load", config: "graph_title L\nload.label l", fetch: "load.value 1")])
      let file = try settings()
      try scratch.write(
        scratch.read("munin.conf")
          + "[g;up]\naddress 127.0.0.1\nport \(node.port)\nuse_node_name yes\n", to: "munin.conf")
      let result = try await call("poll", "--config", file)
      #expect(result.ending == .exit(0))
      #expect(result.errors.contains("g;web01: connect 127.0.0.1:"))
    }

    @Test func aFolderThatCannotBeIsNamed() async throws {
      let file = try scratch.write(
        "dbdir /proc/nonexistent/db\n[g;a]\naddress 127.0.0.1\nport 1\n", to: "munin.conf")
      let result = try await call("poll", "--config", file)
      #expect(result.ending == .exit(1))
      #expect(result.errors.hasPrefix("apus-collector: dbdir: mkdir /proc/nonexistent: "))
    }

    @Test func aDamagedLedgerIsNamed() async throws {
      let file = try settings()
      try scratch.write(
        String(repeating: "no ledger at all. ", count: 100), to: "db/apus.sqlite")
      let result = try await call("poll", "--config", file)
      #expect(result.ending == .exit(1))
      let finding =
        "the ledger \(scratch.path)/db/apus.sqlite is damaged (file is not a database): "
      #expect(result.errors.hasPrefix("apus-collector: \(finding)"), "\(result.errors)")
      for words in [["check"], ["check", "--tree"]] {
        let check = try await run(
          Project.program("apus-collector"), words + ["--config", file], in: scratch)
        #expect(check.errors.hasPrefix("apus-collector: warning: \(finding)"), "\(check)")
        #expect(check.output.hasSuffix("\(file): 1 warning; 1 node would be polled\n"), "\(check)")
      }
    }

    @Test func aFolderInUseIsRefused() async throws {
      let file = try settings()
      let running = try await start(file)
      _ = try await running.waits(for: /polls 1 node/)
      let result = try await call("poll", "--config", file)
      #expect(result.ending == .exit(1))
      #expect(
        result.errors.contains(
          "\(scratch.path)/db is in use by another apus-collector (pid \(running.pid))"),
        "\(result.errors)")
    }

    // MARK: - As a daemon

    @Test func hangUpReadsTheSettingsAgain() async throws {
      let file = try settings()
      let running = try await start(file)
      _ = try await running.waits(for: /polls 1 node/)
      try settings("nonsense 1")
      running.send(SIGHUP)
      _ = try await running.waits(for: /settings not reloaded: the old ones stay in force/)
      #expect(running.errors.contains("\(file):3: unknown word 'nonsense'"))
      // munin passes over a limit that it cannot read: a collector that runs would lose the limit.
      let first = scratch.read("munin.conf")
      try scratch.write(
        first.replacing("nonsense 1", with: "") + "load.load.warning 1o:20\n", to: "munin.conf")
      running.send(SIGHUP)
      _ = try await running.waits(
        for: /load\.load\.warning: expected a range .*\n.*settings not reloaded: the old ones/)
      let old = first.replacing(
        "nonsense 1", with: "pid_file \(scratch.path)/pid")
      let node = try await ScriptedNode(
        in: scratch, [.init("load", config: "graph_title L\nload.label l", fetch: "load.value 1")])
      try scratch.write(
        old + "[g;new]\naddress 127.0.0.1\nport \(node.port)\nuse_node_name yes\n", to: "munin.conf"
      )
      running.send(SIGHUP)
      _ = try await running.waits(for: /settings reloaded: 2 nodes polled/)
      #expect(running.errors.contains("pid_file has changed: it takes effect at the next start"))
      try await waiting(until: "the new node's file") {
        scratch.files(below: "db", ending: ".rrd") == ["g/new-load-load-g.rrd"]
      }
      #expect(try await running.end() == .exit(0))
      #expect(running.errors.contains("apus-collector ends"))
    }

    /// Changes of munin.conf and of what it includes count without SIGHUP; wrong ones are told once, and the old ones stay.
    @Test func changedSettingsAreNoticed() async throws {
      try FileManager.default.createDirectory(
        atPath: "\(scratch.path)/more", withIntermediateDirectories: true)
      let file = try settings("includedir \(scratch.path)/more")
      let running = try await start(file)
      _ = try await running.waits(for: /polls 1 node/)
      try scratch.write("[g;web02]\naddress 127.0.0.1\nport 1\n", to: "more/web02")
      _ = try await running.waits(for: /munin.conf or a file included by it has changed/)
      _ = try await running.waits(for: /settings reloaded: 2 nodes polled/)
      try scratch.write("nonsense 1\n", to: "more/wrong")
      _ = try await running.waits(for: /settings not reloaded: the old ones stay in force/)
      #expect(running.errors.contains("\(scratch.path)/more/wrong:1: unknown word 'nonsense'"))
      // The same bytes again are nothing new; other ones are.
      try scratch.write("nonsense 1\n", to: "more/wrong")
      try await Task.sleep(for: .seconds(3))
      try scratch.write("[g;web03]\naddress 127.0.0.1\nport 1\n", to: "more/wrong")
      _ = try await running.waits(for: /settings reloaded: 3 nodes polled/)
      #expect(running.errors.matches(of: /settings not reloaded/).count == 1)
      #expect(running.errors.matches(of: /has changed/).count == 3)
      #expect(try await running.end() == .exit(0))
    }

    @Test func theLogFileIsOpenedAnewAndThePIDFileRemoved() async throws {
      let log = "\(scratch.path)/collector.log"
      let file = try settings("log_file \(log)\npid_file \(scratch.path)/pid")
      let running = try await start(file)
      try await waiting(until: "the first line") {
        scratch.read("collector.log").contains("polls 1 node")
      }
      #expect(scratch.read("pid") == "\(running.pid)\n")
      try FileManager.default.moveItem(atPath: log, toPath: log + ".1")
      running.send(SIGUSR1)
      try await waiting(until: "the new file") { FileManager.default.fileExists(atPath: log) }
      #expect(try await running.end() == .exit(0))
      #expect(scratch.read("collector.log").contains("apus-collector ends"))
      #expect(!scratch.read("collector.log.1").contains("apus-collector ends"))
      #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/pid"))
      #expect(running.errors == "")
    }

    /// An editor that has emptied the file must not make a hole in the history of all nodes.
    @Test func settingsWithoutANodeAreNotReloaded() async throws {
      let file = try settings()
      let running = try await start(file)
      _ = try await running.waits(for: /polls 1 node/)
      try scratch.write("", to: "munin.conf")
      running.send(SIGHUP)
      _ = try await running.waits(for: /settings not reloaded: the old ones stay in force/)
      #expect(running.errors.contains("\(file): no node in it any more"))
      #expect(try await running.end() == .exit(0))
    }

    /// Whoever looks at the log only sees the warnings too, and at level 4 each step.
    @Test func theLogFileHoldsWarningsAndDetails() async throws {
      let node = try await ScriptedNode(
        in: scratch, [.init("load", config: "graph_title L\nload.label l", fetch: "load.value 1")])
      let port = try freePort()
      let file = try scratch.write(
        """
        dbdir \(scratch.path)/db
        web_listen 127.0.0.1:\(port)
        htmldir /var/www
        log_file \(scratch.path)/collector.log
        log_level 4
        [g;web01]
        address 127.0.0.1
        port \(node.port)
        use_node_name yes

        """, to: "munin.conf")
      let running = try await start(file)
      try await waiting(until: "the poll") {
        scratch.read("collector.log").contains("g;web01: polled in ")
      }
      _ = try await run(
        "/usr/bin/env",
        [
          "python3", "-c",
          "import urllib.request as u; u.urlopen('http://127.0.0.1:\(port)/healthz')",
        ],
        in: scratch)
      #expect(try await running.end() == .exit(0))
      let log = scratch.read("collector.log")
      #expect(log.contains("warning: \(file):3: htmldir: no effect"))
      #expect(log.contains(/g;web01: polled in \d+ ms: 1 service, 1 value\n/))
      #expect(log.contains("g;web01: load: 1 value\n"))
      #expect(log.contains(/GET \/healthz: 200 in \d+ ms\n/))
      #expect(running.errors.contains("warning: \(file):3: htmldir: no effect"))
    }

    /// From cron the log file gets what is wrong with munin.conf when that changes, not every five minutes.
    @Test func aPollFromCronLogsWarningsOnce() async throws {
      let log = "log_file \(scratch.path)/collector.log"
      let file = try settings("\(log)\nhtmldir /var/www")
      func warnings() -> Int { scratch.read("collector.log").ranges(of: "warning: ").count }
      for _ in 0..<2 {
        let poll = try await call("poll", "--config", file)
        #expect(
          poll.errors == "apus-collector: the only node did not answer\n" || poll.errors == "")
        #expect(warnings() == 1)
      }
      _ = try await call("poll", "--config", file, "--verbose")
      #expect(warnings() == 2)
      try settings("\(log)\nhtmldir /var/www\ntmpldir /etc/munin/templates")
      for _ in 0..<2 { _ = try await call("poll", "--config", file) }
      #expect(warnings() == 3)
      #expect(scratch.read("collector.log").contains("warning: \(file):5: tmpldir: no effect"))
    }

    @Test func aPIDFileInUseIsRefused() async throws {
      let file = try settings("pid_file \(scratch.path)/pid")
      let first = try await start(file)
      _ = try await first.waits(for: /polls 1 node/)
      try scratch.write(
        scratch.read("munin.conf").replacing("/db\n", with: "/other\n"), to: "second.conf")
      let second = try await call("run", "--config", "\(scratch.path)/second.conf")
      #expect(second.ending == .exit(1))
      #expect(
        second.errors
          == "apus-collector: \(scratch.path)/second.conf:3: pid_file \(scratch.path)/pid: in use by "
          + "apus-collector (pid \(first.pid)): end it, or set another pid_file\n")
      #expect(scratch.read("pid") == "\(first.pid)\n")
      // A collector that was killed leaves its file behind, which is replaced.
      first.send(SIGKILL)
      _ = try await first.end()
      let third = try await start(file)
      _ = try await third.waits(for: /polls 1 node/)
      #expect(scratch.read("pid") == "\(third.pid)\n")
      #expect(try await third.end() == .exit(0))
      #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/pid"))
    }

    @Test func whoHasThePortIsTold() async throws {
      let port = try freePort()
      let file = try settings().description
      let text = scratch.read("munin.conf").replacing(
        "web_listen none", with: "web_listen 127.0.0.1:\(port)")
      try scratch.write(text, to: "munin.conf")
      let first = try await start(file)
      _ = try await first.waits(for: /polls 1 node/)
      try scratch.write(text.replacing("/db\n", with: "/other\n"), to: "second.conf")
      let second = try await call("run", "--config", "\(scratch.path)/second.conf")
      #expect(second.ending == .exit(1))
      #expect(
        second.errors.contains(
          "port \(port) is taken by apus-collector (pid \(first.pid)"), "\(second.errors)")
      #expect(try await first.end() == .exit(0))
    }

    @Test func systemdIsToldHowTheWorkGoes() async throws {
      let file = try settings("update_rate 1")
      let script = """
        import os, socket, sys
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); notices.bind(sys.argv[1] + "/notify")
        child = os.fork()
        if child == 0:
            os.environ.update(NOTIFY_SOCKET=sys.argv[1] + "/notify")
            os.execv(sys.argv[2], [sys.argv[2], "run", "--config", sys.argv[3]])
        notices.settimeout(60)
        print(notices.recv(4096).decode(), flush=True)
        print(notices.recv(4096).decode(), flush=True)
        os.kill(child, 15)
        os.waitpid(child, 0)
        """
      let outcome = try await run(
        "/usr/bin/env",
        [
          "python3", "-c", script, scratch.path, Project.program("apus-collector"), file,
        ], in: scratch)
      let told =
        /READY=1\nSTATUS=0 nodes polled, 1 failed, 0 values in 1 s; next figures at \d\d:\d\d:\d\d\n/
      #expect(outcome.output.wholeMatch(of: told) != nil, "\(outcome)")
    }

    /// What systemd gives a service: an open socket for the pages, and somebody to tell.
    @Test func socketsAndNoticesOfSystemdAreUnderstood() async throws {
      let file = try settings()
      let script = """
        import os, socket, sys
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); notices.bind(sys.argv[1] + "/notify")
        pages = socket.create_server(("127.0.0.1", 0))
        child = os.fork()
        if child == 0:
            os.dup2(pages.fileno(), 3, inheritable=True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", NOTIFY_SOCKET=sys.argv[1] + "/notify")
            os.execv(sys.argv[2], [sys.argv[2], "run", "--config", sys.argv[3]])
        notices.settimeout(60)
        print(notices.recv(4096).decode().replace("\\n", " "), flush=True)
        client = socket.create_connection(pages.getsockname())
        client.sendall(b"GET /healthz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n")
        print(client.recv(4096).split(b"\\r\\n")[0].decode(), flush=True)
        os.kill(child, 1)
        print(notices.recv(4096).decode().split("\\n")[0], flush=True)
        print(notices.recv(4096).decode().split("\\n")[0], flush=True)
        os.kill(child, 15)
        print(notices.recv(4096).decode(), os.waitpid(child, 0)[1], flush=True)
        """
      let outcome = try await run(
        "/usr/bin/env",
        [
          "python3", "-c", script, scratch.path, Project.program("apus-collector"), file,
        ], in: scratch)
      #expect(
        outcome.output == """
          READY=1
          HTTP/1.0 200 OK
          RELOADING=1
          READY=1
          STOPPING=1 0

          """, "\(outcome)")
    }
  }
}
