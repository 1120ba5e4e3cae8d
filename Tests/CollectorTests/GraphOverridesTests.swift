import Limits
import MuninWire
import Settings
import Testing

@testable import Collector

/// Where a word of a field's rules comes from.
@Suite struct GraphOverridesTests {
  private func overrides(_ conf: String, _ config: String) throws -> GraphOverrides {
    let parsed = MasterSettings.parse([SettingsFile(name: "m", text: conf)])
    #expect(parsed.problems == [])
    let host = try #require(parsed.settings.hosts.first)
    let graph = try #require(ConfigAnswer(Array(config.utf8).span, service: "df").graphs.first)
    return GraphOverrides(graph, host: host, settings: parsed.settings)
  }

  /// The field, the graph, the node, its groups, the top level; at each place munin.conf before the plugin.
  @Test(
    arguments: [
      ("df.a.warning 1", "a.warning 2\nwarning 3", "1", "m:6"),
      ("df.warning 1", "a.warning 2", "2", nil),
      ("df.warning 1", "warning 3", "1", "m:6"),
      ("warning 1", "warning 3", "3", nil),
      ("warning 1", "b.warning 9", "1", "m:6"),
      ("df.b.warning 1", "", "8", "m:3"),
      ("df.b.hold 1 of 1", "a.warning 2", "2", nil),
    ] as [(String, String, String, String?)])
  func theNearestPlaceCounts(conf: String, config: String, text: String, place: String?) throws {
    let overrides = try overrides(
      "warning 7\n[g;]\nwarning 8\n[g;h]\naddress x\n\(conf)",
      "graph_title D\na.label a\nb.label b\n\(config)")
    #expect(overrides.source(of: "warning", field: 0) == RuleSource(text, at: place))
  }

  /// Otherwise every graph of a node would be judged by it.
  @Test func aLimitOfANodeReachesOnlyGraphsThatHaveOne() throws {
    let conf = "hold 1 of 1\n[g;h]\naddress x\nwarning 5\nrate :1/s"
    let plain = try overrides(conf, "graph_title D\na.label a")
    #expect(plain.source(of: "warning", field: 0) == nil)
    #expect(plain.source(of: "rate", field: 0) == nil)
    #expect(plain.source(of: "hold", field: 0) == RuleSource("1 of 1", at: "m:1"))
    let judged = try overrides(conf, "graph_title D\na.label a\nb.label b\nb.critical 9")
    #expect(judged.source(of: "warning", field: 0) == RuleSource("5", at: "m:4"))
    #expect(judged.source(of: "rate", field: 0) == RuleSource(":1/s", at: "m:5"))
  }
}
