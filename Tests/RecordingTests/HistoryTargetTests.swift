import Testing

@testable import Recording

struct HistoryTargetTests {
  /// g;web01 and g;web02 are nodes; load has a field load, and disk.sda is a nested graph.
  private func target(_ text: String) throws -> HistoryTarget {
    try HistoryTarget(
      text, isNode: { $0 == "g;web01" || $0 == "g;web02" },
      isField: { path, graph, field in
        path == "g;web01" && (graph == "load" || graph == "disk.sda") && field != "sda"
      })
  }

  @Test(arguments: [
    ("g", "g", HistoryTarget.Scope.group),
    ("g;sub", "g;sub", .group),
    ("g;web01", "g;web01", .node),
    ("g;web01:load", "g;web01", .graph("load")),
    ("g;web01:load.load", "g;web01", .field(graph: "load", name: "load")),
    ("g;web01:disk.sda", "g;web01", .graph("disk.sda")),
    ("g;web01:disk.sda.rd", "g;web01", .field(graph: "disk.sda", name: "rd")),
    ("g;web01:load.load.", "g;web01", .graph("load.load")),
    ("g;web-01:if_eth0", "g;web-01", .graph("if_eth0")),
  ])
  func wordsAreUnderstood(text: String, path: String, scope: HistoryTarget.Scope) throws {
    let found = try target(text)
    #expect(found == HistoryTarget(path: path, scope: scope))
    #expect(try target("\(found)") == found || text.hasSuffix("."))
  }

  @Test(arguments: [
    "", ";", "g;", ";web01", "g;;web01", "g/x;web01", "g;..", "g;web01:", "g;web01:.",
    "g;web01:a..b",
    "g;web01:.a", "g;web01:../x", "g;web01:a b", "web01:load", "g;web\u{1}", "g;web01:a;b",
  ])
  func othersAreRefused(text: String) {
    let error = #expect(throws: HistoryError.self) { _ = try target(text) }
    #expect(error?.description.hasPrefix("'\(text)': ") == true, "\(text): \(error as Any)")
  }
}
