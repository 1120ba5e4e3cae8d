import Foundation
import Testing

extension Programs {
  /// What `apus-collector` writes, beside what munin-update writes of the same node.
  @Suite struct RecordingTests {
    /// Names, data sources, steps and archives of the files, key by key.
    @Test(arguments: ["munin-node", "munin-node-c"])
    func filesAreMadeAsMuninMakesThem(peer: String) async throws {
      let scratch = try Scratch()
      let node = try await startPeer(
        peer, in: scratch, ["web01.example.com", "load", "cpu", "memory"])
      let nodes = ["example.com;web01": node.port]
      let master = try await MuninMaster(in: scratch, nodes: nodes)
      try await master.run("update")
      let collector = try ApusCollector(in: scratch, nodes: nodes)
      #expect(try await collector.poll() == "")

      #expect(!master.files.isEmpty && collector.files == master.files)
      for file in collector.files {
        let ours = try await collector.rrd(file)
        let theirs = try await master.rrd(file)
        #expect(differences(ours, theirs, butFor: isOfTheMoment) == [], "\(file)")
        #expect(ours.info.count > 50)
      }
    }

    /// Other sizes than the normal one, in munin's two ways to write them.
    @Test(arguments: [
      "graph_data_size huge", "update_rate 60\ngraph_data_size custom 120, 5 288, 60 100",
      "update_rate 10\ngraph_data_size custom 1d, 1m for 7d, 5m for 45d, 1h for 450d",
    ])
    func archivesHaveMuninsSizes(settings: String) async throws {
      let scratch = try Scratch()
      let node = try await ScriptedNode(
        in: scratch, [.init("load", config: "load.label load", fetch: "load.value 1")])
      let nodes = ["example.com;web01": node.port]
      let master = try await MuninMaster(in: scratch, nodes: nodes, settings: settings)
      try await master.run("update")
      let collector = try ApusCollector(in: scratch, nodes: nodes, settings: settings)
      try await collector.poll()
      #expect(collector.files == ["example.com/web01-load-load-g.rrd"])
      for file in collector.files {
        let ours = try await collector.rrd(file)
        #expect(try await differences(ours, master.rrd(file), butFor: isOfTheMoment) == [])
      }
    }

    /// What a plugin says of its own files goes before munin.conf; a field without a value has a file, also of a fetch that fails.
    @Test(arguments: [
      "", "update_rate 60\ngraph_data_size custom 1d, 1m for 1w, 5m for 1t, 15m for 1y",
    ])
    func aPluginsOwnSizeIsMunins(settings: String) async throws {
      let scratch = try Scratch()
      // At a time of its own, so that munin and we begin the files at the same second.
      let start = time(nil) / 300 * 300 - 3600
      func service(_ name: String, _ config: String, _ fetch: String? = nil) -> ScriptedNode.Service
      {
        .init(name, config: config, fetch: fetch ?? "a.value \(start):1\na.value \(start + 300):2")
      }
      let node = try await ScriptedNode(
        in: scratch,
        [
          service(
            "own",
            "graph_title O\nupdate_rate 10\ngraph_data_size custom 1d, 10s for 1d, 5m for 9d\na.label a\nb.label b"
          ),
          service("huge", "graph_title H\nupdate_rate 10\ngraph_data_size huge\na.label a"),
          service("normal", "graph_title N\ngraph_data_size normal\na.label a"),
          service("rate", "graph_title R\nupdate_rate 60\na.label a"),
          service("field", "graph_title F\na.label a\na.graph_data_size huge\nb.label b\nb.min 5"),
          service(
            "parts",
            "multigraph parts\ngraph_title M\nupdate_rate 10\ngraph_data_size custom 1d\na.label a\n"
              + "multigraph parts.plain\ngraph_title P\na.label a\n"
              + "multigraph parts.huge\ngraph_title P\ngraph_data_size huge\na.label a",
            "multigraph parts\na.value \(start):1\nmultigraph parts.plain\na.value \(start):1\n"
              + "multigraph parts.huge\na.value \(start):1"),
          service("fails", "graph_title F\na.label a", "# Bad exit"),
          service("nothing", "graph_title F\na.label a\na.type DERIVE\na.max 7", ""),
        ])
      let nodes = ["example.com;web01": node.port]
      let master = try await MuninMaster(in: scratch, nodes: nodes, settings: settings)
      try await master.run("update")
      let collector = try ApusCollector(in: scratch, nodes: nodes, settings: settings)
      try await collector.poll()
      #expect(collector.files == master.files && collector.files.count == 12)
      for file in collector.files {
        let ours = try await collector.rrd(file)
        let theirs = try await master.rrd(file)
        // The files without a value begin when they are made.
        let isEmpty = file.contains(/(-b-|fails|nothing)/)
        let ignored = isEmpty ? isOfTheMoment : isArbitrary
        #expect(differences(ours, theirs, butFor: ignored) == [], "\(file)")
        let age = Int(ours.info["last_update"]!)! - Int(theirs.info["last_update"]!)!
        #expect((0...(isEmpty ? 120 : 0)).contains(age), "\(file): \(age)")
      }
    }

    /// A node that says when each value was read leaves no room for two clocks, so that the files must agree in
    /// everything: rows, the unfinished row, and the last value as given.
    @Test func valuesWithTimesAreStoredAsMuninStoresThem() async throws {
      let scratch = try Scratch()
      // An hour ago, when a step began.
      let start = time(nil) / 300 * 300 - 3600
      let node = try await ScriptedNode(in: scratch, services(from: start, steps: 0..<4))
      let nodes = ["example.com;web01": node.port]
      let master = try await MuninMaster(in: scratch, nodes: nodes)
      let collector = try ApusCollector(in: scratch, nodes: nodes)
      // The third and fourth round repeat some of what was said before, as a node does after a break.
      for steps in [0..<4, 4..<7, 5..<8, 7..<8] {
        try node.say(services(from: start, steps: steps))
        try await master.run("update")
        #expect(try await collector.poll() == "")
      }
      #expect(collector.files == master.files && collector.files.count == 9)
      for file in collector.files {
        let ours = try await collector.rrd(file)
        let theirs = try await master.rrd(file)
        #expect(differences(ours, theirs, butFor: isArbitrary) == [], "\(file)")
        for function in ["AVERAGE", "MIN", "MAX"] {
          let rows = try await ours.rows(from: start - 600, to: start + 3000, function)
          let expected = try await theirs.rows(from: start - 600, to: start + 3000, function)
          #expect(rows.map(\.time) == expected.map(\.time), "\(file)")
          #expect(rows.map { "\($0.value)" } == expected.map { "\($0.value)" }, "\(file)")
          #expect(rows.contains { !$0.value.isNaN }, "\(file)")
        }
      }
    }

    /// One field of each type, odd numbers, bounds, parts of a multigraph, and values that come with the config.
    private func services(from start: Int, steps: Range<Int>) -> [ScriptedNode.Service] {
      func values(_ field: String, _ value: (Int) -> String) -> String {
        steps.map { "\(field).value \(start + $0 * 300 + 17):\(value($0))" }
          .joined(separator: "\n")
      }
      let odd = ["U", "1e3", "-0.5", "12", "99999999", "0.000001", "5E-3", "7"]
      return [
        .init(
          "types",
          config: """
            graph_title Types
            g.label gauge
            d.label derive
            d.type DERIVE
            d.min 0
            c.label counter
            c.type COUNTER
            c.max 1000
            a.label absolute
            a.type ABSOLUTE
            """,
          fetch: [
            values("g") { "\(Double($0) * 1.25)" },
            values("d") { "\([100, 400, 300, 900, 1800, 1800, 2000, 2600][$0])" },
            values("c") { "\([4_294_967_000, 100, 500, 700, 900, 5000, 6000, 7000][$0])" },
            values("a") { "\($0 * 30)" },
          ].joined(separator: "\n")),
        .init(
          "odd",
          config: "graph_title Odd\nx.label x\nx.max 5000\nbig.label big\nbig.type DERIVE",
          fetch: values("x") { odd[$0] } + "\n"
            + values("big") { "\(UInt64.max - 1_000_000 + UInt64($0) * 300)" }),
        .init(
          "parts",
          config: """
            multigraph parts
            graph_title Parts
            sum.label sum
            multigraph parts.one
            graph_title One
            n.label n
            """,
          fetch: "multigraph parts\n" + values("sum") { "\($0)" } + "\nmultigraph parts.one\n"
            + values("n") { "\($0 * 2)" }),
        .init(
          "dirty",
          config: "graph_title Dirty\nv.label v\n" + values("v") { "\($0 + 100)" }, fetch: ""),
      ]
    }

    /// What the files' descriptions do not agree in, key by key.
    private func differences(
      _ ours: RRDFile, _ theirs: RRDFile, butFor isIgnored: (String) -> Bool
    ) -> [String] {
      Set(ours.info.keys).union(theirs.info.keys).sorted()
        .filter { !isIgnored($0) && ours.info[$0] != theirs.info[$0] }
        .map { "\($0): \(ours.info[$0] ?? "none"), munin's: \(theirs.info[$0] ?? "none")" }
    }

    /// What depends on when a file was written, not on how.
    private func isOfTheMoment(_ key: String) -> Bool {
      isArbitrary(key) || key == "last_update"
        || key.contains(/\.(last_ds|value|unknown_sec|unknown_datapoints)$/)
    }

    /// What two files that say the same may differ in: rrdtool begins its rings anywhere.
    private func isArbitrary(_ key: String) -> Bool {
      key == "filename" || key.hasSuffix(".cur_row")
    }
  }
}
