import Foundation
import Testing

extension Programs {
  /// munin-update and the collector poll the same node, whose answers change from cycle to cycle, at the same seconds.
  @Suite struct DifferentialTests {
    /// Where we do otherwise on purpose; Recording's page says why. Each of these does differ, else it does not belong here.
    private static let differing = [
      // A value without a time in a config, beside others with a time: munin gives it the newest of those.
      "dirty_mixed-v-g",
      // munin takes the beginning of a text that is no number; here it is unknown.
      "malformed-x-g", "malformed-z-a",
      // librrd takes whole numbers only for DERIVE: munin loses the value, here its fraction is cut off.
      "fractions-y-d",
      // munin looks at `oldname` only when it knows the field under its new name already.
      "renamed-new-g",
      // Twice the same field without a time: munin keeps the first value, here the last one counts.
      "twice-v-g",
    ]

    @Test func twentyCyclesMakeTheSameFiles() async throws {
      let scratch = try Scratch()
      let clock = try await StandingClock(in: scratch)
      // The first second of 2026.
      let start = 1_767_225_600
      try clock.set(start)
      let node = try await ScriptedNode(
        in: scratch, services(0, at: start), environment: clock.environment)
      let nodes = ["example.com;web01": node.port]
      let master = try await MuninMaster(
        in: scratch, nodes: nodes, environment: clock.environment)
      let collector = try ApusCollector(in: scratch, nodes: nodes)
      for cycle in 0..<20 {
        let time = start + cycle * 300
        try clock.set(time + 17)
        try node.say(services(cycle, at: time))
        try await master.run("update")
        try await collector.poll(environment: clock.environment)
      }
      // The file of a field's old name, which munin leaves behind.
      #expect(master.files.filter { !collector.files.contains($0) } == [file("renamed-old-g")])
      #expect(collector.files.filter { !master.files.contains($0) } == [])
      #expect(collector.files.count > 45)
      for file in collector.files {
        let (ours, theirs) = (try await collector.rrd(file), try await master.rrd(file))
        let isSame = try await plain(ours.dump()) == plain(theirs.dump())
        #expect(isSame != Self.differing.contains { file == self.file($0) }, "\(file)")
      }
    }

    /// The newest value is kept as it was given, and `1e3` may be given as 1000 or as 1000.0000.
    private func plain(_ dump: String) -> String {
      dump.replacing(/<last_ds>(.*)<\/last_ds>/) { match in
        "<last_ds>\(Double(match.1).map { "\($0)" } ?? "\(match.1)")</last_ds>"
      }
    }

    private func file(_ name: String) -> String { "example.com/web01-\(name).rrd" }

    // MARK: What the node says

    private func services(_ cycle: Int, at time: Int) -> [ScriptedNode.Service] {
      types(cycle) + texts(cycle) + stamped(cycle, at: time) + layouts(cycle) + changes(cycle)
        + failures(cycle)
    }

    /// Fields of each type, with wraps and resets, and names.
    private func types(_ cycle: Int) -> [ScriptedNode.Service] {
      [
        .init(
          "types",
          config: "graph_title T\ng.label g\nd.label d\nd.type DERIVE\nd.min 0\nc.label c\n"
            + "c.type COUNTER\nc.max 1000\na.label a\na.type ABSOLUTE\nn.label n\nn.type DERIVE",
          fetch: "g.value \(Double(cycle) * 1.25)\nd.value \(cycle * 977 % 5000)\n"
            + "c.value \((4_294_967_000 + cycle * 300) % 4_294_967_296)\na.value \(cycle * 30)\n"
            + "n.value \(cycle % 3 == 0 ? 5000 : -cycle * 100)"),
        .init(
          "big",
          config: "graph_title B\nv.label v\nv.type DERIVE\nw.label w\nw.type COUNTER\ng.label g",
          fetch: "v.value \(9_223_372_036_854_770_808 + UInt64(cycle) * 100)\n"
            + "w.value \(cycle < 3 ? UInt64.max - 1000 + UInt64(cycle) * 300 : UInt64(cycle) * 300)\n"
            + "g.value \(UInt64.max - 20 + UInt64(cycle))"),
        .init(
          "na-me.x", config: "graph_title N\na_b.label a\nA1.label b",
          fetch: "a_b.value \(cycle)\nA1.value \(cycle)"),
        .init(
          "order", config: "graph_title O\na.label a\nb.label b\nc.label c",
          fetch: "c.value \(cycle)\na.value \(cycle + 1)\nstranger.value 5\nb.value \(cycle + 2)"),
        .init(
          "twice", config: "graph_title T\nv.label v",
          fetch: "v.value \(cycle)\nv.value \(cycle + 1)"),
        .init(
          "parts",
          config: "multigraph parts\ngraph_title P\nsum.label sum\nmultigraph parts.one\n"
            + "graph_title One\nn.label n\nmultigraph parts.two.deep\ngraph_title Two\nn.label n\n"
            + "n.type COUNTER\nmultigraph other\ngraph_title O\nm.label m",
          fetch:
            "multigraph parts\nsum.value \(cycle)\nmultigraph parts.one\nn.value \(cycle * 2)\n"
            + "multigraph parts.two.deep\nn.value \(cycle * 600)\nmultigraph other\nm.value \(cycle % 4)"
        ),
      ]
    }

    /// Numbers in all spellings, texts that are none, bytes that are no UTF-8.
    private func texts(_ cycle: Int) -> [ScriptedNode.Service] {
      let numbers = [
        "U", "1e3", "-0.5", "12", "99999999", "0.000001", "5E-3", "7", "+4", ".5", "5.",
      ]
      let wrong = ["7", "1e400", "0x10", "1,5", "abc", "-", "3 4", "inf"]
      func turn(_ texts: [String], _ offset: Int) -> String {
        texts[(cycle + offset) % texts.count]
      }
      return [
        .init(
          "odd", config: "graph_title O\nx.label x\nx.max 5000\nz.label z\nz.type ABSOLUTE",
          fetch:
            "x.value \(turn(numbers, 0))\nz.value \(turn(["3", "U", "12", "0", "99999999"], 2))"),
        .init(
          "fractions", config: "graph_title F\ny.label y\ny.type DERIVE",
          fetch: "y.value \(Double(cycle * cycle) * 2.5)"),
        .init(
          "malformed", config: "graph_title M\nx.label x\nz.label z\nz.type ABSOLUTE",
          fetch: "x.value \(turn(wrong, 0))\nz.value \(turn(wrong, 3))"),
        .init(
          "utf",
          config:
            "graph_title L\u{F7F6}we \u{F7C3}\nv.label \u{F7E4}\u{F7F6}\nv.info \u{F7FF}\u{F7FE}",
          fetch: "v.value \(cycle)"),
      ]
    }

    /// Values that say when they were read: several at once, some of them repeated, in the config.
    private func stamped(_ cycle: Int, at time: Int) -> [ScriptedNode.Service] {
      func lines(_ steps: some Sequence<Int>, _ line: (Int) -> String) -> String {
        steps.map(line).joined(separator: "\n")
      }
      return [
        .init(
          "stamped", config: "graph_title S\nv.label v\nw.label w\nw.type DERIVE",
          fetch: lines(0..<3) {
            "v.value \(time - 600 + $0 * 300):\(cycle + $0)\n"
              + "w.value \(time - 600 + $0 * 300):\((cycle + $0) * 100)"
          }),
        .init(
          "supersampled",
          config:
            "graph_title S\nupdate_rate 10\ngraph_data_size custom 1d, 10s for 1d, 5m for 9d\n"
            + "v.label v",
          fetch: lines(1...30) { "v.value \(time - 300 + $0 * 10):\(cycle * 30 + $0)" }),
        .init(
          "dirty-plain",
          config: "graph_title D\nv.label v\nv.value \(cycle + 100)\nw.label w\nw.type DERIVE\n"
            + "w.value \(cycle * 60)", fetch: ""),
        .init(
          "dirty-stamped",
          config: "graph_title D\nv.label v\nv.value \(time + 7):\(cycle + 100)\nw.label w\n"
            + "w.type DERIVE\nw.value \(time):\(cycle * 60)", fetch: ""),
        .init(
          "dirty-mixed",
          config: "graph_title D\nv.label v\nv.value \(cycle + 100)\nw.label w\nw.type DERIVE\n"
            + "w.value \(time):\(cycle * 60)", fetch: ""),
        .init(
          "same",
          config: "graph_title S\nv.label v\nnone.label none\nat.label at\nmade.label m\n"
            + "made.type DERIVE\nmade.min 5",
          fetch: "v.value 42" + (cycle % 3 == 0 ? "\nat.value \(cycle)" : "")),
      ]
    }

    /// Archives of all kinds.
    private func layouts(_ cycle: Int) -> [ScriptedNode.Service] {
      [
        ("huge", "graph_data_size huge\nv.label v"),
        (
          "custom",
          "update_rate 60\ngraph_data_size custom 1d, 1m for 1w, 5m for 1t, 15m for 1y\nv.label v"
        ),
        ("rows", "update_rate 60\ngraph_data_size custom 120, 5 288, 60 100\nv.label v"),
        ("rate", "update_rate 60\nv.label v"),
        ("field", "v.label v\nv.graph_data_size huge\nw.label w"),
      ].map {
        .init($0.0, config: "graph_title L\n" + $0.1, fetch: "v.value \(cycle)\nw.value \(cycle)")
      }
    }

    /// Types, bounds and names that change on the way; fields and services that go and return.
    private func changes(_ cycle: Int) -> [ScriptedNode.Service] {
      let type = cycle < 7 ? "GAUGE" : cycle < 13 ? "DERIVE" : "COUNTER"
      let bounds = cycle < 15 ? "\nw.min \(cycle / 5)\nw.max \(1000 - cycle / 4)" : ""
      let name = cycle < 9 ? "old" : "new"
      let isThere = cycle % 2 == 1
      let returning = ScriptedNode.Service(
        "returns", config: "graph_title R\nv.label v" + (isThere ? "\nw.label w" : ""),
        fetch: "v.value \(cycle)" + (isThere ? "\nw.value \(cycle)" : ""))
      return [
        .init(
          "changes", config: "graph_title C\nv.label v\nv.type \(type)\nw.label w" + bounds,
          fetch: "v.value \(cycle * 100)\nw.value \(cycle * 10)"),
        .init(
          "renamed",
          config: "graph_title R\n\(name).label n" + (cycle < 9 ? "" : "\nnew.oldname old"),
          fetch: "\(name).value \(cycle)"),
      ] + (cycle % 5 == 3 ? [] : [returning])
    }

    /// Services that fail now and then, in all of the node's ways to say so.
    private func failures(_ cycle: Int) -> [ScriptedNode.Service] {
      [
        .init(
          "fails", config: cycle % 4 == 2 ? "# Bad exit" : "graph_title F\nv.label v",
          fetch: cycle % 4 == 1 ? "# Bad exit" : "v.value \(cycle)"),
        .init(
          "slow", config: "graph_title S\nv.label v",
          fetch: cycle % 3 == 0 ? "# Timed out" : "v.value \(cycle)"),
      ]
    }
  }
}
