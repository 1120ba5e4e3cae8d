import EventLoop
import Glibc
import Ledger
import RRD
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// A disk that takes nothing is an incident of the collector itself, as long as it lasts.
@Suite(.timeLimit(.minutes(1))) struct FullDiskTests {
  @LoopActor
  private static func station() async throws -> (Station, TestNode) {
    let node = try TestNode([
      .init("load", "graph_title Load\nload.label load\nload.critical 10", "load.value 1")
    ])
    let station = try await Station(
      [("g;web01", node)],
      conf:
        "rrd_write direct\nflapping no\ncontact.admin.email admin@example.com\nown_contacts admin")
    await station.poll()
    return (station, node)
  }

  /// A poll, and what the running collector does every ten seconds.
  @LoopActor
  private static func poll(_ station: Station) async {
    await station.poll()
    await station.collector.reviewOwnTrouble()
    station.clock.advance(by: .seconds(30))
    await station.collector.tellDue()
  }

  /// Those about the disk: that there is no mail server is told, too.
  @LoopActor
  private static func mails(_ station: Station) async throws -> [Station.Mail] {
    try await station.mails().filter { !$0.subject.contains("no mail server") }
  }

  /// A folder in the file's place is what even root cannot write to.
  @Test func aHistoryThatCannotBeWrittenIsToldAndEnds() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      await Self.poll(station)
      #expect(try await station.subjects() == [])
      let file = station.file("g/web01-load-load-g.rrd")
      rename(file, file + ".away")
      mkdir(file, 0o755)
      for _ in 0..<3 { await Self.poll(station) }
      let mails = try await Self.mails(station)
      let name = Configuration.hostName
      #expect(mails.count == 1, "\(mails.map(\.subject))")
      #expect(mails.first?.subject.hasPrefix("[CRITICAL] apus on \(name): ") == true, "\(mails)")
      #expect(mails.first?.body.contains(file) == true, "\(mails)")
      rmdir(file)
      rename(file + ".away", file)
      for _ in 0..<3 { await Self.poll(station) }
      let all = try await Self.mails(station)
      #expect(all.count == 2, "\(all.map(\.subject))")
      #expect(
        all.last?.subject.hasSuffix("] apus on \(name): histories are written again") == true,
        "\(all)")
      #expect(all.last?.thread == all.first?.id)
      // What could not be written meanwhile is in the file now.
      #expect(try await station.writer.lastUpdate(file) == station.clock.epoch - 30)
    }
  }

  /// SQLite's own answer to a disk without room. What it kept from being told comes when there is room, once.
  @Test func aLedgerWithoutRoomIsToldAndLosesNothing() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      await Self.poll(station)
      try await Self.fill(station.ledger)
      var bad = 0
      while station.collector.ledgerTrouble == nil, bad < 100 {
        bad += 1
        for load in [12, 1] {
          node.says("load", "load.value \(load)")
          await Self.poll(station)
        }
      }
      let trouble = try #require(station.collector.ledgerTrouble)
      #expect(trouble.hasSuffix("database or disk is full"), "\(trouble)")
      bad += 1
      for load in [12, 12, 1, 1] {
        node.says("load", "load.value \(load)")
        await Self.poll(station)
      }
      #expect(station.collector.ledgerTrouble != nil)
      let name = Configuration.hostName
      #expect(try await !Self.mails(station).contains { $0.subject.contains("apus on \(name)") })
      try await Self.makeRoom(station.ledger)
      for _ in 0..<3 { await Self.poll(station) }
      let subjects = try await station.subjects()
      #expect(
        subjects.count {
          $0.hasPrefix("[CRITICAL] apus on \(name): cannot write the ledger: ")
        } == 1, "\(subjects)")
      #expect(
        subjects.count { $0.hasSuffix("] apus on \(name): the ledger is written again") } == 1,
        "\(subjects)")
      #expect(subjects.count { $0 == "[CRITICAL] web01 load: load 12, limit 10" } == bad)
      #expect(
        subjects.count { $0.hasPrefix("[RESOLVED ") && $0.contains(" web01 load: ") } == bad,
        "\(subjects)")
      #expect(station.logged.contains("the ledger is written again, nothing is lost"))
    }
  }

  /// As on a disk with room for hardly anything more.
  private static func fill(_ ledger: Ledger) async throws {
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("CREATE TABLE filling (text BLOB)")
      let pages = try transaction.query("PRAGMA page_count").first?[0].integer ?? 0
      _ = try transaction.query("PRAGMA max_page_count = \(pages + 40)")
    }
    for size in [10_000, 1000, 100] {
      while true {
        do throws(LedgerError) {
          try await ledger.transaction { transaction throws(LedgerError) in
            try transaction.execute(
              "INSERT INTO filling VALUES (zeroblob(?))", [.integer(size)])
          }
        } catch {
          #expect(error.kind == .full)
          break
        }
      }
    }
  }

  private static func makeRoom(_ ledger: Ledger) async throws {
    try await ledger.transaction { transaction throws(LedgerError) in
      _ = try transaction.query("PRAGMA max_page_count = \(1 << 30)")
    }
  }
}
