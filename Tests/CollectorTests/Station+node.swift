import EventLoop
import Incidents
import Ledger
import TestNodes
import TestSupport
import Testing

@testable import Collector

extension Station {
  /// One person is mailed.
  nonisolated static let admin = "contact.admin.email admin@example.com"

  /// Runs a test on the loop, with a station that polls one node, `g;web01`.
  /// - Parameters:
  ///   - services: what the node has.
  ///   - conf: stands before the node's section.
  ///   - more: stands behind it.
  nonisolated static func polling(
    _ services: [TestNode.Service], conf: String = "", more: String = "", site: String? = nil,
    _ test: @escaping @LoopActor @Sendable (Station, TestNode) async throws -> Void
  ) async throws {
    try await onTestLoop {
      let node = try TestNode(services)
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: conf, more: more, site: site)
      try await test(station, node)
    }
  }

  /// A message as it is stored.
  func notification(_ number: Int) async throws -> Incidents.Notification {
    let stored = try await ledger.read { transaction throws(LedgerError) in
      try AlertTables.notification(number, in: transaction)
    }
    return try #require(stored)
  }
}

extension TestNode.Service {
  /// A load that is critical beyond 10.
  static let load = TestNode.Service(
    "load", "graph_title Load\nload.label load\nload.critical 10", "load.value 1")
}
