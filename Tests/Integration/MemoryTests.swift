import Foundation
import Testing

/// The folder of a control group of the tests' own, where one can be made whose memory can be limited.
private let groupsFolder: String? = {
  guard geteuid() == 0, let text = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
  else { return nil }
  for line in text.split(separator: "\n") {
    let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { continue }
    let isFirstVersion = parts[1].split(separator: ",").contains("memory")
    guard isFirstVersion || parts[1].isEmpty else { continue }
    let root = isFirstVersion ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup"
    // In the second version only a group without processes of its own hands limits on: the topmost.
    let folder = isFirstVersion ? root + parts[2] : root
    let trial = "\(folder)/apus-trial-\(getpid())"
    guard mkdir(trial, 0o755) == 0 else { continue }
    let file = isFirstVersion ? "memory.limit_in_bytes" : "memory.max"
    let isThere = access("\(trial)/\(file)", W_OK) == 0
    rmdir(trial)
    if isThere { return folder }
  }
  return nil
}()

extension Programs {
  /// The plugins for memory on this very machine, beside other ways to look at it.
  @Suite struct MemoryTests {
    static let services = ["memory_available", "memory_pressure", "swap_usage", "tmpfs"]

    // MARK: Values

    /// Each value lies between two looks of an independent script, or as near as the machine's own work moves it.
    @Test func valuesAreThoseOfAnotherLook() async throws {
      let scratch = try Scratch()
      let node = try await startNode(in: scratch, builtIn: Self.services, settings: "")
      var astray = ["not asked yet"]
      for _ in 0..<12 where !astray.isEmpty {
        let before = try await facts(scratch)
        let found = try answers(of: node.port, to: Self.services.map { "fetch \($0)" })
          .enumerated().reduce(into: [String: String]()) { all, answer in
            for (name, value) in values(in: answer.element) {
              let service = Self.services[answer.offset]
              all[name.hasPrefix("/") ? service + name : name] = value
            }
          }
        let after = try await facts(scratch)
        astray =
          found.keys == before.keys
          ? [] : ["fields \(Set(found.keys).symmetricDifference(before.keys))"]
        for (name, text) in before {
          let words = [text, found[name] ?? "none", after[name] ?? "none"]
          if Set(words) == ["U"] { continue }
          let numbers = words.compactMap(Double.init)
          guard numbers.count == 3, Self.agree(name, numbers) else {
            astray.append("\(name): \(words)")
            continue
          }
        }
      }
      #expect(astray.isEmpty)
      try await node.program.end()
    }

    private func facts(_ scratch: Scratch) async throws -> [String: String] {
      let outcome = try await run(Project.peer("memory-facts"), in: scratch)
      guard outcome.ending == .exit(0) else { throw Trouble("memory-facts: \(outcome.errors)") }
      return outcome.output.split(separator: "\n").reduce(into: [:]) { facts, line in
        let words = line.split(separator: " ").map(String.init)
        facts[words[0]] = words[1]
      }
    }

    private static func agree(_ name: String, _ numbers: [Double]) -> Bool {
      let range = min(numbers[0], numbers[2])...max(numbers[0], numbers[2])
      // Counts only grow. What is in use moves a little more than two looks show: the looks themselves take some.
      var slack = 0.0
      if name.hasPrefix("memory_available/") || name.hasPrefix("tmpfs_shmem/") { slack = 8e6 }
      if name.hasPrefix("memory_pressure_average/") { slack = 1 }
      return (range.lowerBound - slack...range.upperBound + slack).contains(numbers[1])
    }

    // MARK: tmpfs

    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func fileSystemsOfKnownSizeAreShownRight() async throws {
      let scratch = try Scratch()
      let folder = try scratch.place("w")
      let outcome = try await run(
        Project.peer("tmpfs-world"),
        [folder, Project.program("apus-node"), "run", "tmpfs"] + scratch.noSettings, in: scratch)
      #expect(outcome.ending == .exit(0) && outcome.errors == "")
      let found = values(in: outcome.output.split(separator: "\n").map(String.init))
      let name = "_" + folder.dropFirst().map { $0.isLetter || $0.isNumber ? $0 : "_" }
      let ours = found.filter { $0.key.contains(name) }.map { key, value in
        (key.replacing(name, with: ""), value)
      }
      let idle = ["tmpfs_used/_idle": "0", "tmpfs_size/_idle_size": "8388608"]
      var expected = [
        "tmpfs_used/_known": "3145728", "tmpfs_size/_known_size": "8388608",
        "tmpfs_inodes/_known_inodes": "6", "tmpfs_used/_over": "2097152",
        "tmpfs_size/_over_size": "16777216", "tmpfs_inodes/_over_inodes": "2",
        "tmpfs_inodes/_a_place_inodes": "1", "tmpfs_inodes/_idle_inodes": "1",
      ]
      expected.merge(idle) { $1 }
      #expect(Dictionary(uniqueKeysWithValues: ours) == expected)

      let config = try await run(
        Project.peer("tmpfs-world"),
        [folder, Project.program("apus-node"), "run", "tmpfs", "config"] + scratch.noSettings,
        in: scratch)
      let used = try #require(
        graphs(in: config.output.split(separator: "\n").map(String.init))["tmpfs_used"])
      #expect(used.fieldAttributes["\(name)_known"]?["warning"] == "6710886")
      #expect(used.fieldAttributes["\(name)_known"]?["critical"] == "7969178")
      #expect(used.fieldAttributes["\(name)_known"]?["label"] == "\(folder)/known")
    }

    // MARK: A limit

    /// The node in a group of 200 MB within one of 100 MB: the outer limit counts, and what is left of it.
    @Test(.enabled(if: groupsFolder != nil, "needs root and control groups that limit memory"))
    func aLimitIsRespected() async throws {
      let scratch = try Scratch()
      let outer = "\(groupsFolder!)/apus-test-\(getpid())"
      let inner = "\(outer)/inner"
      #expect(mkdir(outer, 0o755) == 0)
      defer { rmdir(outer) }
      let isFirstVersion = access("\(outer)/memory.limit_in_bytes", F_OK) == 0
      let file = isFirstVersion ? "memory.limit_in_bytes" : "memory.max"
      let usage = isFirstVersion ? "memory.usage_in_bytes" : "memory.current"
      func write(_ text: String, to path: String) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.write(contentsOf: Data(text.utf8))
      }
      if !isFirstVersion { try? write("+memory", to: "\(outer)/cgroup.subtree_control") }
      #expect(mkdir(inner, 0o755) == 0)
      defer { rmdir(inner) }
      try write("\(100 << 20)", to: "\(outer)/\(file)")
      // A group's limit is in some versions refused when it is above that of the group around it.
      try? write("\(200 << 20)", to: "\(inner)/\(file)")

      let node = try await startNode(
        in: scratch, builtIn: Self.services, settings: "",
        under: [
          "/bin/sh", "-c", "echo $$ >\"$0\"/cgroup.procs && exec \"$@\"", inner,
        ])
      let answers = try answers(
        of: node.port, to: ["config memory_available", "fetch memory_available"])
      let used = try #require(
        Double(
          String(contentsOfFile: "\(outer)/\(usage)", encoding: .utf8)
            .trimmingCharacters(in: .newlines)))
      let graph = try #require(graphs(in: answers[0])[""])
      #expect(graph.attributes["graph_info"]?.contains("/apus-test-\(getpid()) counts") == true)
      #expect(graph.attributes["graph_info"]?.contains(file) == true)
      #expect(graph.fieldAttributes["available"]?["warning"] == "10485760:")
      #expect(graph.fieldAttributes["free"]?["warning"] == nil)
      let found = values(in: answers[1])
      let free = try #require(found["/free"].flatMap(Double.init))
      let available = try #require(found["/available"].flatMap(Double.init))
      #expect(abs(free - (Double(100 << 20) - used)) < 8e6)
      #expect(free...Double(100 << 20) ~= available)
      try await node.program.end()
      try await waiting(until: "the group is empty") {
        rmdir(inner) == 0 || errno == ENOENT
      }
    }

    // MARK: Masters and nodes of munin

    /// The real master stores every field, an unknown one as unknown.
    @Test func theMasterStoresAll() async throws {
      let scratch = try Scratch()
      let node = try await startNode(in: scratch, builtIn: Self.services, settings: "")
      let relay = try Relay(to: node.port)
      let master = try await MuninMaster(in: scratch, nodes: ["example.com;web01": relay.port])
      try await master.run("update")
      let said = Conversation(relay.transcript)
      #expect(said.services.sorted() == Self.services)
      var expected: [String] = []
      for (graph, fields) in said.fields {
        for (field, attributes) in fields {
          let letter = (attributes["type"] ?? "GAUGE").prefix(1).lowercased()
          let name = "example.com/web01-\(graph)-\(field)-\(letter).rrd"
          expected.append(name)
          let value = try #require(said.values[graph]?[field], "\(name)")
          let stored = try await master.rrd(name).last().text
          #expect(stored == value || Double(stored) == Double(value), "\(name)")
        }
      }
      #expect(expected.sorted() == master.files && expected.count > 15)
      #expect(said.graphs.keys.contains { $0.hasPrefix("tmpfs_shmem") })
    }

    /// Under a stock munin-node a link is the plugin.
    @Test func muninsNodeRunsThem() async throws {
      let scratch = try Scratch()
      for name in Self.services {
        try FileManager.default.createSymbolicLink(
          atPath: scratch.place("munin-node/plugins/\(name)"),
          withDestinationPath: Project.program("apus-node"))
      }
      let settings = "[memory_available]\nenv.free_warning 7%:\n[tmpfs]\nenv.warning 33%\n"
      try scratch.write(settings, to: "munin-node/plugin-conf.d/settings")
      let theirs = try await startPeer("munin-node", in: scratch)
      let ours = try await startNode(in: scratch, builtIn: Self.services, settings: settings)
      for service in Self.services {
        let requests = ["config \(service)", "fetch \(service)"]
        let found = try answers(of: theirs.port, to: requests)
        let expected = try answers(of: ours.port, to: requests)
        #expect(found[0] == expected[0] && !found[0].isEmpty)
        #expect(values(in: found[1]).keys == values(in: expected[1]).keys && !found[1].isEmpty)
      }
    }
  }
}
