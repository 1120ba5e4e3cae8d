import Foundation
import Ledger
import TestSupport
import Testing
import Text

@testable import Notify

private let sender = try! MailAddress("apus@example.org")
private let ada = try! MailAddress("ada@example.org")
private let bob = try! MailAddress("bob@example.org")
private let start = 1_700_000_000

/// An outbox with its courier, as the collector has them.
private struct Office {
  let folder: TemporaryFolder
  let ledger: Ledger
  let courier: Courier

  init(_ url: String?, in folder: TemporaryFolder, timeout: Duration = .seconds(5)) async throws {
    startTestLoop()
    self.folder = folder
    ledger = try Ledger(path: folder.ledger)
    try await ledger.migrate(Outbox.migrations)
    let smtp = try url.map {
      SMTPDelivery(
        server: try MailServer($0), sender: sender, hostName: "web01", timeout: timeout)
    }
    courier = Courier(
      ledger: ledger, smtp: smtp, commands: CommandDelivery(timeLimit: timeout))
  }

  init(_ url: String?, timeout: Duration = .seconds(5)) async throws {
    try await self.init(url, in: TemporaryFolder(), timeout: timeout)
  }

  func post(_ mails: OutgoingMail...) async throws {
    try await ledger.transaction { transaction throws(LedgerError) in
      for mail in mails { try Outbox.enqueue(mail, in: transaction) }
    }
  }

  /// - Parameter open: the incidents that last.
  func retryFailed(of open: [Int], now: Int) async throws -> Int {
    try await ledger.transaction { transaction throws(LedgerError) in
      try Outbox.retryFailed(of: open, now: now, in: transaction)
    }
  }

  func entries() async throws -> [OutboxEntry] {
    try await ledger.read { transaction throws(LedgerError) in
      try Outbox.entries(in: transaction)
    }
  }
}

private func mail(
  _ subject: String, to address: MailAddress = ada, at time: Int = start,
  place: MessageThread? = nil
) -> OutgoingMail {
  var mail = OutgoingMail(
    contact: address == ada ? "ada" : "bob", route: .address(address), subject: subject,
    text: "text of \(subject)\n", created: time)
  mail.place = place
  return mail
}

private func order(
  _ subject: String, _ command: String, contact: String = "pager", at time: Int = start,
  place: MessageThread? = nil
) -> OutgoingMail {
  var mail = OutgoingMail(
    contact: contact, route: .command(command), subject: subject, text: subject + "\n",
    created: time)
  mail.place = place
  return mail
}

@Suite struct CourierTests {
  @Test func deliveredMailLeavesTheOutbox() async throws {
    let server = try ScriptedServer()
    let office = try await Office(server.url)
    let picture = MailPicture(name: "load.png", png: Array(0...255))
    let posted = OutgoingMail(
      contact: "ada", route: .address(ada), subject: "größer", text: "text\n", pictures: [picture],
      thread: "first", created: start)
    try await office.post(posted)
    #expect(try await office.courier.nextDue() == start)
    let reports = await office.courier.deliverDue(now: start)
    #expect(reports.map(\.outcome) == [.delivered])
    #expect(
      reports.map(\.description) == [
        "mail to ada: delivered to \(server.url): 250 taken: größer"
      ])
    #expect(try await office.entries().isEmpty)
    #expect(try await office.courier.nextDue() == nil)
    let wire = server.received.map(\.wire)
    let made = posted.message(
      from: sender, to: ada, host: "example.org", utcOffset: CalendarTime.localOffset(at: start))
    #expect(wire == [String(decoding: made, as: UTF8.self)])
    let pictures = try await office.ledger.read { transaction throws(LedgerError) in
      try transaction.query("SELECT * FROM outbox_pictures")
    }
    #expect(pictures.isEmpty)
  }

  @Test func mailAndStateAreOneTransaction() async throws {
    let office = try await Office(nil)
    await #expect(throws: LedgerError.self) {
      try await office.ledger.transaction { transaction throws(LedgerError) in
        try Outbox.enqueue(mail("lost with its reason"), in: transaction)
        try transaction.execute("INSERT INTO no_such_table VALUES (1)")
      }
    }
    #expect(try await office.entries().isEmpty)
  }

  @Test func nothingIsLostOverAKill() async throws {
    let server = try ScriptedServer()
    let office = try await Office(server.url)
    let posted = mail("crossing")
    try await office.post(posted)
    let left = try office.folder.asLeftByAKill()
    let restarted = try await Office(server.url, in: left)
    _ = await restarted.courier.deliverDue(now: start + 5)
    #expect(server.received.map(\.messageID) == ["<\(posted.id)@example.org>"])
  }

  @Test func aKillBeforeTheAnswerIsNotedRepeatsTheSameMail() async throws {
    let folder = try TemporaryFolder()
    let copies = Copies()
    let server = try ScriptedServer { verb, _, _ in
      // The server has the mail and is about to answer: the last instant before the mail is removed.
      if verb == "." { copies.add(Result { try folder.asLeftByAKill() }) }
      return nil
    }
    let office = try await Office(server.url, in: folder)
    try await office.post(mail("crossing"))
    _ = await office.courier.deliverDue(now: start)
    #expect(try await office.entries().isEmpty)
    let restarted = try await Office(server.url, in: try copies.first().get())
    #expect(await restarted.courier.deliverDue(now: start + 1).map(\.outcome) == [.delivered])
    #expect(server.received.count == 2)
    #expect(Set(server.received.map(\.wire)).count == 1)
  }

  @Test func aLostAnswerRepeatsTheSameMail() async throws {
    let server = try ScriptedServer { verb, _, _ in verb == "." ? .close : nil }
    let office = try await Office(server.url)
    try await office.post(mail("crossing"))
    let first = await office.courier.deliverDue(now: start)
    #expect(first.map(\.outcome) == [.postponed(until: start + 60)])
    #expect(await office.courier.deliverDue(now: start + 59) == [])
    server.follow { _, _, _ in nil }
    #expect(await office.courier.deliverDue(now: start + 60).map(\.outcome) == [.delivered])
    #expect(server.received.count == 2)
    #expect(Set(server.received.map(\.wire)).count == 1)
  }

  @Test func pausesDoubleUpToAnHourForThreeDays() async throws {
    let server = try ScriptedServer()
    server.stop()
    let office = try await Office(server.url)
    try await office.post(mail("crossing"))
    var pauses: [Int] = []
    var now = start
    while let due = try await office.courier.nextDue() {
      pauses.append(due - now)
      now = due
      let reports = await office.courier.deliverDue(now: now)
      try #require(reports.count == 1)
    }
    #expect(pauses.prefix(8) == [0, 60, 120, 240, 480, 960, 1920, 3600])
    #expect(pauses.dropFirst(8).allSatisfy { $0 == 3600 })
    #expect((259_200..<262_800).contains(now - start))
    let entry = try #require(try await office.entries().first)
    #expect(entry.failed == now)
    #expect(entry.attempts == pauses.count)
    #expect(entry.problem?.hasPrefix(server.url) == true)
    // Reported once, and kept for a month.
    #expect(await office.courier.deliverDue(now: now + 86_400) == [])
    #expect(try await office.entries().count == 1)
    _ = await office.courier.deliverDue(now: now + 31 * 86_400)
    #expect(try await office.entries().isEmpty)
  }

  @Test func refusedMailIsKeptAndCanBeRetried() async throws {
    let server = try ScriptedServer { verb, _, _ in verb == "RCPT" ? .say("550 no relaying") : nil }
    let office = try await Office(server.url)
    try await office.post(
      mail("crossing", place: MessageThread(message: "7.a.1", incidents: [7, 112])))
    let reports = await office.courier.deliverDue(now: start)
    #expect(reports.map(\.outcome) == [.refused])
    #expect(reports[0].description.hasSuffix("recipient refused: 550 no relaying"))
    #expect(try await office.courier.nextDue() == nil)
    server.follow { _, _, _ in nil }
    // Its incident is over: nobody needs it any more.
    #expect(try await office.retryFailed(of: [1, 11], now: start + 800_000) == 0)
    #expect(try await office.retryFailed(of: [7, 12], now: start + 900_000) == 1)
    #expect(await office.courier.deliverDue(now: start + 900_000).map(\.outcome) == [.delivered])
  }

  @Test func aRefusingContactDoesNotDelayAnother() async throws {
    let server = try ScriptedServer { verb, argument, _ in
      verb == "RCPT" && argument.contains("ada") ? .say("451 mailbox locked") : nil
    }
    let office = try await Office(server.url)
    try await office.post(mail("1"), mail("2", to: bob), mail("3"), mail("4", to: bob))
    let reports = await office.courier.deliverDue(now: start)
    #expect(server.received.map(\.subject) == ["2", "4"])
    #expect(reports.filter { $0.contact == "ada" }.count == 2)
    // One question to the mailbox is enough for both mails.
    #expect(server.dialogue.filter { $0.hasPrefix("RCPT TO:<ada") }.count == 1)
  }

  /// Each new message has the oldest one tried before its time; that makes no pause longer, and what was not tried has no attempt.
  @Test func newMessagesDoNotPutOffTheOldOnes() async throws {
    let server = try ScriptedServer { verb, _, _ in
      verb == "RCPT" ? .say("451 try later") : nil
    }
    let office = try await Office(server.url)
    try await office.post(mail("1"))
    _ = await office.courier.deliverDue(now: start)
    for second in [5, 10, 15, 20, 25] {
      try await office.post(mail("at \(second)", at: start + second))
      _ = await office.courier.deliverDue(now: start + second)
    }
    #expect(try await office.entries().map(\.attempts) == [1, 0, 0, 0, 0, 0])
    #expect(Set(try await office.entries().map(\.due)) == [start + 60])
    _ = await office.courier.deliverDue(now: start + 60)
    #expect(try await office.entries().map(\.attempts) == [2, 0, 0, 0, 0, 0])
    // The newer ones do not wait for the longer pauses of the oldest, which goes before them all the same.
    #expect(try await office.courier.nextDue() == start + 120)
    server.follow { _, _, _ in nil }
    _ = await office.courier.deliverDue(now: start + 120)
    #expect(server.received.map(\.subject) == ["1", "at 5", "at 10", "at 15", "at 20", "at 25"])
  }

  @Test func aHangingContactTakesTheTimeOfOneAttempt() async throws {
    let server = try ScriptedServer { verb, argument, _ in
      verb == "." && argument.contains("ada") ? .hang : nil
    }
    let office = try await Office(server.url, timeout: .seconds(1))
    try await office.post(mail("1"), mail("2"), mail("3"), mail("4", to: bob))
    let reports = await office.courier.deliverDue(now: start)
    #expect(
      reports.map(\.outcome) == [
        .postponed(until: start + 60), .delivered, .held(until: start + 60),
        .held(until: start + 60),
      ])
    #expect(server.received.map(\.subject) == ["1", "4"])
    // Also what comes now waits for the next try.
    try await office.post(mail("5", at: start + 5))
    let later = await office.courier.deliverDue(now: start + 5)
    #expect(later.map(\.outcome) == [.held(until: start + 60)])
    #expect(try await office.courier.nextDue() == start + 60)
    #expect(server.connectionCount == 2)
  }

  /// A server that takes the connection and does not greet.
  @Test func aStalledServerIsNotWaitedForByEachMail() async throws {
    let server = try ScriptedServer { verb, _, _ in verb == "" ? .hang : nil }
    let office = try await Office(server.url, timeout: .seconds(1))
    try await office.post(mail("1"), mail("2", to: bob))
    _ = await office.courier.deliverDue(now: start)
    #expect(server.connectionCount == 1)
    for second in [5, 20, 59] {
      try await office.post(mail("\(second)", to: bob, at: start + second))
      let reports = await office.courier.deliverDue(now: start + second)
      #expect(reports.map(\.outcome) == [.held(until: start + 60)])
      #expect(
        reports[0].description.hasPrefix("mail to bob: not tried, waits for the server: smtp://"))
    }
    #expect(server.connectionCount == 1)
    #expect(try await office.entries().map(\.attempts) == [1, 0, 0, 0, 0])
    server.follow { _, _, _ in nil }
    #expect(try await office.courier.nextDue() == start + 60)
    _ = await office.courier.deliverDue(now: start + 60)
    #expect(server.received.map(\.subject) == ["1", "2", "5", "20", "59"])
  }

  /// One mailbox that is not answered for says nothing of the others; with a second one it is the server.
  @Test func aServerThatTakesNoMessageIsAskedForTwoContacts() async throws {
    let server = try ScriptedServer { verb, _, _ in verb == "." ? .hang : nil }
    let office = try await Office(server.url, timeout: .seconds(1))
    func mail(_ subject: String, _ name: String) throws -> OutgoingMail {
      OutgoingMail(
        contact: name, route: .address(try MailAddress("\(name)@example.org")), subject: subject,
        text: "", created: start)
    }
    for name in ["a", "b", "c", "d"] {
      try await office.post(try mail("\(name)1", name), try mail("\(name)2", name))
    }
    let first = await office.courier.deliverDue(now: start)
    #expect(first.count == 8 && server.connectionCount == 2)
    #expect(try await office.entries().map(\.attempts) == [1, 0, 1, 0, 0, 0, 0, 0])
    // The next try is enough to know.
    _ = await office.courier.deliverDue(now: start + 60)
    #expect(server.connectionCount == 3)
    #expect(try await office.courier.nextDue() == start + 120)
    server.follow { _, _, _ in nil }
    let taken = server.received.count
    _ = await office.courier.deliverDue(now: start + 120)
    #expect(
      server.received.dropFirst(taken).map(\.subject) == [
        "a2", "b1", "b2", "c1", "c2", "d1", "d2",
      ])
    _ = await office.courier.deliverDue(now: start + 180)
    #expect(try await office.entries().isEmpty)
  }

  @Test func aBadMailDoesNotHoldUpTheNext() async throws {
    let server = try ScriptedServer()
    let office = try await Office(server.url)
    server.follow { [seen = Counter()] verb, _, _ in
      verb == "." && seen.next() == 0 ? .say("451 cannot scan this") : nil
    }
    try await office.post(mail("bad"), mail("good"))
    let outcomes = await office.courier.deliverDue(now: start).map(\.outcome)
    #expect(outcomes == [.postponed(until: start + 60), .delivered])
  }

  private static let begin = MessageThread(message: "7.a.1", incidents: [7])
  private static let end = MessageThread(message: "7.a.2", follows: ["7.a.1"], incidents: [7])

  /// The server takes other messages meanwhile. What waits has no failed attempts of its own, and goes as soon as it may.
  @Test(arguments: ["RCPT", "."])
  func anEndWaitsForItsBeginning(verb: String) async throws {
    let server = try ScriptedServer { said, argument, _ in
      said == verb && argument.contains("ada") ? .say("451 try later") : nil
    }
    let office = try await Office(server.url)
    try await office.post(mail("begin", place: Self.begin), mail("other", to: bob))
    _ = await office.courier.deliverDue(now: start)
    try await office.post(
      mail("end", at: start + 10, place: Self.end),
      mail("more", to: bob, at: start + 10, place: MessageThread(message: "9.a.1")))
    _ = await office.courier.deliverDue(now: start + 10)
    let waiting = try await office.entries()
    #expect(waiting.map(\.subject) == ["begin", "end"])
    #expect(waiting.last?.attempts == 0 && waiting[0].due == waiting[1].due)
    for _ in 0..<3 {
      let due = try #require(try await office.courier.nextDue())
      #expect(await office.courier.deliverDue(now: due).map(\.subject) == ["begin"])
    }
    #expect(try await office.entries().map(\.attempts) == [4, 0])
    server.follow { _, _, _ in nil }
    let due = try #require(try await office.courier.nextDue())
    _ = await office.courier.deliverDue(now: due)
    #expect(server.received.map(\.subject).suffix(2) == ["begin", "end"])
    #expect(try await office.entries().isEmpty)
  }

  /// `always_send` while a server is away for days: its return brings one message, and not one for each poll.
  @Test func noRepetitionIsPutBehindAMessageThatWaits() async throws {
    let server = try ScriptedServer { verb, _, _ in verb == "." ? .say("451 later") : nil }
    let office = try await Office(server.url)
    try await office.post(mail("begin", place: Self.begin))
    _ = await office.courier.deliverDue(now: start)
    let again = MessageThread(
      message: "7.a.2", follows: ["7.a.1"], incidents: [7], isRepeat: true)
    try await office.post(mail("again", at: start + 10, place: again))
    #expect(try await office.entries().map(\.subject) == ["begin"])
    server.follow { _, _, _ in nil }
    _ = await office.courier.deliverDue(now: start + 60)
    try await office.post(mail("again", at: start + 70, place: again))
    _ = await office.courier.deliverDue(now: start + 70)
    #expect(server.received.map(\.subject).suffix(2) == ["begin", "again"])
  }

  /// Of the same contact, of other incidents: a mail that cannot be taken does not keep them.
  @Test func otherIncidentsDoNotWait() async throws {
    let server = try ScriptedServer()
    server.follow { [seen = Counter()] verb, _, _ in
      verb == "." && seen.next() == 0 ? .say("451 cannot scan this") : nil
    }
    let office = try await Office(server.url)
    try await office.post(
      mail("begin", place: Self.begin), mail("end", place: Self.end),
      mail("other", place: MessageThread(message: "8.a.1", follows: ["8.a.0"])))
    _ = await office.courier.deliverDue(now: start)
    #expect(server.received.map(\.subject) == ["begin", "other"])
    _ = await office.courier.deliverDue(now: start + 60)
    #expect(server.received.map(\.subject) == ["begin", "other", "begin", "end"])
  }

  @Test func whatFollowsAMailThatIsGivenUpGoesOn() async throws {
    let server = try ScriptedServer()
    server.follow { [seen = Counter()] verb, _, _ in
      verb == "." && seen.next() == 0 ? .say("554 spam") : nil
    }
    let office = try await Office(server.url)
    try await office.post(mail("begin", place: Self.begin), mail("end", place: Self.end))
    #expect(
      await office.courier.deliverDue(now: start).map(\.outcome) == [.refused, .delivered])
    // After three days of 451 as well.
    let folder = try TemporaryFolder()
    server.follow { verb, _, _ in verb == "." ? .say("451 try later") : nil }
    let second = try await Office(server.url, in: folder)
    try await second.post(mail("begin", place: Self.begin), mail("end", place: Self.end))
    var now = start
    while let due = try await second.courier.nextDue(), due < start + 259_200 {
      now = due
      _ = await second.courier.deliverDue(now: now)
    }
    #expect(try await second.entries().map { $0.attempts == 0 } == [false, true])
    server.follow { [seen = Counter()] verb, _, _ in
      verb == "." && seen.next() == 0 ? .say("451 try later") : nil
    }
    let last = try #require(try await second.courier.nextDue())
    #expect(
      await second.courier.deliverDue(now: last).map(\.outcome) == [.givenUp, .delivered])
  }

  @Test func commandsKeepTheOrderOfAThreadToo() async throws {
    let office = try await Office(nil)
    let path = office.folder.path
    let command = "grep -q end || [ -e \(path)/works ] || exit 3"
    try await office.post(order("begin", command, place: Self.begin))
    _ = await office.courier.deliverDue(now: start)
    try await office.post(
      order("end", command, at: start + 10, place: Self.end),
      order("other", "true", at: start + 10, place: MessageThread(message: "9.a.1")))
    let reports = await office.courier.deliverDue(now: start + 10)
    #expect(reports.map(\.subject) == ["begin", "other"])
    _ = try office.folder.script("works", "")
    let more = await office.courier.deliverDue(now: start + 130)
    #expect(more.map(\.subject) == ["begin", "end"])
    #expect(try await office.entries().isEmpty)
  }

  @Test func orderIsKeptOverADeadServer() async throws {
    let dead = try ScriptedServer()
    dead.stop()
    let folder = try TemporaryFolder()
    let office = try await Office(dead.url, in: folder)
    try await office.post(mail("problem"))
    for now in [start, start + 60, start + 180] { _ = await office.courier.deliverDue(now: now) }
    #expect(try await office.courier.nextDue() == start + 420)
    // The recovery comes while the first mail still waits, and a server is back.
    let server = try ScriptedServer()
    let restarted = try await Office(server.url, in: folder)
    try await restarted.post(mail("recovery", at: start + 200))
    _ = await restarted.courier.deliverDue(now: start + 200)
    #expect(server.received.map(\.subject) == ["problem", "recovery"])
  }

  @Test func aDeliveryShowsThatTheServerIsBack() async throws {
    let dead = try ScriptedServer()
    dead.stop()
    let folder = try TemporaryFolder()
    let office = try await Office(dead.url, in: folder)
    try await office.post(mail("for ada"))
    _ = await office.courier.deliverDue(now: start)
    let server = try ScriptedServer()
    let restarted = try await Office(server.url, in: folder)
    try await restarted.post(mail("for bob", to: bob, at: start + 10))
    _ = await restarted.courier.deliverDue(now: start + 10)
    #expect(server.received.map(\.subject) == ["for bob", "for ada"])
  }

  @Test func aDeadServerIsAskedOncePerRound() async throws {
    let server = try ScriptedServer { verb, _, _ in verb == "" ? .say("421 down") : nil }
    let office = try await Office(server.url)
    try await office.post(mail("1"), mail("2", to: bob), mail("3"))
    let reports = await office.courier.deliverDue(now: start)
    #expect(
      reports.map(\.outcome) == [
        .postponed(until: start + 60), .held(until: start + 60), .held(until: start + 60),
      ])
    #expect(server.connectionCount == 1)
  }

  @Test func commandsOfAContactRunInOrder() async throws {
    let office = try await Office(nil)
    let path = office.folder.path
    try await office.post(
      order("a", "sleep 0.05; cat >> \(path)/pager"), order("b", "cat >> \(path)/pager"),
      order("c", "exit 75", contact: "broken"))
    let reports = await office.courier.deliverDue(now: start)
    #expect(office.folder.read("pager") == "a\nb\n")
    #expect(
      reports.filter { $0.outcome == .postponed(until: start + 60) }.map(\.contact) == ["broken"])
    #expect(try await office.entries().map(\.subject) == ["c"])
  }

  @Test func contactsCommandsRunBesideEachOther() async throws {
    let office = try await Office(nil, timeout: .seconds(30))
    let path = office.folder.path
    // Each waits for the other.
    func meet(_ mine: String, _ theirs: String) -> String {
      "touch \(path)/\(mine); until [ -e \(path)/\(theirs) ]; do sleep 0.01; done"
    }
    try await office.post(
      order("a", meet("a", "b"), contact: "ada"), order("b", meet("b", "a"), contact: "bob"))
    let reports = await office.courier.deliverDue(now: start)
    #expect(reports.map(\.outcome) == [.delivered, .delivered])
  }

  @Test func withoutAServerMailsWait() async throws {
    let office = try await Office(nil)
    try await office.post(mail("crossing"))
    let reports = await office.courier.deliverDue(now: start)
    #expect(reports.map(\.problem) == ["no mail server configured (smtp_server)"])
  }

  @Test func aDeliveryThatCannotBeNotedIsNotRepeated() async throws {
    let server = try ScriptedServer()
    let office = try await Office(server.url)
    try await office.post(mail("crossing"))
    try await office.ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute(
        """
        CREATE TRIGGER full BEFORE DELETE ON outbox WHEN OLD.failed IS NULL
        BEGIN SELECT RAISE(ABORT, 'disk full'); END
        """)
    }
    let reports = await office.courier.deliverDue(now: start)
    #expect(reports.map(\.outcome) == [.outboxFailed])
    #expect(reports[0].description.hasSuffix("disk full"))
    _ = await office.courier.deliverDue(now: start)
    try await office.ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("DROP TRIGGER full")
    }
    #expect(await office.courier.deliverDue(now: start).map(\.outcome) == [.delivered])
    #expect(server.received.count == 1)
  }

  @Test func picturesStayAwayWhenManyMailsWait() async throws {
    let office = try await Office(nil)
    let pictures = [MailPicture(name: "a.png", png: [1])]
    try await office.ledger.transaction { transaction throws(LedgerError) in
      for number in 0..<150 {
        try Outbox.enqueue(
          OutgoingMail(
            contact: "ada", route: .address(ada), subject: "\(number)", text: "",
            pictures: pictures, created: start), in: transaction)
      }
    }
    let kept = try await office.ledger.read { transaction throws(LedgerError) in
      try transaction.query("SELECT count(*) FROM outbox_pictures")
    }
    #expect(kept.map(\.values) == [[.integer(100)]])
  }

  @Test func aSecondRoundAtTheSameTimeDoesNothing() async throws {
    let server = try ScriptedServer()
    let office = try await Office(server.url)
    try await office.post(mail("1"), mail("2"), mail("3"))
    async let first = office.courier.deliverDue(now: start)
    async let second = office.courier.deliverDue(now: start)
    #expect(await first.count + second.count == 3)
    #expect(server.received.count == 3)
  }

  @Test func cancellingEndsTheRoundAndLeavesTheMailDue() async throws {
    let server = try ScriptedServer { verb, _, _ in verb == "RCPT" ? .hang : nil }
    let office = try await Office(server.url, timeout: .seconds(20))
    try await office.post(mail("1"))
    let round = Task { await office.courier.deliverDue(now: start) }
    while !server.dialogue.contains(where: { $0.hasPrefix("RCPT") }) { await Task.yield() }
    let begin = ContinuousClock.now
    round.cancel()
    #expect(await round.value == [])
    #expect(ContinuousClock.now - begin < .seconds(5))
    #expect(try await office.courier.nextDue() == start)
  }
}

private final class Copies: @unchecked Sendable {
  private let lock = NSLock()
  private var copies: [Result<TemporaryFolder, any Error>] = []
  func add(_ copy: Result<TemporaryFolder, any Error>) { lock.withLock { copies.append(copy) } }
  func first() throws -> Result<TemporaryFolder, any Error> {
    try #require(lock.withLock { copies.first })
  }
}
