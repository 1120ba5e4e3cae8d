import Foundation
import Testing

extension Programs {
  /// The built-in plugins beside those of munin-node-c, through the real nodes on this very machine. (Beside
  /// munin's own in Perl and shell: HostBasicsTests.)
  @Suite struct PluginCompatibilityTests {
    private static let services = [
      "cpu", "entropy", "forks", "interrupts", "load", "memory", "open_files", "open_inodes",
      "processes", "swap", "threads", "uptime",
    ]

    /// munin-node-c's plugins know fewer fields; those it knows are ours too.
    @Test func fieldsOfTheCPluginsAreAmongOurs() async throws {
      let scratch = try Scratch()
      let (theirs, ours) = try await both(in: scratch)
      for service in Self.services {
        let fields = try #require(theirs.fields[service], "\(service)")
        #expect(!fields.isEmpty)
        for (field, expected) in fields {
          if "\(service).\(field)" == "open_files.max" { continue }
          let found = try #require(ours.fields[service]?[field], "\(service).\(field)")
          // Their cpu has a max that depends on the number of processors, and some draw otherwise.
          for key in ["type", "min", "negative", "graph"] {
            #expect(found[key] == expected[key], "\(service).\(field).\(key)")
          }
        }
      }
    }

    /// The same machine in the same moment, so the same numbers, as far as two moments are one. A wrong unit
    /// would be wrong by a factor of ten or more.
    @Test func valuesAgree() async throws {
      let scratch = try Scratch()
      let node = try await startNode(in: scratch)
      let theirs = try await startPeer("munin-node-c", in: scratch, ["c.example"] + Self.services)
      let before = try Conversation(with: theirs.port)
      let ours = try Conversation(with: node.port)
      let after = try Conversation(with: theirs.port)
      for service in Self.services {
        for (field, text) in try #require(before.values[service], "\(service)") {
          let name = "\(service).\(field)"
          // munin-node-c counts caches among the programs' memory, and has a field for a constant.
          if ["memory.apps", "open_files.max"].contains(name) { continue }
          let first = try #require(Double(text), "\(name)")
          let last = try #require(after.values[service]?[field].flatMap(Double.init), "\(name)")
          let found = try #require(ours.values[service]?[field].flatMap(Double.init), "\(name)")
          if before.fields[service]?[field]?["type"] == "DERIVE" {
            #expect(first...last ~= found, "\(name)")
          } else {
            let slack = service == "memory" ? 4e6 : service == "processes" ? 8 : 0.02
            let range = min(first, last) * 0.5 - slack...max(first, last) * 2 + slack
            #expect(range ~= found, "\(name)")
          }
        }
      }
    }

    private func both(in scratch: Scratch) async throws -> (
      theirs: Conversation, ours: Conversation
    ) {
      let node = try await startNode(in: scratch)
      let theirs = try await startPeer("munin-node-c", in: scratch, ["c.example"] + Self.services)
      return (try Conversation(with: theirs.port), try Conversation(with: node.port))
    }
  }
}
