import Foundation
import TestSupport
import Testing

extension Programs {
  /// `backtest` and `suggest` on a history that the real munin-update has written by the real librrd.
  @Suite struct BacktestHistoryTests {
    private let scratch: Scratch
    private let config: String
    private static let step = 300
    /// Two days, of which the load was above 10 for four runs once, and for one run once.
    private static let runs = 576

    private static func load(_ run: Int) -> Int {
      (200..<204).contains(run) ? 15 : run == 400 ? 40 : 1 + run % 3
    }

    init() async throws {
      scratch = try Scratch()
      let end = time(nil) / Self.step * Self.step
      let config = "graph_title Load\nload.label load\nload.warning 10"
      let history = (0..<Self.runs).map { run in
        "load.value \(end - (Self.runs - 1 - run) * Self.step):\(Self.load(run))"
      }
      let node = try await ScriptedNode(
        in: scratch, [.init("load", config: config, fetch: history.joined(separator: "\n"))])
      let nodes = ["example.com;web01": node.port]
      let master = try await MuninMaster(in: scratch, nodes: nodes)
      try await master.run("update")
      let file = "example.com/web01-load-load-g.rrd"
      try #require(master.files == [file])
      let last = try await master.rrd(file).last()
      try #require(last.time == end && Double(last.text) == Double(Self.load(Self.runs - 1)))
      // The collector goes on with munin's folder, and has seen the graph once.
      try node.say([.init("load", config: config, fetch: "load.value 2")])
      let collector = try ApusCollector(in: scratch, name: "master", nodes: nodes)
      try await collector.poll()
      self.config = "\(collector.folder)/munin.conf"
    }

    private func lines(_ words: String...) async throws -> [String] {
      let outcome = try await run(
        Project.program("apus-collector"), words + ["--since", "47h", "--config", config],
        in: scratch)
      try #require(outcome.ending == .exit(0) && outcome.errors == "", "\(outcome)")
      return outcome.output.split(separator: "\n").map(String.init)
    }

    private func columns(_ line: String) -> [String] {
      line.split(separator: " ").map(String.init)
    }

    @Test func todaysLimitsAndOthersAreTriedOnIt() async throws {
      let today = try await lines("backtest", "example.com;web01:load")
      try #require(today.count >= 6, "\(today)")
      let count = try #require(today[0].firstMatch(of: #/^load\.load: (\d+) values since /#)).1
      // 47 hours of 300 s.
      #expect((560...566).contains(Int(count) ?? 0), "\(today)")
      #expect(today[1].hasSuffix("today (:10, 2 of 3)"), "\(today)")
      #expect(columns(today[2]) == ["incidents", "1"], "\(today)")
      #expect(columns(today[4]) == ["messages", "2"], "\(today)")
      #expect(today[5].hasPrefix("worst ") && today[5].hasSuffix(", 15"), "\(today)")
      let both = try await lines(
        "backtest", "example.com;web01:load.load", "--warning", ":20", "--critical", ":30",
        "--hold", "1/1")
      #expect(both[1].contains("proposed (:20 and :30, 1 of 1)"), "\(both)")
      #expect(columns(both[2]) == ["incidents", "1", "1"], "\(both)")
      #expect(columns(both[3]) == ["critical", "0", "1"], "\(both)")
      #expect(both[5].hasSuffix(", 40"), "\(both)")
    }

    @Test func limitsAreProposedThatMuninConfTakes() async throws {
      let proposed = try await lines("suggest", "example.com;web01:load")
      try #require(proposed.count == 2, "\(proposed)")
      let warning = try #require(
        proposed[0].firstMatch(of: #/^load\.load\.warning :(\S+) +# .* % of \d+ values inside; /#)
      ).1
      // Above what is usual, and not above the one high value.
      #expect((3...40).contains(Double(warning) ?? 0), "\(proposed)")
      #expect(proposed[1].hasPrefix("load.load.critical :"), "\(proposed)")
      try scratch.write(
        scratch.read("master/munin.conf") + proposed.joined(separator: "\n") + "\n",
        to: "master/munin.conf")
      let check = try await run(
        Project.program("apus-collector"), ["check", "--config", config], in: scratch)
      #expect(check.ending == .exit(0) && check.errors == "", "\(check)")
      // With them the history causes what was promised: at most a message a month.
      let tried = try await lines("backtest", "example.com;web01:load")
      let messages = try #require(columns(tried[4]).last.flatMap { Int($0) })
      let promised = try #require(proposed[0].firstMatch(of: /; (\d+) messages? in/)).1
      #expect(messages == Int(promised), "\(proposed) \(tried)")
    }
  }
}
