import Foundation
import Testing

extension Programs {
  /// The process trees of real web servers, beside what a script of its own finds in /proc and what the servers
  /// say of themselves. One test at a time: each sees all servers of the machine.
  @Suite(
    .serialized,
    .enabled(if: getuid() == 0 || Project.mustRun, "needs root: PSS is told to the owner only"))
  struct WebServersTests {
    private let services = ["web_processes"]

    private func startServer(
      _ kind: String, in scratch: Scratch, _ folder: String? = nil
    ) async throws -> (program: RunningProgram, port: Int) {
      // Workers run as somebody else, who has to reach the pages.
      chmod(scratch.path, 0o755)
      let server = try RunningProgram(
        Project.peer("web-server"), [kind, "\(scratch.path)/\(folder ?? kind)"], in: scratch)
      return (server, try await server.port())
    }

    /// Graph and field → value.
    private func values(of port: Int) throws -> [String: String] {
      let answer = try converse(with: port, "cap multigraph\nfetch web_processes\nquit\n")
      var values: [String: String] = [:]
      var graph = ""
      for line in answer.split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.first == "multigraph" { graph = String(words[1]) }
        guard let name = words.first, name.hasSuffix(".value"), words.count == 2 else { continue }
        values["\(graph).\(name.dropLast(6))"] = String(words[1])
      }
      return values
    }

    private func scripted(in scratch: Scratch) async throws -> [String: Double] {
      let found = try await run(Project.peer("web-trees"), ["trees"], in: scratch)
      #expect(found.ending == .exit(0), "\(found.errors)")
      var values: [String: Double] = [:]
      for line in found.output.split(separator: "\n") {
        let words = line.split(separator: " ")
        values[String(words[0])] = Double(words[1])
      }
      return values
    }

    // MARK: /proc

    @Test(arguments: [["apache-prefork"], ["apache-event"], ["nginx", "php-fpm", "lighttpd"]])
    func countsAndMemoryAreThoseOfProc(kinds: [String]) async throws {
      let scratch = try Scratch()
      var servers: [RunningProgram] = []
      for kind in kinds { servers.append(try await startServer(kind, in: scratch).program) }
      let node = try await startNode(in: scratch, builtIn: services, settings: "")
      // Servers are still growing when they begin to listen, and what they share is counted in shares of whoever
      // else runs it: when two looks of the script agree, the one in between has to.
      var astray = ["not asked yet"]
      for _ in 0..<30 where !astray.isEmpty {
        let before = try await scripted(in: scratch)
        let found = try values(of: node.port)
        let after = try await scripted(in: scratch)
        astray = before.keys == after.keys ? [] : ["fields"]
        #expect(before.count >= 10 * kinds.count)
        for (field, first) in before {
          guard let last = after[field], let text = found[field], let value = Double(text) else {
            astray.append("\(field): \(found[field] ?? "nothing")")
            continue
          }
          var slack = field.contains("memory") ? 0.02 * max(first, last) : 0
          // A process that waits in accept has put a number aside, which is no entry of its folder.
          if field.hasSuffix("_files.files") { slack = 8 }
          if value < min(first, last) - slack || value > max(first, last) + slack {
            astray.append("\(field): \(value), not \(first) to \(last)")
          }
        }
        if !astray.isEmpty { try await Task.sleep(for: .seconds(1)) }
      }
      #expect(astray.isEmpty)
      if kinds == ["apache-event"] {
        // A master, and two children with ten workers, a listener and the main thread each.
        #expect(try values(of: node.port)["web_processes.apache_threads.threads"] == "25")
      }
      withExtendedLifetime(servers) {}
    }

    /// Who may not read PSS gets an estimate that says so, near what root sees.
    @Test func anUnprivilegedNodeEstimates() async throws {
      let scratch = try Scratch()
      let server = try await startServer("apache-prefork", in: scratch)
      let privileged = try await startNode(in: scratch, builtIn: services, settings: "")
      let exact = try #require(
        Double(try values(of: privileged.port)["web_processes_memory.apache_memory"] ?? ""))
      // Where nobody may run it, wherever the project is.
      let copy = try scratch.place("copy/apus-node")
      // Copied by another process: what is started meanwhile elsewhere here would hold the copy open for writing.
      let copying = try await run("/bin/cp", [Project.program("apus-node"), copy], in: scratch)
      #expect(copying.ending == .exit(0), "\(copying.errors)")
      chmod(scratch.path + "/copy", 0o755)
      chmod(copy, 0o755)
      let asNobody = try await run(
        "/usr/bin/setpriv",
        [
          "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", copy, "tree",
        ] + scratch.noSettings, in: scratch)
      #expect(asNobody.ending == .exit(0), "\(asNobody.errors)")
      let line = try #require(
        asNobody.output.firstMatch(of: /apache: up, 5 processes \(4 children\), PSS ~([\d.]+) MiB/),
        "\(asNobody.output)")
      #expect(asNobody.output.contains("~ estimated"))
      let estimate = try #require(Double(line.1)) * 1_048_576
      #expect((0.4 * exact...4 * exact).contains(estimate), "\(estimate) of \(exact)")
      withExtendedLifetime(server) {}
    }

    // MARK: What servers say of themselves

    @Test func workersDoWhatTheServersSay() async throws {
      let scratch = try Scratch()
      let apache = try await startServer("apache-prefork", in: scratch)
      let nginx = try await startServer("nginx", in: scratch)
      let fpm = try await startServer("php-fpm", in: scratch)
      let socket = "\(scratch.path)/php-fpm/api.sock"
      let node = try await startNode(
        in: scratch, builtIn: services,
        settings: """
          [web_processes]
          env.status_apache http://127.0.0.1:\(apache.port)/server-status?auto
          env.status_nginx http://127.0.0.1:\(nginx.port)/nginx_status
          env.status_php_fpm fcgi://127.0.0.1:\(fpm.port)/status fcgi:\(socket):/status

          """)
      let page = try converse(
        with: apache.port, "GET /server-status?auto HTTP/1.0\r\n\r\n")
      let stub = try converse(with: nginx.port, "GET /nginx_status HTTP/1.0\r\n\r\n")
      let www = try await run(
        Project.peer("web-trees"), ["fcgi", "127.0.0.1:\(fpm.port)"], in: scratch)
      let api = try await run(Project.peer("web-trees"), ["fcgi", socket], in: scratch)
      func told(_ name: String, in text: String) throws -> Int {
        let pattern = try Regex("(?m)\(name):\\s+(\\d+)")
        return try #require(
          text.firstMatch(of: pattern).flatMap { Int($0.output[1].substring ?? "") })
      }
      let found = try values(of: node.port)
      func value(_ field: String) throws -> Int {
        try #require(found["web_processes.\(field)"].flatMap { Int($0) }, "\(field)")
      }
      #expect(try value("apache_workers.busy") == told("BusyWorkers", in: page))
      #expect(try value("apache_workers.idle") == told("IdleWorkers", in: page))
      #expect(
        try value("apache_workers.busy") + value("apache_workers.idle")
          + value("apache_workers.free") == 12)
      // Asking is a request like any other; what the server has not counted yet is its own business.
      #expect(
        try (1...2).contains(value("apache_requests.requests") - told("Total Accesses", in: page)))
      #expect(try value("nginx_connections.reading") == told("Reading", in: stub))
      #expect(try value("nginx_connections.writing") == told("Writing", in: stub))
      #expect(try value("nginx_connections.waiting") == told("Waiting", in: stub))
      for (pool, text) in [("www", www.output), ("api", api.output)] {
        #expect(text.contains(pool))
        #expect(try value("php_fpm_\(pool)_pool.busy") == told("active processes", in: text))
        #expect(try value("php_fpm_\(pool)_pool.idle") == told("idle processes", in: text))
        #expect(try value("php_fpm_\(pool)_pool.children") == told("total processes", in: text))
      }
      #expect(node.program.errors.split(separator: "\n").count == 1, "\(node.program.errors)")
    }

    // MARK: Servers that end

    @Test func aRestartIsSeenAndADeadServerIsDown() async throws {
      let scratch = try Scratch()
      let first = try await startServer("nginx", in: scratch)
      let settings = "[web_processes]\nenv.names nginx\n"
      let node = try await startNode(in: scratch, builtIn: services, settings: settings)
      let before = try values(of: node.port)
      #expect(before["web_processes_up.nginx_up"] == "1")
      #expect(before["web_processes.nginx_churn.restarts"] == "0")
      try await first.program.end()
      let second = try await startServer("nginx", in: scratch)
      try await waiting(until: "the new master is seen") {
        let now = try values(of: node.port)
        return now["web_processes.nginx_churn.restarts"] == "1"
          && now["web_processes.nginx_churn.spawned"] == "3"
          && now["web_processes.nginx_processes.masters"] == "1"
      }
      // Without its master nothing is up, whoever is left.
      kill(second.program.pid, SIGKILL)
      try await waiting(until: "the server is down") {
        try values(of: node.port)["web_processes_up.nginx_up"] == "0"
      }
      let down = try values(of: node.port)
      #expect(down.keys.sorted() == before.keys.sorted())
      for (field, value) in down where !field.hasSuffix("_up") { #expect(value == "U", "\(field)") }
      let config = try converse(with: node.port, "cap multigraph\nconfig web_processes\nquit\n")
      #expect(config.contains("nginx_up.critical 1:\n"))
      #expect(config.contains("multigraph web_processes.nginx_files\n"))
      try await node.program.end()
      // A node that never saw it alive knows it from the one before.
      let next = try await startNode(in: scratch, settings: "")
      #expect(try values(of: next.port)["web_processes_up.nginx_up"] == "0")
      second.program.kill()
    }

    /// What is unknown because the servers are gone is told with them.
    @Test func serversThatStopAreOneMailAndOneAtTheEnd() async throws {
      let scratch = try Scratch()
      let sink = try await MailSink(in: scratch)
      let kinds = ["nginx", "php-fpm"]
      var servers: [RunningProgram] = []
      for kind in kinds { servers.append(try await startServer(kind, in: scratch).program) }
      let settings = "[web_processes]\nenv.names nginx php-fpm\n"
      let node = try await startNode(in: scratch, builtIn: services, settings: settings)
      let collector = try ApusCollector(
        in: scratch, nodes: ["g;web1": node.port],
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
      for server in servers { try await server.end() }
      // Longer than what becomes unknown is tolerated.
      try await poll(until: 1, atLeast: 6)
      servers = []
      for kind in kinds { servers.append(try await startServer(kind, in: scratch).program) }
      try await poll(until: 2, atLeast: 6)
      let mails = sink.mails
      try #require(mails.count == 2)
      #expect(mails[0].subject.hasPrefix("[CRITICAL] web1 web_processes: "))
      #expect(mails[1].subject.hasPrefix("[RESOLVED after "))
      #expect(mails[1].header("In-Reply-To") == mails[0].id)
      withExtendedLifetime(servers) {}
    }

    // MARK: munin

    /// As a link under munin's own node, where each answer is a process of its own.
    @Test func underMuninsNodeALinkIsThePlugin() async throws {
      let scratch = try Scratch()
      let server = try await startServer("php-fpm", in: scratch)
      try FileManager.default.createSymbolicLink(
        atPath: scratch.place("munin-node/plugins/web_processes"),
        withDestinationPath: Project.program("apus-node"))
      let theirs = try await startPeer("munin-node", in: scratch)
      let ours = try await startNode(in: scratch, builtIn: services, settings: "")
      let ask = "cap multigraph\nconfig web_processes\nquit\n"
      let one = try converse(with: theirs.port, ask).split(separator: "\n").dropFirst()
      let two = try converse(with: ours.port, ask).split(separator: "\n").dropFirst()
      #expect(one.count > 100 && Array(one.dropFirst()) == Array(two.dropFirst()))
      let alive = try values(of: theirs.port)
      #expect(alive["web_processes_up.php_fpm_up"] == "1")
      #expect(alive["web_processes.php_fpm_www_pool.children"] == "3")
      #expect(alive["web_processes.php_fpm_api_pool.children"] == "2")
      try await server.program.end()
      let down = try values(of: theirs.port)
      #expect(down["web_processes_up.php_fpm_up"] == "0" && down.keys == alive.keys)
    }

    @Test func muninUpdateStoresAllOfIt() async throws {
      let scratch = try Scratch()
      let server = try await startServer("php-fpm", in: scratch)
      let node = try await startNode(in: scratch, builtIn: services, settings: "")
      let master = try await MuninMaster(in: scratch, nodes: ["example.com;web01": node.port])
      try await master.run("update")
      let said = try values(of: node.port)
      #expect(master.files.count == said.count, "\(master.files)")
      for (file, value) in [
        ("web_processes_up-php_fpm_up-g", 1.0), ("web_processes-php_fpm_www_pool-children-g", 3),
        ("web_processes-php_fpm_processes-masters-g", 1),
        ("web_processes-php_fpm_churn-restarts-d", 0),
      ] {
        let stored = try await master.rrd("example.com/web01-\(file).rrd").last()
        #expect(Double(stored.text) == value, "\(file)")
      }
      let config = try converse(with: node.port, "cap multigraph\nconfig web_processes\nquit\n")
      #expect(config.contains("php_fpm_memory.label php_fpm\n"))
      try await master.run("limits")
      withExtendedLifetime(server) {}
    }

    // MARK: For people

    @Test func theTreeIsDrawn() async throws {
      let scratch = try Scratch()
      let apache = try await startServer("apache-event", in: scratch)
      let fpm = try await startServer("php-fpm", in: scratch)
      let all = try await run(
        Project.program("apus-node"), ["tree"] + scratch.noSettings, in: scratch)
      #expect(all.ending == .exit(0) && all.errors == "", "\(all.errors)")
      #expect(all.output.contains(/apache: up, 3 processes \(2 children\), PSS [0-9.]+ MiB, CPU/))
      #expect(all.output.contains(/├─ 3 x php-fpm: pool www\n|└─ 3 x php-fpm: pool www\n/))
      #expect(all.output.contains("2 x php-fpm: pool api\n"))
      #expect(all.output.contains(/─ 2 x apache2 -DFOREGROUND -f .*{12 threads}/))
      let one = try await run(
        Project.program("apus-node"), ["tree", "php-fpm"] + scratch.noSettings, in: scratch)
      #expect(one.output.hasPrefix("php_fpm: up, 6 processes (5 children), PSS "))
      #expect(!one.output.contains("apache"))
      let none = try await run(
        Project.program("apus-node"), ["tree", "no-such"] + scratch.noSettings, in: scratch)
      #expect(none.ending == .exit(1) && none.output == "")
      withExtendedLifetime((apache, fpm)) {}
    }
  }
}
