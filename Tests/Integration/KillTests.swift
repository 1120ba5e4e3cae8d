import Foundation
import Ledger
import Limits
import Recording
import Testing

extension Programs {
  /// The collector is killed at random moments: while it polls, commits, writes files, syncs, mails.
  ///
  /// `APUS_KILLS` says how often; a run of 200 takes four minutes.
  @Suite struct KillTests {
    /// Every value that a commit has brought into the journal is in its file, none is wrong, no file is damaged, and each crossing
    /// is there once and was mailed.
    @Test(arguments: ["behind", "direct"])
    func killedAtRandomMomentsItLosesNothing(writing: String) async throws {
      let scratch = try Scratch()
      let base = Int(Date().timeIntervalSince1970) - 1
      let node = try RunningProgram(
        Project.peer("counting-node"), ["\(base)"], in: scratch)
      let mails = try scratch.place("mails")
      let collector = try ApusCollector(
        in: scratch, nodes: ["g;counting": try await node.port()],
        settings: """
          update_rate 1
          graph_data_size custom 2h
          rrd_write \(writing)
          contact.file.command cat >> \(mails)
          contact.file.text ${var:worst}
          """)
      let kills = ProcessInfo.processInfo.environment["APUS_KILLS"].flatMap(Int.init) ?? 8
      var kept: [String: String] = [:]
      var random = SystemRandomNumberGenerator()
      for _ in 0..<kills {
        let running = try await collector.start()
        let wait = Int.random(in: 0...1800, using: &random)
        try await Task.sleep(for: .milliseconds(wait))
        running.kill()
        kept.merge(try await journal(collector)) { $1 }
      }
      // The last life ends in order.
      let last = try await collector.start()
      try await Task.sleep(for: .milliseconds(2500))
      #expect(try await last.end() == .exit(0))
      #expect(try await journal(collector) == [:])
      #expect(kept.count >= kills / 2, "\(kept.count)")

      let files = collector.files.filter { !$0.contains("damaged") }
      #expect(files == ["g/counting-count-alarm-g.rrd", "g/counting-count-n-g.rrd"])
      #expect(collector.files == files)
      let rows = try await rows(collector.rrd("g/counting-count-n-g.rrd").path, from: base, scratch)
      for (key, text) in kept where key.hasPrefix("n ") {
        let time = try #require(Int(key.dropFirst(2)))
        #expect(text == "\(time - base)")
        #expect(rows[time] == Double(time - base), "\(time - base)")
      }

      let changes = try await ledger(collector).read { transaction throws(LedgerError) in
        try transaction.query("SELECT old, new FROM change ORDER BY number").map {
          [$0["old"].integer ?? -1, $0["new"].integer ?? -1]
        }
      }
      for (before, after) in zip(changes, changes.dropFirst()) {
        #expect(before[1] == after[0], "\(changes)")
      }
      let waiting = try await ledger(collector).read { transaction throws(LedgerError) in
        try transaction.query("SELECT count(*) FROM outbox")[0][0].integer
      }
      let told = scratch.read("mails").split(separator: "\n").count
      #expect(waiting == 0 && told >= changes.count, "\(told) of \(changes)")
    }

    private func ledger(_ collector: ApusCollector) throws -> Ledger {
      try Ledger(path: collector.folder + "/db/apus.sqlite")
    }

    /// The values in the journal, by field and time.
    private func journal(_ collector: ApusCollector) async throws -> [String: String] {
      try await ledger(collector).read { transaction throws(LedgerError) in
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
    private func rows(_ path: String, from base: Int, _ scratch: Scratch) async throws -> [Int:
      Double]
    {
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
