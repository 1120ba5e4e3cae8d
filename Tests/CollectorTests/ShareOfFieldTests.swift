import EventLoop
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Limits that are a share of another field, of the same graph or of another one, by the values of the same poll.
@Suite(.timeLimit(.minutes(1))) struct ShareOfFieldTests {
  @Test(arguments: ["total", "places.total", "places.all.total"])
  func aShareFollowsTheOtherField(field: String) async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "places",
          """
          multigraph places
          graph_title Places
          total.label total
          multigraph places.all
          graph_title All places
          total.label total
          """, ""),
        .init(
          "sessions",
          """
          graph_title Sessions
          used.label used
          used.critical :90% of \(field)
          total.label total
          """, ""),
      ])
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: "contact.admin.email admin@example.com")
      @LoopActor func poll(used: Int, of total: Int) async {
        // The share is of one of them alone.
        let totals = ["total", "places.total", "places.all.total"].map {
          $0 == field ? "total.value \(total)" : "total.value 7"
        }
        node.says("sessions", "used.value \(used)\n\(totals[0])")
        node.says(
          "places", "multigraph places\n\(totals[1])\nmultigraph places.all\n\(totals[2])")
        await station.poll()
      }
      await poll(used: 85, of: 100)
      #expect(try await station.subjects() == [])
      await poll(used: 185, of: 200)
      await poll(used: 185, of: 400)
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject) == [
          "[CRITICAL] web01 sessions: used 185, limit 180",
          "[RESOLVED after 5 min] web01 sessions: used 185",
        ])
      #expect(mails.first?.body.contains("limit at most 180") == true, "\(mails)")
      #expect(station.collector.snapshot().nodes[0].findings == [])
    }
  }
}
