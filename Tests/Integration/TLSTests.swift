import Foundation
import Testing

extension Programs {
  /// Both programs under TLS, beside munin's own and OpenSSL's client.
  @Suite struct TLSTests {
    /// Certificates of this test.
    private struct Papers {
      let folder: String

      init(in scratch: Scratch) async throws {
        folder = "\(scratch.path)/papers"
        let made = try await run(Project.peer("certificates"), [folder], in: scratch)
        guard made.ending == .exit(0) else { throw Trouble("certificates: \(made.errors)") }
      }

      /// Lines for munin.conf and munin-node.conf, which use the same words.
      func settings(_ mode: String, own: String?, ca: String = "ca", verify: Bool = false) -> String
      {
        let file = own.map { "\(folder)/\($0).pem" } ?? "\(folder)/none.pem"
        return """
          tls \(mode)
          tls_private_key \(file)
          tls_certificate \(file)
          tls_ca_certificate \(folder)/\(ca).pem
          tls_verify_certificate \(verify ? "yes" : "no")

          """
      }
    }

    // MARK: munin's master, our node

    /// A whole run of the master's programs under TLS, and nothing of it in the clear.
    @Test func theMasterRunsUnderTLS() async throws {
      let scratch = try Scratch()
      let papers = try await Papers(in: scratch)
      let node = try await startNode(
        in: scratch,
        directives: papers.settings("paranoid", own: "chain") + "tls_match CN=master\\.example\n")
      let relay = try Relay(to: node.port)
      let master = try await MuninMaster(
        in: scratch, nodes: ["example.com;web01": relay.port],
        settings: papers.settings("paranoid", own: "master", verify: true)
          + "tls_match CN=chain\\.example\n")
      try await master.run("update")
      try await expectStored(master, "load", "uptime", "memory")
      let said = relay.transcript
      #expect(said.contains("> STARTTLS\nTLS OK\n"), "\(said.prefix(200))")
      #expect(!said.contains("graph_title") && !said.contains("cap multigraph"))
      master.forgetLogs()
      for program in ["update", "limits", "html", "graph"] { try await master.run(program) }
      #expect(master.complaints(of: "update").filter { $0.contains("TLS") } == [])
      let pages = scratch.files(below: "master/html", ending: ".html")
      #expect(pages.contains("example.com/web01/load.html"), "\(pages)")
      // The log is quiet when all is well.
      #expect(node.program.errors.split(separator: "\n").count == 1, "\(node.program.errors)")
      #expect(try await node.program.end() == .exit(0))
    }

    /// The node has no key: it says TLS MAYBE, and the master is TLS server.
    @Test func aNodeWithoutAKeyIsTLSClient() async throws {
      let scratch = try Scratch()
      let papers = try await Papers(in: scratch)
      let node = try await startNode(in: scratch)
      let relay = try Relay(to: node.port)
      let master = try await MuninMaster(
        in: scratch, nodes: ["example.com;web01": relay.port],
        settings: papers.settings("enabled", own: "master"))
      try await master.run("update")
      try await expectStored(master, "load", "uptime", "memory")
      #expect(relay.transcript.contains("> STARTTLS\nTLS MAYBE\n"))
      #expect(!relay.transcript.contains("graph_title"))
    }

    /// Keys nowhere: munin's `auto` then goes on in plain text, and so does the node.
    @Test func withoutAnyKeyAutoIsPlainText() async throws {
      let scratch = try Scratch()
      let papers = try await Papers(in: scratch)
      let node = try await startNode(in: scratch, directives: "tls auto\n")
      let relay = try Relay(to: node.port)
      let master = try await MuninMaster(
        in: scratch, nodes: ["example.com;web01": relay.port],
        settings: papers.settings("auto", own: nil))
      try await master.run("update")
      try await expectStored(master, "load", "uptime", "memory")
      #expect(relay.transcript.contains("TLS MAYBE\n"))
      #expect(node.program.errors.contains("TLS failed, continuing in plain text"))
    }

    @Test func aStrangerIsRefusedWithAReason() async throws {
      let scratch = try Scratch()
      let papers = try await Papers(in: scratch)
      let node = try await startNode(
        in: scratch, directives: papers.settings("paranoid", own: "node"))
      let master = try await MuninMaster(
        in: scratch, nodes: ["example.com;web01": node.port],
        settings: papers.settings("enabled", own: "stranger"))
      await #expect(throws: Trouble.self) { try await master.run("update") }
      #expect(master.files == [])
      _ = try await node.program.waits(
        for:
          /TLS failed: its certificate '.*CN=stranger.example' was issued by '.*CN=other-ca.example', which is not/
      )
      // Who does not even ask for TLS, gets munin-node's words.
      #expect(
        try converse(with: node.port, "list\n")
          == "# munin node at apus.example\n# I require TLS. Closing.\n")
    }

    // MARK: OpenSSL's client, our node

    /// All commands come in one record, and the chain that is sent is whole.
    @Test(arguments: ["-tls1_2", "-tls1_3"]) func opensslsClientTalks(version: String) async throws
    {
      let scratch = try Scratch()
      let papers = try await Papers(in: scratch)
      let node = try await startNode(
        in: scratch, directives: papers.settings("paranoid", own: "chain"))
      let starter = try RunningProgram(
        Project.peer("starttls-relay"), ["\(node.port)"], in: scratch)
      let port = try await starter.port()
      let client = """
        printf 'cap multigraph\\nversion\\nfetch load\\nquit\\n' | openssl s_client -quiet \(version) \
          -connect 127.0.0.1:\(port) -CAfile \(papers.folder)/ca.pem -verify_return_error -verify 5 \
          -cert \(papers.folder)/master.pem -key \(papers.folder)/master.pem
        """
      let outcome = try await run("/bin/sh", ["-c", client], in: scratch)
      #expect(outcome.ending == .exit(0), "\(outcome.errors)")
      #expect(
        outcome.output.contains(
          /^cap multigraph dirtyconfig\nmunins node on apus.example version: .*\nload.value [0-9.]+\n\.\n$/
        ),
        "\(outcome.output) \(outcome.errors)")
    }

    // MARK: Our collector

    /// Requests are pipelined, a record each; munin's node answers them all.
    @Test(arguments: ["enabled", "paranoid"])
    func theCollectorPollsMuninsNode(mode: String) async throws {
      let scratch = try Scratch()
      let papers = try await Papers(in: scratch)
      try scratch.write(
        papers.settings(mode, own: "node", verify: mode == "paranoid"),
        to: "munin-node/extra.conf")
      let services = ["load", "cpu", "memory", "swap", "uptime", "forks", "processes", "entropy"]
      let node = try await startPeer("munin-node", in: scratch, ["web01.example.com"] + services)
      let relay = try Relay(to: node.port)
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": relay.port],
        settings: papers.settings(mode, own: "master", verify: true))
      for _ in 0..<5 { #expect(try await collector.poll() == "") }
      for service in services {
        #expect(
          collector.files.contains { $0.hasPrefix("example.com/web01-\(service)-") },
          "\(service): \(collector.files)")
      }
      #expect(relay.transcript.contains("> STARTTLS\nTLS OK\n"))
      #expect(!relay.transcript.contains("graph_title"))
    }

    @Test func theCollectorIsServerToANodeWithoutAKey() async throws {
      let scratch = try Scratch()
      let papers = try await Papers(in: scratch)
      try scratch.write(papers.settings("enabled", own: nil), to: "munin-node/extra.conf")
      let node = try await startPeer("munin-node", in: scratch, ["web01.example.com", "load"])
      let relay = try Relay(to: node.port)
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": relay.port],
        settings: papers.settings("enabled", own: "master"))
      #expect(try await collector.poll() == "")
      #expect(collector.files == ["example.com/web01-load-load-g.rrd"])
      #expect(relay.transcript.contains("TLS MAYBE\n"))
      #expect(!relay.transcript.contains("graph_title"))
    }

    /// Neither munin's node in `auto` nor the collector has a key: plain text.
    @Test func theCollectorGoesOnInPlainTextWithoutAnyKey() async throws {
      let scratch = try Scratch()
      let node = try await startPeer("munin-node", in: scratch, ["web01.example.com", "load"])
      let relay = try Relay(to: node.port)
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": relay.port], settings: "tls auto")
      #expect(try await collector.poll() == "")
      #expect(collector.files == ["example.com/web01-load-load-g.rrd"])
      #expect(relay.transcript.contains("TLS MAYBE\n"))
    }

    @Test func theCollectorPollsOurNode() async throws {
      let scratch = try Scratch()
      let papers = try await Papers(in: scratch)
      let node = try await startNode(
        in: scratch, directives: papers.settings("paranoid", own: "chain"))
      let relay = try Relay(to: node.port)
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": relay.port],
        settings: papers.settings("paranoid", own: "master"))
      #expect(try await collector.poll() == "")
      #expect(collector.files.contains("example.com/web01-load-load-g.rrd"))
      #expect(!relay.transcript.contains("graph_title"))
    }

    /// munin-node-c knows no TLS.
    @Test func aNodeWithoutTLSIsPolledInAutoOnly() async throws {
      let scratch = try Scratch()
      let papers = try await Papers(in: scratch)
      let node = try await startPeer("munin-node-c", in: scratch, ["web01.example.com", "load"])
      let nodes = ["example.com;web01": node.port]
      let auto = try ApusCollector(in: scratch, name: "auto", nodes: nodes, settings: "tls auto")
      #expect(try await auto.poll() == "")
      #expect(auto.files == ["example.com/web01-load-load-g.rrd"])
      let enabled = try ApusCollector(
        in: scratch, name: "enabled", nodes: nodes,
        settings: papers.settings("enabled", own: "master"))
      let complaint = try await enabled.poll()
      #expect(
        complaint.contains("tls enabled: expected TLS OK or TLS MAYBE, found '# "), "\(complaint)")
      #expect(enabled.files == [])
    }

    @Test func theCollectorTrustsNoStranger() async throws {
      let scratch = try Scratch()
      let papers = try await Papers(in: scratch)
      try scratch.write(papers.settings("auto", own: "stranger"), to: "munin-node/extra.conf")
      let node = try await startPeer("munin-node", in: scratch, ["web01.example.com", "load"])
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": node.port],
        settings: papers.settings("paranoid", own: "master"))
      let complaint = try await collector.poll()
      #expect(
        complaint.contains(
          "TLS failed: its certificate '/C=NO/O=Apus tests/CN=stranger.example' was issued by "
            + "'/C=NO/O=Apus tests/CN=other-ca.example', which is not in tls_ca_certificate "
            + "\(papers.folder)/ca.pem"), "\(complaint)")
      #expect(collector.files == [])
    }

    /// The newest value of the services' files is a number of now.
    private func expectStored(_ master: MuninMaster, _ services: String...) async throws {
      for service in services {
        let files = master.files.filter { $0.hasPrefix("example.com/web01-\(service)-") }
        #expect(!files.isEmpty, "\(service): \(master.files)")
        for file in files {
          let last = try await master.rrd(file).last()
          #expect(Double(last.text) != nil && abs(last.time - time(nil)) < 300, "\(file): \(last)")
        }
      }
    }
  }
}
