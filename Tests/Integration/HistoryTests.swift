import Foundation
import Testing

extension Programs {
  /// `apus-collector history` on what a collector has kept.
  @Suite struct HistoryTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func history(_ words: String...) async throws -> (
      ending: Ending, output: String, errors: String
    ) {
      try await run(
        Project.program("apus-collector"),
        ["history"] + words + ["--config", "\(scratch.path)/apus/munin.conf"], in: scratch)
    }

    private func node() async throws -> ScriptedNode {
      try await ScriptedNode(
        in: scratch,
        [.init("load", config: "graph_title L\nload.label l", fetch: "load.value 7")])
    }

    @Test func aNodeIsRenamedWithItsHistory() async throws {
      let node = try await node()
      let collector = try ApusCollector(in: scratch, nodes: ["g;web01": node.port])
      try await collector.poll()
      let folder = "\(scratch.path)/apus/db"

      let plan = try await history("rename", "g;web01", "h;www")
      #expect(plan.ending == .exit(0) && plan.errors == "")
      #expect(
        plan.output == """
          g;web01 would become h;www: 1 file, 1 series
            g/web01-load-load-g.rrd -> h/www-load-load-g.rrd
          nothing was changed; --yes does it

          """)
      #expect(collector.files == ["g/web01-load-load-g.rrd"])

      let done = try await history("rename", "g;web01", "h;www", "--yes")
      #expect(done.ending == .exit(0) && done.errors == "")
      #expect(
        done.output == """
          g;web01 is h;www now: 1 file, 1 series
          munin.conf still calls it g;web01: rename it there before the collector starts

          """)
      #expect(collector.files == ["h/www-load-load-g.rrd"])
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/g"))
      // Again, there is nothing left to rename.
      let again = try await history("rename", "g;web01", "h;www", "--yes")
      #expect(again.ending == .exit(1))
      #expect(again.errors == "apus-collector: no history of g;web01 in \(folder)\n")
    }

    @Test func aRunningCollectorKeepsItsNames() async throws {
      let node = try await node()
      let collector = try ApusCollector(in: scratch, nodes: ["g;web01": node.port])
      let running = try await collector.start()
      let outcome = try await history("rename", "g;web01", "h;www", "--yes")
      #expect(outcome.ending == .exit(1))
      #expect(outcome.errors.contains("is in use by another apus-collector (pid \(running.pid))"))
      #expect(try await running.end() == .exit(0))
    }

    /// The same rows as rrdtool's, and in a folder that no collector has seen.
    @Test func valuesAreExported() async throws {
      let rrdtool = Project.peer("munin-master")
      _ = try ApusCollector(in: scratch, nodes: ["g;web01": 4949])
      let folder = "\(scratch.path)/apus/db/g"
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      let file = "\(folder)/web01-if_eth0-down-d.rrd"
      let start = 1_795_900_200
      _ = try await run(
        rrdtool,
        [
          "rrdtool", "create", file, "--start", "\(start)", "--step", "300", "DS:42:DERIVE:600:0:U",
          "RRA:AVERAGE:0.5:1:576",
        ], in: scratch)
      _ = try await run(
        rrdtool,
        ["rrdtool", "update", file] + [1, 2, 3].map { "\(start + $0 * 300):\($0 * $0 * 600)" },
        in: scratch)
      let outcome = try await history(
        "export", "g;web01", "--from", "\(start)", "--to", "\(start + 900)")
      #expect(outcome.ending == .exit(0) && outcome.errors == "")
      #expect(
        outcome.output == """
          time,node,graph,field,value
          \(start + 600),g;web01,if_eth0,down,6.0
          \(start + 900),g;web01,if_eth0,down,10.0

          """)
      let metrics = try await history("export", "g;web01:if_eth0.down", "--format", "openmetrics")
      #expect(
        metrics.output == """
          # TYPE munin_value gauge
          munin_value{node="g;web01",graph="if_eth0",field="down"} 6.0 \(start + 600)
          munin_value{node="g;web01",graph="if_eth0",field="down"} 10.0 \(start + 900)
          # EOF

          """)
      // Nothing was written into munin's folder.
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/apus/db") == ["g"])
    }

    @Test(arguments: [
      ([], "history: expected rename or export"), (["move"], "found 'move'"),
      (["rename", "a"], "history rename: expected OLD and NEW"),
      (["export"], "history export: expected one TARGET"),
      (["export", "a;b", "--format", "xml"], "expected csv, jsonl or openmetrics, found 'xml'"),
      (["export", "a;b", "--from", "someday"], "'someday': expected a time as rrdtool takes it"),
      (["export", "a;b", "--yes"], "--yes belongs to 'apus-collector history rename'"),
      (["rename", "a;b", "a;c", "--to", "now"], "--to belongs to 'apus-collector history export'"),
    ])
    func wrongUsageIsTold(words: [String], reason: String) async throws {
      let outcome = try await run(
        Project.program("apus-collector"), ["history"] + words, in: scratch)
      #expect(outcome.ending == .exit(2) && outcome.output == "")
      #expect(outcome.errors.contains(reason), "\(outcome.errors)")
    }
  }
}
