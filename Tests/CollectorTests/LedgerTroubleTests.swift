import Dispatch
import EventLoop
import Incidents
import Ledger
import Limits
import Notify
import Recording
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// A full disk, or another program that holds the file: nothing is told twice, nothing is lost.
@Suite(.timeLimit(.minutes(1))) struct LedgerTroubleTests {
  private static let config = "graph_title Load\nload.label load\nload.critical 10"

  @LoopActor
  private static func station() async throws -> (Station, TestNode) {
    let node = try TestNode([.init("load", config, "load.value 1")])
    let station = try await Station(
      [("g;web01", node)], conf: "contact.admin.email admin@example.com")
    await station.poll()
    return (station, node)
  }

  private static let trouble = "cannot write the ledger: "

  @Test func anAlertOutlivesALedgerThatFails() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      try await station.breakLedger()
      node.says("load", "load.value 12")
      #expect(await station.poll().isKept == false)
      #expect(await station.poll().isKept == false)
      #expect(try await station.subjects() == [])
      #expect(station.collector.snapshot().mailsWaiting == 0)
      let complaints = station.logged.filter { $0.hasPrefix(Self.trouble) }
      #expect(complaints.count == 1)
      #expect(complaints.first?.contains("readonly") == true, "\(complaints)")
      let troubles = station.collector.snapshot().storageTroubles
      #expect(troubles.count == 1 && troubles.first?.hasPrefix(Self.trouble) == true, "\(troubles)")

      try await station.breakLedger(false)
      #expect(await station.poll().isKept)
      #expect(await station.poll().isKept)
      let mails = try await station.mails()
      #expect(mails.map(\.subject) == ["[CRITICAL] web01 load: load 12, limit 10"])
      #expect(mails.first?.pictures == 1)
      #expect(station.collector.snapshot().mailsWaiting == 1)
      #expect(station.logged.contains("the ledger is written again, nothing is lost"))
      #expect(station.collector.snapshot().storageTroubles == [])
      // What was kept is complete: a restart repeats nothing, and the end is in the thread.
      try await station.restart()
      await station.poll()
      node.says("load", "load.value 2")
      await station.poll()
      let all = try await station.mails()
      #expect(all.dropFirst().map { $0.subject.hasPrefix("[RESOLVED after ") } == [true])
      #expect(all.last?.thread == all.first?.id, "\(station.logged)")
    }
  }

  /// A whole incident while nothing could be kept: both mails come, in their order.
  @Test func anIncidentDuringTheTroubleIsTold() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      try await station.breakLedger()
      for load in [12, 2] {
        node.says("load", "load.value \(load)")
        await station.poll()
      }
      try await station.breakLedger(false)
      await station.poll()
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject)
          == [
            "[CRITICAL] web01 load: load 12, limit 10",
            "[RESOLVED after 5 min] web01 load: load 2, limit 10",
          ])
      #expect(mails.last?.thread == mails.first?.id)
    }
  }

  /// An order whose commit failed is still open in the ledger: it is carried out once all the same.
  @Test func anOrderIsCarriedOutOnce() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      let orders = AlertOrders(station.ledger, now: station.clock.epoch)
      _ = try await orders.silence("g;web01", for: 3600, who: "ada", why: "")
      @LoopActor func read() async throws {
        station.collector.orders = try await station.ledger.read {
          transaction throws(LedgerError) in
          try AlertOrder.open(in: transaction)
        }
        await station.collector.carryOutOrders()
      }
      try await station.breakLedger()
      for _ in 0..<3 { try await read() }
      try await station.breakLedger(false)
      await station.poll()
      try await read()
      // A second time would bring a silence back that somebody has ended meanwhile.
      #expect(station.logged.count { $0.contains(" by ada") } == 1, "\(station.logged)")
      let open = try await station.ledger.read { transaction throws(LedgerError) in
        try AlertOrder.open(in: transaction)
      }
      #expect(open.isEmpty)
    }
  }

  /// Whoever is killed before anything was kept finds the trouble again, and tells of it then.
  @Test func aKillDuringTheTroubleLosesNothing() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      try await station.breakLedger()
      node.says("load", "load.value 12")
      await station.poll()
      try await station.breakLedger(false)
      try await station.restart()
      await station.poll()
      #expect(try await station.subjects() == ["[CRITICAL] web01 load: load 12, limit 10"])
    }
  }

  /// A disk that hangs gives no error. No poll waits for it, and what they bring is kept when it goes on.
  @Test func aLedgerThatHangsIsToldAndHoldsUpNoPoll() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      let held = DispatchSemaphore(value: 0)
      let begun = Locked(false)
      let ledger = station.ledger
      let hang = Task.detached {
        try await ledger.read { transaction throws(LedgerError) in
          begun.with { $0 = true }
          held.wait()
        }
      }
      try await until("the hang") { begun.with { $0 } }
      node.says("load", "load.value 12")
      station.clock.advance(by: .seconds(300))
      let poll = EventLoop.start { await station.collector.visit(station.collector.nodes[0]) }
      try await reach("the poll's commit") { station.collector.cycle.values == 1 }
      for _ in 0..<100 where station.collector.snapshot().storageTroubles.isEmpty {
        station.clock.advance(by: .seconds(60))
        try await turn()
      }
      await poll.value
      let trouble = try #require(station.collector.snapshot().storageTroubles.first)
      #expect(
        trouble.hasPrefix("writing the ledger \(ledger.path) has not ended since "), "\(trouble)")
      // The next poll is not held up at all.
      node.says("load", "load.value 13")
      await station.collector.visit(station.collector.nodes[0])
      held.signal()
      try await hang.value
      // The second poll's commit follows: the clock stands still until it has ended too.
      while !(await station.collector.recorder.flushCommits()).isKept { try await turn() }
      #expect(station.collector.snapshot().storageTroubles == [])
      await station.poll()
      let subject = try await station.subjects().first
      #expect(subject?.hasPrefix("[CRITICAL] web01 load: load 1") == true, "\(subject ?? "none")")
      #expect(
        station.logged.filter {
          $0.hasPrefix("writing the ledger ") && $0.contains(": ended after ")
        }
        .count == 1)
    }
  }

  @Test func aSilentNodeIsToldAfterTheTrouble() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      try await station.breakLedger()
      node.mood = .denies
      for _ in 0..<5 { await station.poll() }
      try await station.breakLedger(false)
      await station.poll()
      #expect(try await station.subjects() == ["[CRITICAL] web01: no answer for 10 min"])
    }
  }

  /// A mail that is due while the outbox cannot be written is tried again in a while, not at once for ever.
  @Test func anOutboxThatFailsIsNotTriedWithoutPause() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      node.says("load", "load.value 12")
      await station.poll()
      try await station.breakLedger()
      station.clock.advance(by: .seconds(86_400))
      for _ in 0..<3 { await station.collector.mails.deliver() }
      #expect(
        station.logged.filter { $0.hasPrefix("mail: cannot read or write the outbox: ") }.count == 1
      )
      let wait = EventLoop.start { (try? await station.collector.mails.untilDue()) != nil }
      try await until("a timer") { station.clock.waiting > 0 }
      let before = station.clock.waiting
      station.clock.advance(by: .seconds(59))
      #expect(station.clock.waiting == before)
      station.clock.advance(by: .seconds(2))
      #expect(await wait.value)
    }
  }

  /// A commit that reported an error may have been kept after all: what is written again is there once.
  @Test func aCommitThatWasKeptAfterAllHoldsUpNobody() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      node.says("load", "load.value 12")
      await station.poll()
      // The mail that the next poll brings is in the outbox already.
      let id = try #require(try await station.mails().first?.id)
      let address = try MailAddress("a@example.com")
      let again = OutgoingMail(
        id: id, contact: "x", route: .address(address), subject: "s", text: "t", created: 1)
      await station.collector.recorder.record(
        JournalDraft(time: station.clock.epoch), of: NodeNumber(99), with: [again],
        notifications: 1)
      node.says("load", "load.value 1")
      #expect(await station.poll().isKept)
      #expect(try await station.mails().map(\.subject).count == 2)
      #expect(
        try await station.mails().first?.subject == "[CRITICAL] web01 load: load 12, limit 10")
    }
  }
}
