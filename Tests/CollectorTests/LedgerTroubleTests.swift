import EventLoop
import Ledger
import Limits
import Notify
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
      #expect(mails.map(\.subject) == ["CRITICAL web01: Load: load is 12"])
      #expect(mails.first?.pictures == 0)
      #expect(station.collector.snapshot().mailsWaiting == 1)
      #expect(station.logged.contains("the ledger is written again, nothing is lost"))
      #expect(station.collector.snapshot().storageTroubles == [])
      // What was kept is complete: a restart repeats nothing, and the end is in the thread.
      try await station.restart()
      await station.poll()
      node.says("load", "load.value 2")
      await station.poll()
      let all = try await station.mails()
      #expect(all.map(\.subject).dropFirst() == ["OK web01: Load: load is 2"])
      #expect(all.last?.thread == all.first?.id)
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
          == ["CRITICAL web01: Load: load is 12", "OK web01: Load: load is 2"])
      #expect(mails.last?.thread == mails.first?.id)
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
      #expect(try await station.subjects() == ["CRITICAL web01: Load: load is 12"])
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
      #expect(try await station.subjects() == ["UNKNOWN web01: unreachable"])
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

  @Test func aCommitThatWasKeptAfterAllHoldsUpNobody() async throws {
    try await onTestLoop {
      let (station, node) = try await Self.station()
      defer { node.close() }
      node.says("load", "load.value 12")
      await station.poll()
      // The mail that the next batch brings is in the outbox already.
      let id = try #require(try await station.mails().first?.id)
      var batch = Store.Batch(node: "g;other")
      let address = try MailAddress("a@example.com")
      batch.mails = [
        OutgoingMail(
          id: id, contact: "x", route: .address(address), subject: "s", text: "t", created: 1)
      ]
      await station.collector.commits.commit(batch)
      node.says("load", "load.value 1")
      #expect(await station.poll().isKept)
      #expect(try await station.mails().count == 2)
      #expect(
        station.logged.contains { $0.hasPrefix("g;other: the ledger refuses states and mails: ") })
    }
  }
}

@Suite struct BacklogTests {
  private func batch(_ node: String, _ states: [String: Int]) -> Store.Batch {
    var batch = Store.Batch(node: node)
    for (service, missed) in states {
      let state = FieldState(
        level: .ok, since: nil, missed: missed, seen: nil, previous: nil, value: nil)
      batch.states.append(
        (StateKey(graph: service, field: "f"), StoredState(state: state, incident: nil)))
    }
    return batch
  }

  private func states(_ backlog: Backlog) -> [String] {
    backlog.batches.flatMap { batch in
      batch.states.map { "\(batch.node) \($0.key.graph) \($0.state.state.missed)" }
    }.sorted()
  }

  @Test func theNewerStateCounts() {
    var backlog = Backlog()
    backlog.add(batch("n", ["a": 1, "b": 2]))
    let taken = backlog.takeAll()
    #expect(backlog.isEmpty)
    backlog.add(batch("n", ["b": 3]))
    backlog.add(batch("m", ["a": 4]))
    backlog.giveBack(taken)
    #expect(states(backlog) == ["m a 4", "n a 1", "n b 3"])
    #expect(backlog.batches.count == 2)
  }

  @Test func whatIsRemovedIsNotWritten() {
    var backlog = Backlog()
    var old = batch("n", ["a": 1, "b": 2])
    old.configs = [("a", [1]), ("b", [2])]
    backlog.add(old)
    var newer = Store.Batch(node: "n")
    newer.removed = [Store.Removal(service: "a", graphs: ["a"])]
    backlog.add(newer)
    #expect(states(backlog) == ["n b 2"])
    #expect(backlog.batches[0].configs.map(\.service) == ["b"])
    #expect(backlog.batches[0].removed.map(\.service) == ["a"])
  }

  @Test func itDoesNotGrowWithoutEnd() throws {
    var backlog = Backlog()
    let address = try MailAddress("a@example.com")
    for number in 0..<Backlog.most + 10 {
      var batch = batch("n", ["a": number])
      batch.mails = [
        OutgoingMail(
          contact: "c", route: .address(address), subject: "\(number)", text: "t", created: 1)
      ]
      backlog.add(batch)
    }
    #expect(backlog.batches.count == 1 && backlog.batches[0].states.count == 1)
    #expect(backlog.batches[0].mails.count == Backlog.most)
    #expect(backlog.batches[0].mails.last?.subject == "\(Backlog.most + 9)")
  }

  @Test func anEmptyBatchIsNotKept() {
    var backlog = Backlog()
    backlog.add(Store.Batch(node: "n"))
    #expect(backlog.isEmpty)
  }
}
