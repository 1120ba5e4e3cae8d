import Foundation
import Testing

extension Programs {
  /// Nodes whose values munin-asyncd has collected, read by the real munin-async.
  @Suite struct SpoolTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Round N of a spool is 300 s behind the last one, and says N.
    private func write(from start: Int, rounds: Int) async throws {
      let outcome = try await run(
        Project.peer("munin-async"),
        ["write", "\(scratch.path)/node", "\(start)", "300", "\(rounds)"], in: scratch)
      #expect(outcome.ending == .exit(0), "\(outcome.errors)")
    }

    /// Stands in for ssh: leaves out its options and the host's name, and lets a shell run the rest.
    private func ssh() throws -> String {
      try scratch.program(
        """
        #!/bin/sh
        while [ $# -gt 0 ]; do
          case $1 in
            -p | -o) shift 2 ;;
            -*) shift ;;
            *) break ;;
          esac
        done
        shift
        exec sh -c "$*"

        """, to: "ssh")
    }

    private var requests: [String] {
      scratch.read("node/requests").split(separator: "\n").map(String.init)
        .filter { $0.hasPrefix("spoolfetch") }
    }

    /// Five days of which the collector knew nothing are taken whole, in parts, and the next poll asks for what is newer, also after a restart.
    @Test(arguments: ["ssh", "cmd"]) func aBacklogIsTakenWhole(transport: String) async throws {
      let command = "\(Project.peer("munin-async")) read \(scratch.path)/node"
      let address = transport == "ssh" ? "ssh://munin-async@web01\(command)" : "cmd://\(command)"
      let collector = try ApusCollector(
        in: scratch, nodes: [:],
        settings: """
          ssh_command \(try ssh())
          [example.com;spooled]
          address \(address)

          """)
      let end = Int(Date().timeIntervalSince1970) / 300 * 300
      let rounds = 1440
      let start = end - rounds * 300
      try await write(from: start, rounds: rounds)
      #expect(try await collector.poll() == "")
      let files = ["disk-all-g", "disk-sda-used-g", "load-load-g", "traffic-bytes-d"].map {
        "example.com/spooled-\($0).rrd"
      }
      #expect(collector.files == files)
      let last = start + (rounds - 1) * 300
      for (file, factor) in [("load-load-g", 1), ("disk-sda-used-g", 2)] {
        let rrd = try await collector.rrd("example.com/spooled-\(file).rrd")
        // The file keeps 576 rows of 5 min, and 432 of 30 min.
        let rows = try await rrd.rows(from: last - 570 * 300, to: last).filter {
          !$0.value.isNaN && $0.time <= last
        }
        #expect(rows.count >= 569, "\(file): \(rows.count)")
        #expect(
          rows.allSatisfy { Int($0.value.rounded()) == ($0.time - start) / 300 * factor })
        let old = try await rrd.rows(from: start, to: last).filter { !$0.value.isNaN }
        #expect(old.count >= rounds / 6 - 3, "\(file): \(old.count)")
        #expect(try await rrd.last().time == last)
      }
      // A round that was written behind the answer may have the time of the newest values: that second is asked for again.
      #expect(requests == ["spoolfetch 0"])
      #expect(try await collector.poll() == "")
      #expect(requests.last == "spoolfetch \(last - 1)")
      try await write(from: last + 300, rounds: 1)
      #expect(try await collector.poll() == "")
      let rrd = try await collector.rrd("example.com/spooled-load-load-g.rrd")
      #expect(try await rrd.last().time == last + 300)
      #expect(requests.count == 3)
    }

    /// A spool that does not grow is told: munin-update only counts such a node as failed.
    @Test func anEmptySpoolIsTold() async throws {
      try await write(from: 1_700_000_100, rounds: 0)
      let collector = try ApusCollector(
        in: scratch, nodes: [:],
        settings: """
          [example.com;spooled]
          address cmd://\(Project.peer("munin-async")) read \(scratch.path)/node

          """)
      #expect(
        try await collector.poll().contains(
          "example.com;spooled: its spool is empty: does munin-asyncd run on the node?"))
      try await write(from: Int(Date().timeIntervalSince1970) / 300 * 300 - 3000, rounds: 1)
      #expect(try await collector.poll().hasSuffix("example.com;spooled: reachable again\n"))
      #expect(
        try await collector.poll().contains("example.com;spooled: nothing new in its spool since "))
    }
  }

  /// munin-node and munin-node-c take many requests together, a config and its fetch among them.
  @Suite struct PipeliningTests {
    @Test(arguments: ["munin-node", "munin-node-c"])
    func realNodesAreAskedTogether(peer: String) async throws {
      let scratch = try Scratch()
      let (node, port) = try await startPeer(peer, in: scratch)
      defer { node.kill() }
      let collector = try ApusCollector(in: scratch, nodes: ["example.com;peer": port])
      // In the second poll the configs are known: each is sent together with its fetch.
      for _ in 0..<3 {
        // The machine may be busy: a level of its own values may change.
        let said = try await collector.poll().split(separator: "\n").filter {
          !$0.contains(": incident ")
        }
        #expect(said == [])
      }
      let services = Set(collector.files.map { $0.split(separator: "-")[1] })
      #expect(services.isSuperset(of: ["load", "memory", "swap", "uptime", "cpu"]))
      for file in collector.files {
        let time = try await collector.rrd(file).last().time
        #expect(abs(Double(time) - Date().timeIntervalSince1970) < 60, "\(file)")
      }
    }

    /// A connection that stays open between polls, as for a rate of a minute or less.
    @Test(arguments: ["munin-node", "munin-node-c"])
    func realNodesKeepTheirConnection(peer: String) async throws {
      let scratch = try Scratch()
      let (node, port) = try await startPeer(peer, in: scratch)
      defer { node.kill() }
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;peer": port], settings: "update_rate 5\nrrd_write direct")
      let program = try await collector.start()
      defer { program.kill() }
      let file = "example.com/peer-load-load-g.rrd"
      try await waiting(until: "the first value") { collector.files.contains(file) }
      let first = try await collector.rrd(file).last().time
      var last = first
      for _ in 0..<120 where last < first + 10 {
        try await Task.sleep(for: .milliseconds(250))
        last = try await collector.rrd(file).last().time
      }
      #expect(last >= first + 10)
      // A level of a field may change.
      for words in ["closed", "no answer", "requests:", "reachable"] {
        #expect(!program.errors.contains(words), "\(program.errors)")
      }
    }
  }
}
