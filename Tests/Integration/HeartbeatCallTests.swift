import Foundation
import TestSupport
import Testing

extension Programs {
  /// `heartbeat_url` of a collector that runs.
  @Suite struct HeartbeatCallTests {
    @Test func eachHealthyCycleCallsTheAddress() async throws {
      let scratch = try Scratch()
      let sink = try WebSink()
      let node = try await ScriptedNode(
        in: scratch,
        [.init("load", config: "graph_title Load\nload.label load", fetch: "load.value 1")])
      func collector(calling path: String) throws -> ApusCollector {
        try ApusCollector(
          in: scratch, nodes: ["g;web1": node.port],
          settings: "update_rate 1\nheartbeat_url POST \(sink.url(path))")
      }
      let program = try await collector(calling: "ok").start()
      try await waiting(until: "three calls") { sink.requests.count >= 3 }
      for request in sink.requests {
        #expect(request.method == "POST" && request.path == "/ok")
        #expect(request.body == "1 node, 0 silent, 0 mails waiting\n")
      }
      // Other settings, with an address that is refused; a line of the log tells it, and its end.
      _ = try collector(calling: "status-503")
      program.send(SIGHUP)
      let line = try await program.waits(for: /heartbeat_url: .*/)
      #expect(line.0.contains("503"), "\(line.0)")
      _ = try collector(calling: "ok")
      program.send(SIGHUP)
      _ = try await program.waits(for: /heartbeat_url: answered again/)
      #expect(program.errors.split(separator: "\n").count { $0.contains("heartbeat_url: ") } == 2)
      try await program.end()
      // One that has ended calls nobody.
      let count = sink.requests.count
      let now = time(nil)
      try await waiting(until: "two seconds") { time(nil) > now + 2 }
      #expect(sink.requests.count == count)
    }
  }
}
