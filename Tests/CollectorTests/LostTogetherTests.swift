import EventLoop
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Nodes that are lost together, from polls to the outbox: a message for all of them, and one for their end.
@Suite(.timeLimit(.minutes(1))) struct LostTogetherTests {
  private static let admin = "contact.admin.email admin@example.com\n"

  @LoopActor
  private static func node() throws -> TestNode {
    try TestNode([
      .init("load", "graph_title Load\nload.label load\nload.critical 10", "load.value 1")
    ])
  }

  /// Four polls without these nodes, and one with all of them.
  @LoopActor
  private static func lose(_ nodes: [TestNode], of station: Station) async {
    await station.poll()
    for node in nodes { node.mood = .denies }
    for _ in 0..<4 { await station.poll() }
    for node in nodes { node.mood = .well }
    await station.poll()
  }

  @Test func aGroupThatVanishesIsOneMessage() async throws {
    try await onTestLoop {
      let rack = try (1...4).map { ("rack;n\($0)", try Self.node()) }
      let other = try Self.node()
      defer { for node in rack.map(\.1) + [other] { node.close() } }
      let station = try await Station(rack + [("office;pc", other)], conf: Self.admin)
      await Self.lose(rack.map(\.1), of: station)
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject) == [
          "[CRITICAL] rack: 4 of 4 nodes do not answer",
          "[RESOLVED after 20 min] rack: all 4 nodes answer again",
        ])
      try #require(mails.count == 2)
      #expect(mails[0].body.contains("n1, n2, n3, n4"), "\(mails[0].body)")
      #expect(mails[0].body.contains("(4 nodes, the first n1)"), "\(mails[0].body)")
      #expect(mails[1].thread == mails[0].id)
      #expect(station.logged.count { $0.contains("incident 1: ") } == 2)
      #expect(!station.logged.contains { $0.contains("incident 2: ") })
    }
  }

  /// A check of Nagios has one host, and a command's text says which node it is about.
  @Test func commandsAreToldEachNodeOfAGroup() async throws {
    try await onTestLoop {
      let rack = try (1...3).map { ("rack;n\($0)", try Self.node()) }
      defer { for node in rack.map(\.1) { node.close() } }
      let station = try await Station(
        rack, conf: "contact.nagios.command false ${var:host}\ncontact.all.command false\n")
      await Self.lose(rack.map(\.1), of: station)
      let mails = try await station.mails()
      let checks = mails.filter { $0.contact == "nagios" }
      #expect(
        checks.map(\.command) == (1...3).map { "false n\($0)" } + (1...3).map { "false n\($0)" })
      for (index, check) in checks.enumerated() {
        let fields = check.body.split(separator: "\t", omittingEmptySubsequences: false)
        #expect(
          fields.prefix(3) == ["n\(index % 3 + 1)", "reachable", index < 3 ? "2" : "0"],
          "\(check.body)")
      }
      let texts = mails.filter { $0.contact == "all" }.map(\.body)
      #expect(texts.count == 2)
      for number in 1...3 {
        #expect(
          texts.first?.contains("rack :: n\(number) :: reachable\n\tCRITICALs: node is") == true)
      }
    }
  }

  /// Without `parent` it is three of four nodes of the group: one message, too, but of the group and not of its cause.
  @Test func whatIsBehindALostNodeIsAPartOfIt() async throws {
    try await onTestLoop {
      let nodes = try (1...5).map { _ in try Self.node() }
      defer { for node in nodes { node.close() } }
      let behind = (1...2).map {
        "[branch;web\($0)]\naddress 127.0.0.1\nport \(nodes[$0].port)\nparent router\n"
      }
      let station = try await Station(
        [("branch;router", nodes[0]), ("branch;a", nodes[3]), ("branch;b", nodes[4])],
        conf: Self.admin + behind.joined())
      await Self.lose(Array(nodes[0...2]), of: station)
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject) == [
          "[CRITICAL] router: no answer for 10 min",
          "[RESOLVED after 20 min] router: answers again",
        ])
      #expect(mails.last?.thread == mails.first?.id)
      // A node behind it that falls alone has a message of its own.
      await Self.lose([nodes[1]], of: station)
      #expect(
        try await station.subjects().dropFirst(2) == [
          "[CRITICAL] web1: no answer for 10 min", "[RESOLVED after 20 min] web1: answers again",
        ])
    }
  }

  /// An agent that serves several devices, which stand in different groups. The others of these groups go on.
  @Test func hostsBehindOneAddressShareAMessage() async throws {
    try await onTestLoop {
      let agent = try Self.node()
      let others = try (1...4).map { _ in try Self.node() }
      defer { for node in others + [agent] { node.close() } }
      let station = try await Station(
        [
          ("power;ups1", agent), ("power;p1", others[0]), ("power;p2", others[1]),
          ("branch;ups2", agent), ("branch;b1", others[2]), ("branch;b2", others[3]),
        ], conf: Self.admin)
      await Self.lose([agent], of: station)
      let mails = try await station.mails()
      #expect(mails.count == 2, "\(mails.map(\.subject))")
      #expect(mails.first?.subject.hasSuffix(": 2 nodes do not answer") == true, "\(mails)")
      #expect(mails.first?.body.contains("ups1, ups2") == true, "\(mails)")
      #expect(mails.last?.subject.hasSuffix(": all 2 nodes answer again") == true, "\(mails)")
      #expect(mails.last?.thread == mails.first?.id)
    }
  }

  /// The same where the devices are all that one of the groups has.
  @Test func anAddressGoesBeforeAGroupThatIsAllBehindIt() async throws {
    try await onTestLoop {
      let agent = try Self.node()
      let others = try (1...2).map { _ in try Self.node() }
      defer { for node in others + [agent] { node.close() } }
      let station = try await Station(
        [
          ("power;ups1", agent), ("power;p1", others[0]), ("power;p2", others[1]),
          ("branch;ups2", agent), ("branch;ups3", agent),
        ], conf: Self.admin)
      await Self.lose([agent], of: station)
      let subjects = try await station.subjects()
      #expect(subjects.count == 2, "\(subjects)")
      #expect(subjects.first?.hasSuffix(": 3 nodes do not answer") == true, "\(subjects)")
      #expect(subjects.last?.hasSuffix(": all 3 nodes answer again") == true, "\(subjects)")
    }
  }
}
