import EventLoop
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// `heartbeat_url`: the call after each healthy cycle.
@Suite struct HeartbeatTests {
  @Test func aHealthyCycleCallsTheAddress() async throws {
    let sink = try WebSink()
    try await onTestLoop {
      let node = try TestNode([.init("load", "graph_title Load\nload.label load", "load.value 1")])
      let station = try await Station(
        [("g;web01", node)], conf: "heartbeat_url POST \(sink.url("ok"))")
      await station.poll()
      let request = try #require(sink.requests.first)
      #expect(sink.requests.count == 1 && request.method == "POST")
      #expect(request.body == "1 node, 0 silent, 0 mails waiting\n")
      #expect(station.collector.state.heartbeatTrouble == nil && station.logged == [])
      // What cannot be kept is no healthy cycle.
      try await station.breakLedger()
      await station.poll()
      #expect(sink.requests.count == 1)
    }
  }

  /// The page tells of the first failed call, an incident begins with the third in a row.
  @Test func threeFailedCallsInARowAreAnIncident() async throws {
    let sink = try WebSink()
    try await onTestLoop {
      let node = try TestNode([.init("load", "graph_title Load\nload.label load", "load.value 1")])
      defer { node.close() }
      let nodes = [("g;web01", node)]
      let contact = "group_wait 0\ncontact.admin.email admin@example.com\n"
      let station = try await Station(
        nodes, conf: "\(contact)heartbeat_url \(sink.url("status-503"))")
      @LoopActor func poll(_ path: String? = nil) async throws -> [String] {
        if let path {
          try await station.reload(
            nodes,
            conf: "dbdir \(station.scratch.path)/db\n\(contact)heartbeat_url \(sink.url(path))\n")
        }
        await station.poll()
        for _ in 0..<2 {
          station.clock.advance(by: .seconds(60))
          await station.collector.reviewOwnTrouble()
          await station.collector.tellDue()
        }
        return try await station.subjects()
      }
      for _ in 0..<2 {
        #expect(try await poll().isEmpty)
        #expect(station.collector.state.heartbeatTrouble?.contains("status 503") == true)
      }
      // One that succeeds begins the count anew.
      #expect(try await poll("ok").isEmpty)
      #expect(try await poll("status-503").isEmpty)
      #expect(try await poll().isEmpty)
      let told = try await poll()
      #expect(told.count == 1 && told.first?.contains("status 503") == true, "\(told)")
      #expect(try await poll() == told)
      let all = try await poll("ok")
      #expect(all.count == 2 && all.last?.hasPrefix("[RESOLVED after ") == true, "\(all)")
    }
  }

  @Test func aCallThatFailsIsToldOnce() async throws {
    let sink = try WebSink()
    try await onTestLoop {
      let node = try TestNode([.init("load", "graph_title Load\nload.label load", "load.value 1")])
      let station = try await Station(
        [("g;web01", node)], conf: "heartbeat_url \(sink.url("token-1234/status-404"))")
      await station.poll()
      await station.poll()
      #expect(sink.requests.map(\.method) == ["GET", "GET"])
      let trouble = try #require(station.collector.state.heartbeatTrouble)
      #expect(trouble == "http://127.0.0.1:\(sink.port): status 404: no /… here")
      #expect(station.logged == ["heartbeat_url: \(trouble)"])
      try await station.reload(
        [("g;web01", node)],
        conf: "dbdir \(station.scratch.path)/db\nheartbeat_url \(sink.url("ok"))\n")
      await station.poll()
      #expect(station.collector.state.heartbeatTrouble == nil)
      #expect(station.logged.last == "heartbeat_url: answered again")
    }
  }
}
