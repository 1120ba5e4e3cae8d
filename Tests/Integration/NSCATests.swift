import Foundation
import Testing

extension Programs {
  /// Passive checks by the real send_nsca to the real nsca, which writes what it takes for Nagios.
  @Suite struct NSCATests {
    private let scratch: Scratch
    private let server: RunningProgram
    private let port: Int
    private let node: ScriptedNode

    init() async throws {
      scratch = try Scratch()
      server = try RunningProgram(Project.peer("nsca"), ["\(scratch.path)/nsca"], in: scratch)
      port = try await server.port()
      node = try await ScriptedNode(in: scratch, Self.values(load: 1, free: 5))
    }

    private static func values(load: Int, free: Int) -> [ScriptedNode.Service] {
      [
        .init(
          "load", config: "graph_title Load average\nload.label load\nload.critical 10",
          fetch: "load.value \(load)"),
        .init(
          "memory", config: "graph_title Memory\nfree.label free\nfree.critical 1:",
          fetch: "free.value \(free)"),
      ]
    }

    private func collector(_ settings: String) throws -> ApusCollector {
      try ApusCollector(
        in: scratch, nodes: ["example.com;web01": node.port],
        settings: "update_rate 5\n\(settings)")
    }

    private func poll(_ collector: ApusCollector, load: Int, free: Int) async throws {
      try node.say(Self.values(load: load, free: free))
      let now = time(nil)
      try await waiting(until: "the next second") { time(nil) > now }
      try await collector.poll()
    }

    /// What nsca has written, without the times, once there are so many.
    private func commands(_ count: Int) async throws -> [String] {
      try await waiting(for: "\(count) lines of nsca") {
        let lines = scratch.read("nsca/commands").split(separator: "\n").map {
          String($0.drop { $0 != " " }.dropFirst())
        }
        return lines.count >= count ? lines : nil
      }
    }

    /// As the manual has it: a contact whose name chooses munin's text.
    @Test func aCriticalAndItsRecoveryReachNagios() async throws {
      let nsca = "\(scratch.path)/nsca"
      let collector = try collector(
        """
        contact.nagios.command \(nsca)/send_nsca -H 127.0.0.1 -p \(port) -c \(nsca)/send_nsca.cfg
        """)
      try await poll(collector, load: 1, free: 5)
      try await poll(collector, load: 12, free: 5)
      #expect(
        try await commands(1) == [
          "PROCESS_SERVICE_CHECK_RESULT;web01;Load average;2;CRITICALs: load is 12.00 (outside range [:10])."
        ])
      try await poll(collector, load: 2, free: 5)
      try await poll(collector, load: 2, free: 5)
      let all = try await commands(2)
      #expect(all.count == 2, "\(all)")
      #expect(
        all.last == "PROCESS_SERVICE_CHECK_RESULT;web01;Load average;0;OKs: load is 2.00.",
        "\(all)")
    }

    /// munin's three directives. Two checks of one message are two packets: send_nsca would take the second for more text of the first.
    @Test func twoChecksAtOnceAreTwo() async throws {
      let nsca = "\(scratch.path)/nsca"
      let collector = try collector(
        """
        nsca \(nsca)/send_nsca
        nsca_server 127.0.0.1 -p \(port)
        nsca_config \(nsca)/send_nsca.cfg
        """)
      try await poll(collector, load: 1, free: 5)
      try await poll(collector, load: 12, free: 0)
      let all = try await commands(2)
      #expect(
        all.map { String($0.split(separator: ";").prefix(4).joined(separator: ";")) }.sorted() == [
          "PROCESS_SERVICE_CHECK_RESULT;web01;load;2",
          "PROCESS_SERVICE_CHECK_RESULT;web01;memory;2",
        ], "\(all)")
    }
  }
}
