import Foundation
import Testing

extension Programs {
  /// The built-in plugins beside munin's own, through the real nodes on this very machine: a history
  /// goes on only if names, types and units agree.
  @Suite struct PluginCompatibilityTests {
    private static let services = ["cpu", "load", "memory", "swap", "uptime"]

    /// What words tell a person may differ; what a master works with may not.
    @Test func graphsEqualThoseOfThePerlPlugins() async throws {
      let scratch = try Scratch()
      let (theirs, ours) = try await both("munin-node", in: scratch)
      for service in Self.services {
        var graph = try #require(ours.graphs[service])
        var expected = try #require(theirs.graphs[service])
        graph["graph_info"] = nil
        expected["graph_info"] = nil
        if expected["graph_order"] == nil { graph["graph_order"] = nil }
        #expect(trimmed(graph) == trimmed(expected), "\(service)")
        let fields = try #require(ours.fields[service]).mapValues(withoutInfo)
        #expect(fields == theirs.fields[service]?.mapValues(withoutInfo), "\(service)")
      }
    }

    /// munin-node-c's plugins know fewer fields; those it knows are ours too.
    @Test func fieldsOfTheCPluginsAreAmongOurs() async throws {
      let scratch = try Scratch()
      let (theirs, ours) = try await both("munin-node-c", in: scratch)
      for service in Self.services {
        let fields = try #require(theirs.fields[service])
        #expect(!fields.isEmpty)
        for (field, expected) in fields {
          let found = try #require(ours.fields[service]?[field], "\(service).\(field)")
          // Their cpu has a max that depends on the number of processors; Perl's has none.
          for key in ["type", "draw", "min", "negative", "graph"] {
            #expect(found[key] == expected[key], "\(service).\(field).\(key)")
          }
        }
      }
    }

    /// The same machine in the same moment, so the same numbers, as far as two moments are one. A wrong unit
    /// would be wrong by a factor of ten or more.
    @Test(arguments: ["munin-node", "munin-node-c"]) func valuesAgree(peer: String) async throws {
      let scratch = try Scratch()
      let node = try await startNode(in: scratch)
      let theirs = try await startPeer(peer, in: scratch)
      let before = try Conversation(with: theirs.port)
      let ours = try Conversation(with: node.port)
      let after = try Conversation(with: theirs.port)
      for service in Self.services {
        for (field, text) in try #require(before.values[service]) {
          let name = "\(service).\(field)"
          // munin-node-c counts caches among the programs' memory.
          if peer == "munin-node-c", name == "memory.apps" { continue }
          let first = try #require(Double(text), "\(name)")
          let last = try #require(after.values[service]?[field].flatMap(Double.init), "\(name)")
          let found = try #require(ours.values[service]?[field].flatMap(Double.init), "\(name)")
          if before.fields[service]?[field]?["type"] == "DERIVE" {
            #expect(first...last ~= found, "\(name)")
          } else {
            let slack = service == "memory" ? 4e6 : 0.02
            let range = min(first, last) * 0.5 - slack...max(first, last) * 2 + slack
            #expect(range ~= found, "\(name)")
          }
        }
      }
    }

    private func both(_ peer: String, in scratch: Scratch) async throws -> (
      theirs: Conversation, ours: Conversation
    ) {
      let node = try await startNode(in: scratch)
      let theirs = try await startPeer(peer, in: scratch)
      return (try Conversation(with: theirs.port), try Conversation(with: node.port))
    }

    private func withoutInfo(_ attributes: [String: String]) -> [String: String] {
      var attributes = trimmed(attributes)
      attributes["info"] = nil
      return attributes
    }

    private func trimmed(_ attributes: [String: String]) -> [String: String] {
      attributes.mapValues { $0.trimmingCharacters(in: .whitespaces) }
    }
  }
}
