import EventLoop
import Foundation
import Ledger
import TestSupport
import Testing

@testable import Notify

/// Lanes of the courier beside each other, and many mails.
@Suite(.timeLimit(.minutes(10))) struct LaneTests {
  private let folder: TemporaryFolder
  private let ledger: Ledger
  private let now = 1_700_000_000

  init() async throws {
    startTestLoop()
    folder = try TemporaryFolder()
    ledger = try Ledger(path: folder.ledger)
    try await ledger.migrate(Outbox.migrations)
  }

  private func courier(_ server: ScriptedServer?) throws -> Courier {
    let smtp = try server.map {
      SMTPDelivery(
        server: try MailServer($0.url), sender: try MailAddress("apus@example.org"), hostName: "h")
    }
    return Courier(ledger: ledger, smtp: smtp, commands: CommandDelivery(timeLimit: .seconds(60)))
  }

  private func post(_ count: Int = 1, _ contact: String = "ada", command: String? = nil)
    async throws
  {
    let address = try MailAddress("\(contact)@example.org")
    let now = now
    try await ledger.transaction { transaction throws(LedgerError) in
      for number in 0..<count {
        try Outbox.enqueue(
          OutgoingMail(
            contact: contact, route: command.map { .command($0) } ?? .address(address),
            subject: "\(number)", text: "t", created: now), in: transaction)
      }
    }
  }

  @Test func aHangingLaneDelaysNoOther() async throws {
    let server = try ScriptedServer()
    let courier = try courier(server)
    let gate = "\(folder.path)/gate"
    try await post(1, "pager", command: "until [ -e \(gate) ]; do sleep 0.01; done")
    let (round, now) = (await courier.begin(now: now), now)
    #expect(round.lanes == ["command pager"])
    let hanging = Task { await courier.deliver(round, now: now) { _ in } }
    // While the command runs: new mails of another lane go out, and more of its own wait for it.
    try await post(2)
    try await post(1, "pager", command: "true")
    #expect(try await courier.nextDue() == now)
    #expect(await courier.deliverDue(now: now).count == 2)
    #expect(server.received.count == 2)
    #expect(try await courier.nextDue() == nil)
    // Neither does a courier with new settings run it again.
    let next = try self.courier(server)
    next.follow(courier)
    #expect(await next.begin(now: now).isEmpty)
    _ = try folder.write("gate", "")
    await hanging.value
    #expect(try await counts().waiting == 0)
  }

  @Test func aLaneThatEndsIsToldWhileAnotherHangs() async throws {
    let server = try ScriptedServer()
    let courier = try courier(server)
    let gate = "\(folder.path)/gate"
    try await post(1, "pager", command: "until [ -e \(gate) ]; do sleep 0.01; done")
    try await post()
    let (round, now) = (await courier.begin(now: now), now)
    #expect(Set(round.lanes) == ["command pager", "mail"])
    let (ends, told) = AsyncStream.makeStream(of: Void.self)
    let delivering = Task {
      await courier.deliver(round, now: now) { _ in
      } ended: {
        told.yield()
      }
    }
    for await _ in ends { break }
    // What comes now for the lane that ended does not wait for the other one.
    try await post()
    #expect(await courier.begin(now: now).lanes == ["mail"])
    _ = try folder.write("gate", "")
    await delivering.value
  }

  @Test func thousandsOfMailsLeaveInOrder() async throws {
    let server = try ScriptedServer()
    try await post(3000)
    #expect(try await counts().waiting == 3000)
    let reports = await (try courier(server)).deliverDue(now: now)
    #expect(reports.count == 3000 && reports.allSatisfy { $0.outcome == .delivered })
    #expect(Set(server.received.map(\.messageID)).count == 3000)
    #expect(try await counts() == (0, 0))
    #expect(server.received.map(\.subject) == (0..<3000).map { "\($0)" })
  }

  /// The server takes the first mail when the second one is being drawn.
  @Test func theNextMailIsWrittenWhileAServerTakesOne() async throws {
    let drawing = DrawingNotes()
    let server = try ScriptedServer { verb, _, _ in
      if verb == "." { drawing.wait(for: 2) }
      return nil
    }
    let smtp = SMTPDelivery(
      server: try MailServer(server.url), sender: try MailAddress("apus@example.org"),
      hostName: "h")
    let courier = Courier(ledger: ledger, smtp: smtp, pictures: drawing)
    let (ada, now) = (try MailAddress("ada@example.org"), now)
    try await ledger.transaction { transaction throws(LedgerError) in
      for number in 1...2 {
        try Outbox.enqueue(
          OutgoingMail(
            contact: "ada", route: .address(ada), subject: "\(number)", text: "t",
            drawing: PictureOrder(node: "g;n", graph: "\(number)", name: "p"), created: now),
          in: transaction)
      }
    }
    #expect(await courier.deliverDue(now: now).map(\.outcome) == [.delivered, .delivered])
    #expect(server.received.map(\.subject) == ["1", "2"])
    #expect(drawing.graphs == ["1", "2"])
  }

  @Test func aDeadServerPostponesAllWithOneAttempt() async throws {
    let server = try ScriptedServer { verb, _, _ in verb == "" ? .say("421 down") : nil }
    try await post(1000)
    let reports = await (try courier(server)).deliverDue(now: now)
    #expect(reports.count == 1000)
    #expect(reports.allSatisfy { $0.nextAttempt == now + 60 })
    #expect(server.connectionCount == 1)
    server.follow { _, _, _ in nil }
    #expect(await (try courier(server)).deliverDue(now: now + 60).count == 1000)
    #expect(server.received.count == 1000)
  }

  @Test func theTablesOfVersionThreeAreTakenOverWithTheirPictures() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    try await ledger.migrate(Array(Outbox.migrations.prefix(3)))
    try await ledger.transaction { transaction throws(LedgerError) in
      for statement in [
        """
        INSERT INTO outbox (id, contact, address, command, subject, body, thread, created, first_attempt, due, scope, picture_node,
          picture_graph, picture_name) VALUES ('a', 'ada', 'ada@example.org', NULL, 's', 'b', 't', 1, 2, 3, 2, 'n', 'g', 'p')
        """,
        """
        INSERT INTO outbox (id, contact, command, subject, body, created, first_attempt, due, failed, problem)
          VALUES ('b', 'pager', 'true', 's', 'b', 1, 2, 3, 4, 'x')
        """,
        "INSERT INTO outbox_pictures SELECT seq, 0, 'load.png', x'89504E47' FROM outbox WHERE id = 'a'",
      ] { try transaction.execute(statement) }
    }
    try await ledger.migrate(Outbox.migrations)
    let (entries, mail) = try await ledger.read { transaction throws(LedgerError) in
      let entries = try Outbox.entries(in: transaction)
      return (entries, try Outbox.mail(entries[0], in: transaction))
    }
    #expect(entries.map(\.lane) == ["mail", "command pager"])
    #expect(entries.map(\.target) == ["ada@example.org", "true"])
    #expect(entries.map(\.failed) == [nil, 4])
    #expect(mail?.pictures.map(\.name) == ["load.png"])
    #expect(mail?.drawing == PictureOrder(node: "n", graph: "g", name: "p"))
    #expect(mail?.thread == "t")
  }

  private func counts() async throws -> (waiting: Int, failed: Int) {
    try await ledger.read { transaction throws(LedgerError) in
      try Outbox.counts(in: transaction)
    }
  }
}

/// Notes which pictures are asked for, and draws none.
private final class DrawingNotes: PictureSource, @unchecked Sendable {
  // Unchecked: `asked` is touched only under the condition's lock.
  private let condition = NSCondition()
  private var asked: [String] = []

  var graphs: [String] { condition.withLock { asked } }

  func picture(of order: PictureOrder) async -> MailPicture? {
    condition.withLock {
      asked.append(order.graph)
      condition.broadcast()
    }
    return nil
  }

  /// Waits until so many pictures were asked for; a test that fails has to end, too.
  func wait(for count: Int) {
    let end = Date(timeIntervalSinceNow: 60)
    condition.withLock {
      while asked.count < count, condition.wait(until: end) {}
    }
  }
}
