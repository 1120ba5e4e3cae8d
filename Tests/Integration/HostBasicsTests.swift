import Foundation
import Testing

extension Programs {
  /// Every plugin beside munin's own of the same name: both nodes run on this machine at the same moment
  /// with the same plugin-conf.d. A history goes on only if names, types and units agree.
  @Suite struct HostBasicsTests {
    static let services =
      [
        "cpu", "df", "df_inode", "diskstats", "entropy", "forks", "fw_packets", "interrupts",
        "irqstats", "load",
        "memory", "netstat", "open_files", "open_inodes", "proc_pri", "processes", "swap",
        "threads", "uptime", "users", "vmstat",
      ] + interfaces.flatMap { ["if_\($0)", "if_err_\($0)"] } + firewall

    /// Where the firewall's table may be read; munin's plugins prefer conntrack(8), which may see more.
    private static let firewall =
      access("/proc/net/nf_conntrack", R_OK) == 0 && access("/usr/sbin/conntrack", X_OK) != 0
      ? ["fw_conntrack", "fw_forwarded_local"] : []

    /// The loopback, and a real one where there is one.
    private static let interfaces: [String] = {
      let all = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")) ?? []
      let real = all.filter { $0 != "lo" && !$0.contains(":") && !$0.hasPrefix("bonding") }
      return ["lo"] + real.sorted().prefix(1)
    }()

    // MARK: Configs

    /// What words tell a person may differ; what a master works with may not.
    @Test(arguments: Settings.all)
    func graphsAreMunins(settings: Settings) async throws {
      let scratch = try Scratch()
      let (ours, theirs) = try await bothNodes(settings.text, in: scratch)
      let requests = settings.services.map { "config \($0)" }
      let found = try answers(of: ours.port, to: requests)
      let wanted = try answers(of: theirs.port, to: requests)
      for (index, service) in settings.services.enumerated() {
        var expected = graphs(in: wanted[index])
        try #require(!expected.isEmpty, "munin's \(service) has no config: \(wanted[index])")
        Difference.apply(to: &expected, of: service, under: settings)
        let described = graphs(in: found[index])
        #expect(described.keys.sorted() == expected.keys.sorted(), "\(service)")
        for (name, graph) in expected {
          let ours = comparable(described[name] ?? GraphDescription())
          let theirs = comparable(graph)
          #expect(ours.attributes == theirs.attributes, "\(service) \(name)")
          #expect(ours.fields == theirs.fields, "\(service) \(name)")
          for (field, attributes) in theirs.fieldAttributes {
            #expect(ours.fieldAttributes[field] == attributes, "\(service) \(name) \(field)")
          }
        }
      }
    }

    /// Without what is for people, and with what is meant when nothing is said.
    private func comparable(_ graph: GraphDescription) -> GraphDescription {
      var graph = graph
      graph.attributes["graph_info"] = nil
      // Drawn first in the order that the graph names, then as they come.
      let first = (graph.attributes["graph_order"] ?? "").split(separator: " ").map(String.init)
      graph.fields = first + graph.fields.filter { !first.contains($0) }
      for field in graph.fields {
        graph.fieldAttributes[field]?["info"] = nil
        if graph.fieldAttributes[field]?["type"] == nil {
          graph.fieldAttributes[field]?["type"] = "GAUGE"
        }
      }
      return graph
    }

    // MARK: Values

    /// Each value lies between two looks of munin's plugin just before and just after, or as near to them as the
    /// plugin's own work moves it. What something else on the machine moved meanwhile is asked again.
    @Test(arguments: Settings.all.filter { !$0.hasOnlyLimits })
    func valuesAreMunins(settings: Settings) async throws {
      let scratch = try Scratch()
      let (ours, theirs) = try await bothNodes(settings.text, in: scratch)
      for service in settings.services where service != "diskstats" {
        var astray = ["not asked yet"]
        for _ in 0..<40 where !astray.isEmpty {
          let before = values(in: try answers(of: theirs.port, to: ["fetch \(service)"])[0])
          let found = values(in: try answers(of: ours.port, to: ["fetch \(service)"])[0])
          let after = values(in: try answers(of: theirs.port, to: ["fetch \(service)"])[0])
          try #require(!before.isEmpty && before.keys == after.keys, "munin's \(service)")
          astray = found.keys == before.keys ? [] : ["fields \(found.keys) of \(before.keys)"]
          for (field, text) in before where found[field] != nil {
            let words = [text, found[field]!, after[field]!]
            if Set(words) == ["U"] { continue }
            let numbers = words.compactMap(Double.init)
            guard numbers.count == 3, Tolerance.of(service).allows(numbers) else {
              astray.append("\(field): \(words)")
              continue
            }
          }
        }
        #expect(astray.isEmpty, "\(service)")
      }
    }

    /// Rates are those since an earlier reading of each node: while the test writes, both must see it alike. Half
    /// or double is what two readings at different instants may make of it, and munin's plugin counts whole seconds; a
    /// wrong unit would be wrong by ten. What a busy machine makes of two or three seconds is asked again.
    @Test func ratesOfDisksAreMunins() async throws {
      let scratch = try Scratch()
      let (ours, theirs) = try await bothNodes("", in: scratch)
      var astray = ["not asked yet"]
      for _ in 0..<4 where !astray.isEmpty {
        _ = try answers(of: theirs.port, to: ["fetch diskstats"])
        _ = try answers(of: ours.port, to: ["fetch diskstats"])
        let writing = try await run(
          "/bin/sh",
          [
            "-c",
            "for i in 1 2 3; do dd if=/dev/zero of=\(scratch.path)/zeros bs=64k count=256 "
              + "conv=fsync 2>&1; sleep 0.5; done",
          ], in: scratch)
        #expect(writing.ending == .exit(0), "\(writing.output)")
        let found = values(in: try answers(of: ours.port, to: ["fetch diskstats"])[0])
        let expected = values(in: try answers(of: theirs.port, to: ["fetch diskstats"])[0])
        try #require(!expected.isEmpty)
        #expect(found.keys.sorted() == expected.keys.sorted())
        astray = []
        for (field, text) in expected {
          let theirs = try #require(Double(text), "\(field)")
          let ours = try #require(found[field].flatMap(Double.init), "\(field)")
          // What hardly happened is not compared: one request more is a large part of it.
          let slack = field.contains("bytes") ? 200_000.0 : field.contains("io") ? 20 : 0.05
          if abs(ours - theirs) > 0.5 * max(ours, theirs) + slack {
            astray.append("\(field): \(ours), theirs \(theirs)")
          }
        }
      }
      #expect(astray.isEmpty)
    }

    // MARK: Nodes

    private func bothNodes(_ settings: String, in scratch: Scratch) async throws -> (
      ours: (program: RunningProgram, port: Int), theirs: (program: RunningProgram, port: Int)
    ) {
      try scratch.write(settings, to: "munin-node/plugin-conf.d/settings")
      let theirs = try await startPeer("munin-node", in: scratch, ["host.example"] + Self.services)
      let ours = try await startNode(in: scratch, builtIn: Self.services, settings: settings)
      return (ours, theirs)
    }
  }
}
