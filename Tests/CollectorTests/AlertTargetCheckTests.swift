import EventLoop
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// A silence of a name that nothing has is refused, with the nearest one.
@Suite(.timeLimit(.minutes(1))) struct AlertTargetCheckTests {
  private static let services: [TestNode.Service] = [
    .init("memory", "graph_title M\nfree.label free\nfree.critical 1:", "free.value 5"),
    .init(
      "disk", "graph_title D\nmultigraph disk.sda\ngraph_title S\nread.label r",
      "multigraph disk.sda\nread.value 1"),
  ]

  @Test func namesAreLookedUp() async throws {
    try await onTestLoop {
      let node = try TestNode(Self.services)
      defer { node.close() }
      let station = try await Station(
        [("g;rack;web1", node)],
        more:
          "total.total.sum web1:memory.free\ntotal.graph_title T\n[g;never]\naddress 192.0.2.1\nupdate no\n"
      )
      await station.poll()
      let settings = station.collector.settings
      for (target, words) in [
        ("all", nil), ("g", nil), ("g;rack", nil), ("g;rack;web1", nil),
        ("g;rack;web1:memory", nil),
        ("g;rack;web1:memory.free", nil), ("g;rack;web1:total", nil), ("g;never", nil),
        // Nobody knows its services.
        ("g;never:load", nil),
        ("", "expected all, GROUP,"), (";", "expected all, GROUP,"),
        ("web1", "no group 'web1' in munin.conf; did you mean 'g;rack;web1'?"),
        (
          "g;rack;web2", "no group or node 'g;rack;web2' in munin.conf; did you mean 'g;rack;web1'?"
        ),
        ("nothing", "no group or node 'nothing' in munin.conf"),
        ("g;rack:load", "'g;rack:load': g;rack is a group: only nodes have services"),
        ("g;rack;web1:memroy", "g;rack;web1: it has no service 'memroy'; did you mean 'memory'?"),
        ("g;rack;web1:zzz", "g;rack;web1: it has no service 'zzz'"),
        (
          "g;rack;web1:memory.fre",
          "g;rack;web1:memory: it has no field 'fre'; did you mean 'free'?"
        ),
      ] as [(String, String?)] {
        let finding = try await AlertTargetCheck.finding(
          of: target, settings, ledger: station.ledger)
        if let words, words.hasPrefix("expected") {
          #expect(finding?.contains(words) == true, "\(target): \(finding ?? "-")")
        } else {
          #expect(finding == words, "\(target)")
        }
      }
    }
  }
}
