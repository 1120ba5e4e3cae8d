import EventLoop
import Foundation
import Incidents
import Ledger
import Limits
import Settings
import TestSupport
import Testing
import Text

@testable import Collector

/// What `apus-collector alerts history` says of the log of outages.
@Suite(.timeLimit(.minutes(1))) struct OutageReportTests {
  /// 2026-11-30 00:00 UTC.
  private static let midnight = CalendarDay(year: 2026, month: 11, day: 30)!.daysSince1970 * 86_400
  private let scratch = Scratch()

  private static let settings = MasterSettings.parse([
    SettingsFile(
      name: "m",
      text:
        "timezone UTC\n[g;web1]\naddress 192.0.2.1\n[g;web2]\naddress 192.0.2.2\n[h;db]\naddress 192.0.2.3\nupdate no\n"
    )
  ]).settings

  /// A node that was lost for an hour (ten minutes of it planned), a value that was bad twice, and one that is still bad.
  private func ledger() async throws -> Ledger {
    let ledger = try Ledger(path: "\(scratch.path)/apus.sqlite")
    try await Collector.prepare(ledger)
    let day = Self.midnight
    try await ledger.transaction { transaction throws(LedgerError) in
      for (number, path, seen) in [(1, "g;web1", day - 40 * 86_400), (2, "g;web2", day - 86_400)] {
        try transaction.execute(
          "INSERT INTO node (number, path, first_seen) VALUES (?, ?, ?)",
          [.integer(number), .text(path), .integer(seen)])
      }
      try WatchedSpan(began: day - 10 * 86_400, ended: day + 43_200).write(in: transaction)
    }
    try await add(
      1, kind: 3, node: 1, "web1", "", level: 3, day - 3600, day, planned: 600, to: ledger)
    try await part(1, kind: 2, subject: 1, day - 3600, day, "", "", nil, to: ledger)
    try await add(
      2, kind: 1, node: 1, "web1", "swap", level: 2, day + 3600, day + 7200,
      // Twice, after an incident before.
      times: "\(day + 100) \(day + 3600) \(day + 5000)", to: ledger)
    try await part(2, kind: 0, subject: 11, day + 3600, day + 7200, "swap", "used", 97, to: ledger)
    try await add(3, kind: 1, node: 2, "web2", "df", level: 2, day + 36_000, nil, to: ledger)
    try await part(3, kind: 0, subject: 12, day + 36_000, nil, "df", "root", 95, to: ledger)
    return ledger
  }

  private func add(
    _ number: Int, kind: Int, node: Int, _ name: String, _ service: String, level: Int,
    _ start: Int, _ end: Int?, planned: Int = 0, times: String = "", to ledger: Ledger
  ) async throws {
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute(
        """
        INSERT INTO incident_log (number, kind, node, name, thread, groups, node_name, host, opened, begun, closed, level, worst, shown,
          shown_worst, phase, holds, planned, beginnings, settling, joined, join_after, gone)
        VALUES (?, ?, ?, ?, 't', 'g', ?, ?, ?, ?, ?, ?, ?, 0, 0, 3, 0, ?, ?, 0, 0, 0, 0)
        """,
        [
          .integer(number), .integer(kind), .integer(node), .text(service), .text(name),
          .text(name), .integer(start), .integer(start), Value(end),
          .integer(end == nil ? level : 0), .integer(level), .integer(planned), .text(times),
        ])
      if kind == 3 {
        try transaction.execute(
          "UPDATE incident_log SET words = 'no answer within 75 s' WHERE number = ?",
          [.integer(number)])
      }
    }
  }

  private func part(
    _ incident: Int, kind: Int, subject: Int, _ start: Int, _ end: Int?, _ graph: String,
    _ field: String, _ value: Double?, to ledger: Ledger
  ) async throws {
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute(
        """
        INSERT INTO incident_part (incident, kind, subject, role, level, was, worst, since, at, value, worst_value, until, graph, field)
        VALUES (?, ?, ?, 0, ?, 0, 2, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          .integer(incident), .integer(kind), .integer(subject), .integer(end == nil ? 2 : 0),
          .integer(start), .integer(start), Value(value.map { $0 - 1 }), Value(value), Value(end),
          .text(graph), .text(field),
        ])
    }
  }

  private func report(
    _ target: String, _ ledger: Ledger, days: Int = 2, by unit: OutageReport.Unit? = nil
  ) async throws -> OutageReport {
    // Twelve o'clock.
    let now = Self.midnight + 43_200
    return try await OutageReport(
      target, Self.settings, ledger: ledger, since: now - days * 86_400, now: now, by: unit)
  }

  @Test func eachIncidentHasALineAndEachNodeItsShare() async throws {
    let ledger = try await ledger()
    let lines = try await report("all", ledger).lines
    func start(_ seconds: Int) -> String { CalendarTime.local(Self.midnight + seconds).text }
    try #require(lines.count == 8, "\(lines)")
    #expect(
      lines[0]
        == "1  \(start(-3600))  1 h        CRITICAL  g;web1: no answer within 75 s; 10 min planned or silenced"
    )
    #expect(
      lines[1] == "2  \(start(3600))  1 h        WARNING   g;web1:swap: swap.used 97; began 2 times"
    )
    #expect(lines[2] == "3  \(start(36_000))  2 h, open  WARNING   g;web2:df: df.root 95")
    #expect(
      lines[3]
        == "3 incidents since \(start(-129_600)) (1 CRITICAL, 2 WARNING): 4 h in all, 10 min of it planned or silenced"
    )
    #expect(lines[4] == "" && lines[5] == "node    answered   watched   down    planned")
    // 3000 s of the 172,200 s that were not planned.
    #expect(lines[6] == "g;web1  98.257 %   2 d       50 min  10 min")
    // It was not in munin.conf before the last day and a half.
    #expect(lines[7] == "g;web2  100.000 %  1 d 12 h  0 s     0 s")
  }

  @Test func aTargetHasItsOwn() async throws {
    let ledger = try await ledger()
    let swap = try await report("g;web1:swap", ledger).lines
    #expect(swap.count == 2 && swap[0].contains("swap.used 97"), "\(swap)")
    let field = try await report("g;web1:swap.free", ledger).lines
    #expect(field.count == 1 && field[0].hasPrefix("no incident since "), "\(field)")
    let node = try await report("g;web2", ledger).lines
    #expect(node.count == 5 && node[0].contains("df.root"), "\(node)")
    let other = try await report("h", ledger).lines
    #expect(other.count == 1 && other[0].hasPrefix("no incident since "), "\(other)")
    await #expect(throws: (any Error).self) { try await report(";", ledger) }
  }

  @Test func daysMonthsAndYearsAreToldEach() async throws {
    let ledger = try await ledger()
    let days = try await report("g;web1", ledger, by: .day).lines.suffix(4)
    #expect(
      Array(days) == [
        "node    from        answered   watched  down    planned",
        "g;web1  2026-11-28  100.000 %  12 h     0 s     0 s",
        "g;web1  2026-11-29  96.503 %   1 d      50 min  10 min",
        "g;web1  2026-11-30  100.000 %  12 h     0 s     0 s",
      ], "\(days)")
    let months = try await report("g;web1", ledger, days: 40, by: .month).lines.suffix(2)
    #expect(
      months.first?.hasPrefix("g;web1  2026-10  not watched  0 s ") == true, "\(months)")
    #expect(months.last?.hasPrefix("g;web1  2026-11  99.") == true, "\(months)")
    let years = try await report("all", ledger, by: .year).lines.suffix(2)
    #expect(years.allSatisfy { $0.contains("  2026  ") }, "\(years)")
  }

  /// Half of what is asked for lies before the incident's end.
  @Test func aTimeThatBeginsInsideCutsTheIncident() async throws {
    let ledger = try await ledger()
    let now = Self.midnight + 600
    let json = try await OutageReport(
      "g;web1", Self.settings, ledger: ledger, since: Self.midnight - 1800, now: now, by: nil
    ).json
    let read = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let incidents = try #require(read["incidents"] as? [[String: Any]])
    #expect(incidents.map { $0["seconds"] as? Int } == [1800])
    #expect(incidents.map { $0["planned"] as? Int } == [300])
    #expect(incidents.map { $0["what"] as? String } == ["no answer within 75 s"])
    let nodes = try #require(read["nodes"] as? [[String: Any]])
    let spans = try #require(nodes.first?["spans"] as? [[String: Any]])
    #expect(
      spans.map { $0["down"] as? Int } == [1500] && spans.map { $0["watched"] as? Int } == [2400])
    #expect(read["target"] as? String == "g;web1" && read["until"] as? Int == now)
  }

  /// Off from 22:00 for a day, with a window of the night: the two hours of the first day were all planned.
  @Test func plannedSecondsAreOfTheDayTheyWereIn() async throws {
    let ledger = try await ledger()
    let (start, end) = (Self.midnight - 2 * 3600, Self.midnight + 22 * 3600)
    try await add(
      4, kind: 3, node: 2, "web2", "", level: 3, start, end, planned: 4 * 3600 + 1800, to: ledger)
    try await part(4, kind: 2, subject: 2, start, end, "", "", nil, to: ledger)
    try await ledger.transaction { transaction throws(LedgerError) in
      // A silence of half an hour that was ended.
      try transaction.execute(
        "INSERT INTO silence VALUES (9, 'g;web2', ?, ?, 'ada', '')",
        [.integer(Self.midnight + 36_000), .integer(Self.midnight + 37_800)])
      try WatchedSpan(began: Self.midnight - 86_400, ended: Self.midnight + 86_400)
        .write(in: transaction)
    }
    let settings = MasterSettings.parse([
      SettingsFile(
        name: "m",
        text: "timezone UTC\n[g;web2]\naddress 192.0.2.2\nmaintenance 22:00-02:00\n")
    ]).settings
    let lines = try await OutageReport(
      "g;web2", settings, ledger: ledger, since: Self.midnight - 86_400,
      now: Self.midnight + 86_400, by: .day
    ).lines.suffix(2).map { line in
      line.split(separator: "  ").map { $0.trimmingPrefix { $0 == " " } }.joined(separator: "|")
    }
    #expect(
      lines == [
        "g;web2|2026-11-29|100.000 %|1 d|0 s|2 h",
        // Two hours of it after the end, and the window of the next night.
        "g;web2|2026-11-30|9.302 %|1 d|19 h 30 min|2 h 30 min",
      ], "\(lines)")
  }

  /// A node that is lost for twenty minutes now, the last ten inside planned work.
  @Test func plannedWorkThatLastsIsPlanned() async throws {
    let ledger = try await ledger()
    let now = Self.midnight + 43_200
    try await add(4, kind: 3, node: 2, "web2", "", level: 3, now - 1200, nil, to: ledger)
    try await part(4, kind: 2, subject: 2, now - 1200, nil, "", "", nil, to: ledger)
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute(
        "UPDATE incident_log SET planned_since = ?, holds = 1 WHERE number = 4",
        [.integer(now - 600)])
    }
    let lines = try await report("g;web2", ledger).lines
    #expect(
      lines.contains { $0.hasSuffix("no answer within 75 s; 10 min planned or silenced") },
      "\(lines)")
    #expect(lines.last?.hasSuffix("  1 d 12 h  10 min  10 min") == true, "\(lines)")
  }

  @Test func aFleetByDayIsTooMuch() async throws {
    let many = MasterSettings.parse([
      SettingsFile(
        name: "m", text: (0..<300).map { "[g;n\($0)]\naddress 192.0.2.1\n" }.joined())
    ]).settings
    let ledger = try await ledger()
    await #expect(throws: (any Error).self) {
      try await OutageReport(
        "all", many, ledger: ledger, since: 0, now: Self.midnight, by: .day)
    }
  }
}
