import Foundation
import Ledger
import Limits
import Recording
import Testing

extension Programs {
  /// The collector is killed at random moments: while it polls, commits, writes files, syncs, mails.
  ///
  /// `APUS_KILLS` and `APUS_POWER_CUTS` say how often; a run of 200 takes four minutes.
  @Suite struct KillTests {
    /// Every value that a commit has brought into the journal is in its file, none is wrong, no file is damaged, and each crossing
    /// is there once and was mailed.
    @Test(arguments: ["behind", "direct"])
    func killedAtRandomMomentsItLosesNothing(writing: String) async throws {
      let counting = try await Counting(writing)
      var kept: [String: String] = [:]
      let kills = kills("APUS_KILLS")
      for _ in 0..<kills {
        let running = try await counting.collector.start()
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...1800)))
        running.kill()
        kept.merge(try await counting.journal()) { $1 }
      }
      try await counting.runsInPeace()
      #expect(kept.count >= kills / 2, "\(kept.count)")
      try await counting.expectWhole(kept)
    }

    /// The machine loses its power at random moments. Of what no sync has brought to the disk any pages are there and any are not:
    /// what the journal then has is in the files in the end, and no file says anything wrong.
    @Test(arguments: ["behind", "direct"])
    func aLossOfPowerAtARandomMomentLosesNothingThatWasSynced(writing: String) async throws {
      let counting = try await Counting(writing)
      let disk = try await ForgetfulDisk(
        of: counting.collector.folder + "/db", in: counting.scratch)
      var kept: [String: String] = [:]
      let cuts = kills("APUS_POWER_CUTS")
      for _ in 0..<cuts {
        let running = try await counting.collector.start(environment: disk.environment)
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...2500)))
        // Its end writes and syncs everything: a cut in the middle of that.
        if Bool.random() {
          running.send(SIGTERM)
          try await Task.sleep(for: .milliseconds(Int.random(in: 0...60)))
        }
        running.kill()
        try disk.cut()
        kept.merge(try await counting.journal()) { $1 }
        try disk.settle()
      }
      try await counting.runsInPeace()
      #expect(kept.count >= cuts / 4, "\(kept.count)")
      try await counting.expectWhole(kept)
    }

    private func kills(_ variable: String) -> Int {
      ProcessInfo.processInfo.environment[variable].flatMap(Int.init) ?? 8
    }
  }

  /// A collector that polls a node each second, whose values follow from their times.
  private struct Counting {
    let scratch: Scratch
    let collector: ApusCollector
    private let node: RunningProgram
    private let base: Int

    init(_ writing: String) async throws {
      scratch = try Scratch()
      base = Int(Date().timeIntervalSince1970) - 1
      node = try RunningProgram(Project.peer("counting-node"), ["\(base)"], in: scratch)
      collector = try ApusCollector(
        in: scratch, nodes: ["g;counting": try await node.port()],
        settings: """
          update_rate 1
          graph_data_size custom 2h
          rrd_write \(writing)
          group_wait 0
          flapping no
          contact.file.command cat >> \(try scratch.place("mails"))
          contact.file.text ${var:worst}
          """)
    }

    /// A last life without a kill. What its last poll has for people is not delivered when it ends right then, so the node goes
    /// first.
    func runsInPeace() async throws {
      let last = try await collector.start()
      try await Task.sleep(for: .milliseconds(2500))
      node.kill()
      _ = try await last.waits(for: /refused/)
      try await waiting(until: "the outbox is empty") { try await outbox() == 0 }
      #expect(try await last.end() == .exit(0))
    }

    /// How many messages wait.
    private func outbox() async throws -> Int? {
      try await ledger.read { transaction throws(LedgerError) in
        try transaction.query("SELECT count(*) FROM outbox")[0][0].integer
      }
    }

    /// That the last life has brought everything into the files.
    /// - Parameter kept: what was in the journal at some moment.
    func expectWhole(_ kept: [String: String]) async throws {
      #expect(try await journal() == [:])
      #expect(collector.files == ["g/counting-count-alarm-g.rrd", "g/counting-count-n-g.rrd"])
      #expect(scratch.files(below: "apus/db").filter { $0.contains("damaged") } == [])
      let rows = try await rows(collector.rrd("g/counting-count-n-g.rrd").path)
      for (key, text) in kept where key.hasPrefix("n ") {
        let time = try #require(Int(key.dropFirst(2)))
        #expect(text == "\(time - base)")
        // After a gap longer than its heartbeat of two seconds librrd has no row for the first value: so long may a start take on a busy
        // machine.
        let hasNeighbour = (1...2).contains {
          kept["n \(time - $0)"] != nil || rows[time - $0]?.isNaN == false
        }
        if hasNeighbour { #expect(rows[time] == Double(time - base), "\(time - base)") }
      }
      // Between two polls librrd may draw a line from one to the other.
      for (time, value) in rows where !value.isNaN {
        #expect(abs(value - Double(time - base)) <= 1, "\(time - base): \(value)")
      }
      let changes = try await ledger.read { transaction throws(LedgerError) in
        try transaction.query("SELECT old, new FROM change ORDER BY number").map {
          [$0["old"].integer ?? -1, $0["new"].integer ?? -1]
        }
      }
      for (before, after) in zip(changes, changes.dropFirst()) {
        #expect(before[1] == after[0], "\(changes)")
      }
      let told = scratch.read("mails").split(separator: "\n").count
      #expect(told >= changes.count, "\(told) of \(changes)")
    }

    private var ledger: Ledger {
      get throws { try Ledger(path: collector.folder + "/db/apus.sqlite") }
    }

    /// The values in the journal, by field and time.
    func journal() async throws -> [String: String] {
      try await ledger.read { transaction throws(LedgerError) in
        // A kill right after the first start may come before there are tables.
        guard try !transaction.query("SELECT 1 FROM sqlite_schema WHERE name = 'journal'").isEmpty
        else { return [:] }
        var names: [Int: String] = [:]
        for row in try transaction.query(
          "SELECT series.number AS number, text FROM series JOIN name ON name.number = field")
        {
          names[row["number"].integer ?? -1] = row["text"].text
        }
        var values: [String: String] = [:]
        for row in try transaction.query("SELECT number, node, body FROM journal") {
          let stored = JournalRow(
            number: row["number"].integer ?? 0, node: NodeNumber(1), bytes: row["body"].blob ?? [])
          for value in stored?.values ?? [] {
            values["\(names[Int(value.series.raw)] ?? "?") \(value.time)"] = value.text
          }
        }
        return values
      }
    }

    /// The rows of a file at full resolution.
    private func rows(_ path: String) async throws -> [Int: Double] {
      let end = Int(Date().timeIntervalSince1970) + 1
      let output = try await run(
        Project.peer("munin-master"),
        ["rrdtool", "fetch", path, "AVERAGE", "-r", "1", "-s", "\(base)", "-e", "\(end)"],
        in: scratch
      ).output
      var rows: [Int: Double] = [:]
      for line in output.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count == 2, let time = Int(words[0].dropLast()), let value = Double(words[1])
        else { continue }
        rows[time] = value
      }
      return rows
    }
  }
}
