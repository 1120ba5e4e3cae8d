import EventLoop
import Ledger
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// What `apus-collector backtest` and `suggest` say of a history.
@Suite(.timeLimit(.minutes(1))) struct BacktestTests {
  /// A load that was above 10 for a quarter of an hour once, and for one poll once.
  @LoopActor private static func station(
    _ body: (Station) async throws -> Void
  ) async throws {
    let node = try TestNode([
      .init(
        "load", "graph_title Load\nload.label load\nload.warning 10\nfree.label free",
        "load.value 1\nfree.value 1")
    ])
    defer { node.close() }
    let station = try await Station([("g;web01", node)])
    for poll in 0..<130 {
      let load = (40..<44).contains(poll) ? 15 : poll == 80 ? 40 : 1 + poll % 3
      node.says("load", "load.value \(load)\nfree.value \(100 - poll % 7)")
      await station.poll()
    }
    await station.collector.finish()
    try await body(station)
  }

  @LoopActor private static func lines(
    _ target: String, _ station: Station, _ proposal: Backtest.Proposal = Backtest.Proposal()
  ) async throws -> [String] {
    let now = station.clock.epoch
    return try await Backtest(
      target, proposal, station.collector.settings, ledger: station.ledger,
      since: now - 86_400, now: now
    ).lines
  }

  @Test func limitsAreTriedOnTheHistory() async throws {
    try await onTestLoop {
      try await Self.station { station in
        let today = try await Self.lines("g;web01:load", station)
        #expect(
          today[0].hasPrefix("load.load: 1") && today[0].contains(" values since "), "\(today)")
        #expect(today[1].hasSuffix("today (:10, 2 of 3)"), "\(today)")
        // The one bad poll is no incident, since 2 of 3 runs count.
        #expect(today[2].split(separator: " ") == ["incidents", "1"], "\(today)")
        #expect(today[3].split(separator: " ") == ["critical", "0"], "\(today)")
        #expect(today[4].split(separator: " ") == ["messages", "2"], "\(today)")
        #expect(today[5].hasPrefix("worst ") && today[5].hasSuffix(", 15"), "\(today)")
        #expect(today[6] == "incidents today:", "\(today)")
        let incident = today[7].split(separator: "  ").map { $0.trimmingPrefix(" ") }
        #expect(incident.count == 5 && incident[0].hasPrefix("20"), "\(today)")
        #expect(
          incident[1].hasSuffix(" min") && incident[2...] == ["WARNING", "15", "2 messages"],
          "\(today)")
        let both = try await Self.lines(
          "g;web01:load.load", station, .init(warning: ":20", critical: ":30", hold: "1 of 1"))
        #expect(
          both[1].split(separator: "  ").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty } == [
            "today(:10,2of3)", "proposed(:20and:30,1of1)",
          ], "\(both)")
        #expect(both[2].split(separator: " ") == ["incidents", "1", "1"], "\(both)")
        #expect(both[3].split(separator: " ") == ["critical", "0", "1"], "\(both)")
        #expect(
          both[8] == "incidents proposed:" && both[9].hasSuffix("  CRITICAL  40  2 messages"),
          "\(both)")
        // Every poll of three has a load of 3: more than have a line each.
        let many = try await Self.lines(
          "g;web01:load.load", station, .init(warning: ":2", hold: "1 of 1"))
        let place = try #require(many.firstIndex(of: "incidents proposed:"), "\(many)")
        let incidents = try #require(many[2].split(separator: " ").last.flatMap { Int($0) })
        #expect(incidents > 30 && many[place + 21] == "  and \(incidents - 20) more", "\(many)")
        let begins = many[(place + 1)...(place + 20)].map { $0.prefix(21) }
        #expect(begins == begins.sorted(by: >), "\(many)")
      }
    }
  }

  @Test func whatCannotBeTriedIsNamed() async throws {
    try await onTestLoop {
      try await Self.station { station in
        for (target, proposal, words) in [
          ("g;web01:load.free", Backtest.Proposal(), "no field of it has a limit"),
          (
            "g;web01:load.load", .init(warning: "much"),
            "--warning: load: warning: expected a range"
          ),
          ("g;web01:load.load", .init(hold: "3 of 2"), "--hold: load: hold: expected N of M"),
          ("g;web01:none", .init(), "has no graph 'none'"),
          ("g;web01", .init(warning: "5"), "--hold: expected GROUP;HOST:SERVICE"),
          ("g", .init(), "'g': no such node"),
        ] {
          do {
            Issue.record("\(try await Self.lines(target, station, proposal))")
          } catch {
            #expect("\(error)".contains(words), "\(target): \(error)")
          }
        }
        // A field without a limit can be given one.
        let free = try await Self.lines("g;web01:load.free", station, .init(warning: "50:"))
        #expect(free[1].contains("today (no limit)   proposed (50:, 2 of 3)"), "\(free)")
        #expect(free[2].split(separator: " ") == ["incidents", "0", "0"], "\(free)")
      }
    }
  }

  @Test func aNodeIsTriedFieldByField() async throws {
    try await onTestLoop {
      try await Self.station { station in
        let lines = try await Self.lines("g;web01", station)
        #expect(lines[0].hasPrefix("load.load: 1"), "\(lines)")
        #expect(lines[7].hasSuffix("  2 messages"), "\(lines)")
        #expect(lines[lines.count - 2].hasPrefix("g;web01: 1 field with limits since "), "\(lines)")
        #expect(
          lines[lines.count - 2].hasSuffix(": 1 incident, 0 critical, 2 messages"), "\(lines)")
      }
    }
  }

  /// Who wants only what is critical gets fewer messages, each by its `tell`.
  @Test func messagesAreThoseThatContactsWant() async throws {
    try await onTestLoop {
      try await Self.station { station in
        let conf = """
          dbdir \(station.scratch.path)/db
          contact.ada.email ada@example.com
          contact.bob.email bob@example.com
          contact.bob.tell critical
          [g;web01]
          address 192.0.2.1
          load.load.critical 30
          load.load.hold_critical 1 of 1
          """
        let settings = MasterSettings.parse([SettingsFile(name: "m", text: conf)]).settings
        let now = station.clock.epoch
        let lines = try await Backtest(
          "g;web01:load.load", .init(), settings, ledger: station.ledger, since: now - 86_400,
          now: now
        ).lines
        #expect(lines[2].split(separator: " ") == ["incidents", "2"], "\(lines)")
        #expect(lines[4].split(separator: " ") == ["messages", "to", "ada", "4"], "\(lines)")
        #expect(lines[5].split(separator: " ") == ["messages", "to", "bob", "1"], "\(lines)")
        #expect(lines[8].hasSuffix("  2 messages to ada; 1 message to bob"), "\(lines)")
        #expect(lines[9].hasSuffix("  2 messages to ada; 0 messages to bob"), "\(lines)")
      }
    }
  }

  /// Its files are there.
  @Test func aServiceThatVanishedHasItsHistory() async throws {
    try await onTestLoop {
      try await Self.station { station in
        try await station.ledger.transaction { transaction throws(LedgerError) in
          try transaction.execute("UPDATE service SET gone = 1")
        }
        let gone = try await Self.lines("g;web01:load", station)
        #expect(gone[2].split(separator: " ") == ["incidents", "1"], "\(gone)")
        let now = station.clock.epoch
        let lines = try await LimitProposal(
          "g;web01:load.load", station.collector.settings, ledger: station.ledger,
          since: now - 86_400, now: now
        ).lines
        #expect(lines.first?.hasPrefix("load.load.warning :") == true, "\(lines)")
      }
    }
  }

  @Test func limitsAreProposedAsLinesOfMuninConf() async throws {
    try await onTestLoop {
      try await Self.station { station in
        let now = station.clock.epoch
        let lines = try await LimitProposal(
          "g;web01:load", station.collector.settings, ledger: station.ledger, since: now - 86_400,
          now: now
        ).lines
        #expect(lines.count == 4, "\(lines)")
        #expect(lines[0].hasPrefix("load.load.warning :"), "\(lines)")
        #expect(lines[0].contains(" values inside; ") && lines[0].contains(" in 1 d"), "\(lines)")
        #expect(lines[1].hasPrefix("load.load.critical :"), "\(lines)")
        // Each line is one of munin.conf.
        let text = lines.map { $0.prefix { $0 != "#" } }.joined(separator: "\n")
        let parsed = MasterSettings.parse([
          SettingsFile(name: "m", text: "[g;web01]\naddress x\n\(text)\n")
        ])
        #expect(parsed.problems.isEmpty && parsed.warnings.isEmpty, "\(parsed)")
      }
    }
  }
}
