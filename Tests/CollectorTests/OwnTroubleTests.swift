import EventLoop
import TestNodes
import TestSupport
import Testing

@testable import Collector

extension WebSink {
  /// Of the messages that it got.
  fileprivate var subjects: [String] { requests.compactMap { $0.json?["subject"] as? String } }
}

/// What is wrong with the collector itself is told as an incident, and its end.
@Suite(.timeLimit(.minutes(1))) struct OwnTroubleTests {
  @LoopActor
  private static func station(_ conf: String = "") async throws -> (Station, TestNode) {
    let node = try TestNode([
      .init("load", "graph_title Load\nload.label load\nload.critical 10", "load.value 1")
    ])
    let station = try await Station(
      [("g;web01", node)],
      conf: "contact.admin.email admin@example.com\ncontact.ops.email ops@example.com\n" + conf)
    await station.poll()
    return (station, node)
  }

  /// A minute passes, in which nothing is polled.
  @LoopActor
  private static func pass(_ station: Station, minutes: Int = 1) async {
    station.clock.advance(by: .seconds(60 * minutes))
    await station.collector.reviewOwnTrouble()
    await station.collector.tellDue()
    station.clock.advance(by: .seconds(30))
    await station.collector.tellDue()
  }

  @Test func settingsThatCannotBeUsedAreTold() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station("own_contacts ops")
      defer { node.close() }
      await Self.pass(station)
      station.collector.setSettingsTrouble("settings not reloaded: munin.conf:3: unknown word")
      let since = station.clock.epoch
      await Self.pass(station)
      // Another refusal is the same trouble: it lasts until a reload succeeds.
      station.collector.setSettingsTrouble("settings not reloaded: munin.conf:3: unknown word 'x'")
      await Self.pass(station)
      let shown = station.collector.state.settingsTrouble
      #expect(shown?.words.hasSuffix("munin.conf:3: unknown word 'x'") == true)
      #expect(shown?.since == since)
      station.collector.setSettingsTrouble(nil)
      #expect(station.collector.state.settingsTrouble == nil)
      await Self.pass(station)
      let mails = try await station.mails()
      #expect(mails.map(\.contact) == ["ops", "ops"])
      #expect(mails.first?.subject.contains("munin.conf:3: unknown word") == true, "\(mails)")
      #expect(mails.last?.subject.hasPrefix("[RESOLVED after ") == true, "\(mails)")
      #expect(mails.last?.thread == mails.first?.id)
    }
  }

  @Test func aLedgerThatFailedIsToldWhenItCanBeWritten() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      try await station.breakLedger()
      _ = await station.poll()
      await Self.pass(station, minutes: 5)
      #expect(try await station.subjects() == [])
      try await station.breakLedger(false)
      _ = await station.poll()
      await Self.pass(station)
      let subjects = try await station.mails().filter { $0.contact == "admin" }.map(\.subject)
      #expect(subjects.first?.contains("cannot write the ledger: ") == true, "\(subjects)")
      #expect(subjects.last?.contains("the ledger is written again") == true, "\(subjects)")
    }
  }

  /// What the ledger does not take is delivered without it, and not a second time when it does.
  @Test func whileTheLedgerCannotBeWrittenPeopleAreTold() async throws {
    let sink = try WebSink()
    try await onTestLoop {
      let (station, node) = try await Self.station(
        "contact.hook.webhook \(sink.url("ok"))\nown_contacts hook")
      defer { node.close() }
      try await station.breakLedger()
      node.says("load", "load.value 12")
      for _ in 0..<2 {
        _ = await station.poll()
        await Self.pass(station)
      }
      _ = await station.poll()
      let critical = "[CRITICAL] web01 load: load 12, limit 10"
      let name = Configuration.hostName
      #expect(sink.subjects.count == 2, "\(sink.subjects)")
      #expect(sink.subjects.contains(critical))
      #expect(
        sink.subjects.contains {
          $0.hasPrefix("[CRITICAL] apus on \(name): cannot write the ledger: ")
        }, "\(sink.subjects)")
      #expect(try await station.subjects() == [])
      try await station.breakLedger(false)
      for _ in 0..<2 {
        _ = await station.poll()
        await Self.pass(station)
      }
      _ = await station.poll()
      let subjects = sink.subjects.filter { !$0.contains("no mail server") }
      #expect(subjects.count == 3, "\(subjects)")
      #expect(subjects.last?.hasSuffix(": the ledger is written again") == true)
      #expect(subjects.last?.hasPrefix("[RESOLVED after ") == true)
    }
  }

  /// No server is there, so each attempt fails; another lane may be told.
  @Test func aMailServerThatTakesNothingForAQuarterOfAnHourIsTold() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      node.says("load", "load.value 12")
      _ = await station.poll()
      await Self.pass(station)
      #expect(try await !station.subjects().contains { $0.contains("no mail server") })
      station.clock.advance(by: .seconds(900))
      await Self.pass(station)
      let subjects = try await station.subjects()
      #expect(subjects.contains { $0.contains("no mail server configured") }, "\(subjects)")
    }
  }

  /// A contact whose command fails is a row of the page at once, and a trouble of the collector after a quarter of an hour, although others
  /// are told.
  @Test func aContactThatCannotBeReachedIsTold() async throws {
    let sink = try WebSink()
    try await onTestLoop {
      let (station, node) = try await Self.station(
        "contact.broken.command false\ncontact.hook.webhook \(sink.url("ok"))\nown_contacts hook")
      defer { node.close() }
      node.says("load", "load.value 12")
      _ = await station.poll()
      let since = station.clock.epoch
      let troubles = station.collector.state.deliveryTroubles.filter { $0.contact == "broken" }
      #expect(troubles.count == 1 && troubles.first?.way == "command")
      #expect(
        troubles.first?.problem.contains("command 'false': exit status 1") == true, "\(troubles)")
      #expect(troubles.first?.since == since)
      await Self.pass(station)
      #expect(sink.subjects.count == 1, "\(sink.subjects)")
      station.clock.advance(by: .seconds(900))
      await Self.pass(station)
      await station.collector.mails.deliver()
      // That no mail is taken is told by itself.
      let told = sink.subjects.dropFirst().joined(separator: "; ")
      #expect(told.contains("messages to broken (command) are not delivered since "), "\(told)")
      // A restart knows it before anything is attempted again.
      try await station.restart()
      let known = station.collector.state.deliveryTroubles.filter { $0.contact == "broken" }
      #expect(known.count == 1 && known.first?.problem.contains("'false'") == true, "\(known)")
    }
  }

  @Test func pollsThatTakeTooLongThreeTimesAreTold() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      for count in 1...3 {
        station.collector.nodes[0].overruns = count
        await Self.pass(station)
        let isTold = try await station.subjects().contains { $0.contains("update_rate 300") }
        #expect(isTold == (count == 3))
      }
    }
  }

  /// Its cause is gone with the process: that is told once the new one has run for two periods.
  @Test func aTroubleOfAFormerRunEnds() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      station.collector.setSettingsTrouble("settings not reloaded: munin.conf:3: unknown word")
      await Self.pass(station)
      let told = try await station.mails().count
      #expect(told == 2)
      try await station.restart()
      await Self.pass(station)
      #expect(try await station.mails().count == told)
      await Self.pass(station, minutes: 11)
      await Self.pass(station)
      let ends = try await station.mails().dropFirst(told).map(\.subject)
      #expect(ends.count == 2 && ends.allSatisfy { $0.hasPrefix("[RESOLVED ") }, "\(ends)")
    }
  }
}
