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

    /// Killed at any moment, for real: the next command finishes it, and every file is there under one name.
    @Test func aKilledRenameIsFinished() async throws {
      let fields = (0..<400).map { "f\($0)" }
      let node = try await ScriptedNode(
        in: scratch,
        [
          .init(
            "many",
            config: "graph_title M\n" + fields.map { "\($0).label x" }.joined(separator: "\n"),
            fetch: fields.map { "\($0).value 1" }.joined(separator: "\n"))
        ])
      let collector = try ApusCollector(in: scratch, nodes: ["g;web00": node.port])
      try await collector.poll()
      #expect(collector.files.count == 400)
      var unfinished = 0
      for round in 1...12 {
        let (old, new) = (
          "g;web\(round < 11 ? "0" : "")\(round - 1)", "g;web\(round < 10 ? "0" : "")\(round)"
        )
        let rename = try RunningProgram(
          Project.program("apus-collector"),
          ["history", "rename", old, new, "--yes", "--config", "\(scratch.path)/apus/munin.conf"],
          in: scratch)
        // From the start of the process to its end; most of the time goes before the first file.
        try await Task.sleep(for: .milliseconds(Int.random(in: 5...60)))
        rename.kill()
        let files = collector.files
        let host = { (name: String) in files.count { $0.hasPrefix("g/\(name)-many-") } }
        let (left, moved) = (host(String(old.dropFirst(2))), host(String(new.dropFirst(2))))
        #expect(files.count == 400 && left + moved == 400, "round \(round): \(files.count) files")
        if moved > 0, left > 0 { unfinished += 1 }
        // Whatever it had come to, the same command ends it, or has nothing left to do.
        let again = try await history("rename", old, new, "--yes")
        #expect(
          again.ending == .exit(0) || again.errors.contains("no history of \(old) in "), "\(again)")
        let now = collector.files
        #expect(
          now.count == 400 && now.allSatisfy { $0.hasPrefix("g/\(new.dropFirst(2))-") },
          "round \(round)")
      }
      print("a rename was killed between two files in \(unfinished) of 12 rounds")
      // The ledger has followed: the node of that name goes on with its series.
      let plan = try await history("forget", "g;web12")
      #expect(
        plan.output.hasPrefix("the history of g;web12 would be removed: 400 files, 400 series\n"),
        "\(plan)")
    }

    @Test func aMuninIsImportedAndForgotten() async throws {
      let node = try await node()
      let master = try await MuninMaster(
        in: scratch, nodes: ["g;web01": node.port, "h;old": node.port])
      try await master.run("update")
      let collector = try ApusCollector(in: scratch, nodes: ["g;web01": node.port])
      let source = "\(scratch.path)/master/db"
      let plan = try await history("import", source)
      #expect(plan.ending == .exit(0) && plan.errors == "", "\(plan)")
      #expect(
        plan.output.hasPrefix("\(source)/datafile: 2 nodes, 2 graphs\n2 RRD files to copy, "),
        "\(plan)")
      #expect(
        plan.output.hasSuffix("\nnothing was changed; --yes does it\n") && collector.files == [])
      let done = try await history("import", source, "--yes")
      #expect(done.ending == .exit(0) && done.errors == "", "\(done)")
      #expect(
        done.output.hasSuffix(
          """
          imported: 2 files copied, 2 services and 2 series new in the ledger
          1 node not in munin.conf, without pages until they are:
            h;old

          """), "\(done)")
      #expect(collector.files == ["g/web01-load-load-g.rrd", "h/old-load-load-g.rrd"])
      let why = try await run(
        Project.program("apus-collector"),
        ["why", "g;web01:load.load", "--config", "\(scratch.path)/apus/munin.conf"], in: scratch)
      #expect(why.ending == .exit(0) && why.errors == "")
      #expect(why.output.contains("\nload.load: last value 7 at "), "\(why)")

      // A line that is no line, and a file that is no file.
      try scratch.write(
        "g;../x:load.label x\n" + scratch.read("master/db/datafile"), to: "master/db/datafile")
      try scratch.write("x", to: "master/db/h/old-load-x-g.rrd")
      let odd = try await history("import", source)
      #expect(odd.ending == .exit(0))
      #expect(
        odd.errors.contains(
          "\(source)/datafile:1: expected group;host, found 'g;../x': left out\n"), "\(odd)")
      #expect(
        odd.errors.contains("h/old-load-x-g.rrd: ") && odd.output.contains("2 RRD files left out"),
        "\(odd)")

      let forget = try await history("forget", "h;old", "--yes")
      #expect(
        forget.ending == .exit(0) && forget.output == "h;old is forgotten: 1 file, 1 series\n",
        "\(forget)")
      #expect(collector.files == ["g/web01-load-load-g.rrd"])
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
      ([], "history: expected rename, export, import or forget"), (["move"], "found 'move'"),
      (["import"], "history import: expected one DIR"),
      (["forget"], "history forget: expected one TARGET"),
      (["forget", "a;b", "--from", "1"], "--from belongs to 'apus-collector history export'"),
      (["rename", "a"], "history rename: expected OLD and NEW"),
      (["export"], "history export: expected one TARGET"),
      (["export", "a;b", "--format", "xml"], "expected csv, jsonl or openmetrics, found 'xml'"),
      (["export", "a;b", "--from", "someday"], "'someday': expected a time as rrdtool takes it"),
      (
        ["export", "a;b", "--yes"], "history export: option --yes has no effect: nothing is changed"
      ),
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
