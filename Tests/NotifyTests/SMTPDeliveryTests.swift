import Notify
import TestSupport
import Testing

private let from = try! MailAddress("apus@example.org")
private let to = try! MailAddress("ada@example.org")

private func mail(_ text: String = "text\n", subject: String = "subject") -> OutgoingMail {
  OutgoingMail(
    contact: "ada", route: .address(to), subject: subject, text: text, created: 1_700_000_000)
}

private func delivery(_ url: String, timeout: Duration = .seconds(5)) throws -> SMTPDelivery {
  SMTPDelivery(
    server: try MailServer(url), sender: from, hostName: "web01.example.org", timeout: timeout)
}

@Suite struct SMTPDeliveryTests {
  @Test func mailArrivesAsItWasMade() async throws {
    let server = try ScriptedServer()
    let smtp = try delivery(server.url)
    let text = ".\n..\n.dot\nline\n\n.\nlast"
    try await smtp.deliver(mail(text), to: to)
    await smtp.finish()
    let received = try #require(server.received.first)
    #expect(received.sender.hasPrefix("FROM:<apus@example.org>"))
    #expect(received.recipient == "TO:<ada@example.org>")
    // libcurl doubles the dots at the start of a line, and leaves the rest alone.
    #expect(received.wire.hasSuffix("\r\n\r\n..\r\n...\r\n..dot\r\nline\r\n\r\n..\r\nlast\r\n"))
    #expect(server.dialogue.first == "EHLO web01.example.org")
  }

  @Test func manyMailsShareAConnection() async throws {
    let server = try ScriptedServer()
    let smtp = try delivery(server.url)
    for number in 0..<5 { try await smtp.deliver(mail(subject: "\(number)"), to: to) }
    await smtp.finish()
    #expect(server.received.map(\.subject) == ["0", "1", "2", "3", "4"])
    #expect(server.connectionCount == 1)
  }

  @Test func aServerThatTiresOfAConnectionGetsANewOne() async throws {
    let server = try ScriptedServer { [mails = Counter()] verb, _, _ in
      verb == "MAIL" && mails.next() % 2 == 1 ? .say("421 enough for one connection") : nil
    }
    let smtp = try delivery(server.url)
    for number in 0..<3 { try await smtp.deliver(mail(subject: "\(number)"), to: to) }
    #expect(server.received.map(\.subject) == ["0", "1", "2"])
  }

  @Test func aServerThatHangsAtTheEndKeepsNobody() async throws {
    let server = try ScriptedServer { verb, _, _ in verb == "QUIT" ? .hang : nil }
    let smtp = try delivery(server.url)
    try await smtp.deliver(mail(), to: to)
    let start = ContinuousClock.now
    await smtp.finish()
    // Without our doing it would be two minutes.
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(server.received.count == 1)
  }

  @Test func aRefusalThatHangsAtTheEndKeepsNobody() async throws {
    let server = try ScriptedServer { verb, _, _ in
      verb == "RCPT" ? .say("550 no") : verb == "QUIT" ? .hang : nil
    }
    let smtp = try delivery(server.url)
    let start = ContinuousClock.now
    await #expect(throws: DeliveryFailure.self) { try await smtp.deliver(mail(), to: to) }
    // Without our doing it would be two minutes.
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var verb: String
    var action: ScriptedServer.Action
    var scope: DeliveryFailure.Scope
    var isPermanent = false
    var isTimeout = false
    var words: String
    var testDescription: String { "\(verb) \(action)" }
  }

  @Test(arguments: [
    Case(
      verb: "", action: .say("421 too busy"), scope: .server,
      words: "greeting not accepted: 421 too busy"),
    Case(
      verb: "", action: .say("554 go away"), scope: .server,
      words: "greeting not accepted: 554 go away"),
    Case(verb: "", action: .close, scope: .server, words: "connection: "),
    Case(
      verb: "", action: .hang, scope: .server, isTimeout: true,
      words: "connection: no answer within 1 s"),
    Case(verb: "EHLO", action: .close, scope: .server, words: "opening of the session: "),
    Case(
      verb: "EHLO", action: .hang, scope: .server, isTimeout: true,
      words: "opening of the session: no answer"),
    Case(
      verb: "MAIL", action: .say("550 not from you"), scope: .server,
      words: "sender apus@example.org not accepted: 550 not from you"),
    Case(
      verb: "MAIL", action: .say("452 disk full"), scope: .server,
      words: "sender apus@example.org not accepted: 452 disk full"),
    Case(
      verb: "MAIL", action: .close, scope: .server, words: "sender apus@example.org: "),
    Case(
      verb: "MAIL", action: .hang, scope: .server, isTimeout: true,
      words: "sender apus@example.org: no answer within 1 s"),
    Case(
      verb: "RCPT", action: .say("451 come back later"), scope: .recipient,
      words: "recipient not accepted: 451 come back later"),
    Case(
      verb: "RCPT", action: .say("550-5.1.1 no such user\r\n550 5.1.1 sorry"), scope: .recipient,
      isPermanent: true, words: "recipient refused: 550 5.1.1 sorry"),
    Case(verb: "RCPT", action: .close, scope: .recipient, words: "recipient: "),
    Case(
      verb: "RCPT", action: .hang, scope: .recipient, isTimeout: true,
      words: "recipient: no answer within 1 s"),
    Case(
      verb: "DATA", action: .say("451 not now"), scope: .mail,
      words: "message not accepted: 451 not now"),
    Case(verb: "DATA", action: .close, scope: .mail, words: "message: "),
    Case(
      verb: "DATA", action: .hang, scope: .mail, isTimeout: true,
      words: "message: no answer within 1 s"),
    Case(
      verb: ".", action: .say("451 queue full"), scope: .mail,
      words: "message not accepted: 451 queue full"),
    Case(
      verb: ".", action: .say("554 looks like spam\u{1b}[2J"), scope: .mail, isPermanent: true,
      words: "message refused: 554 looks like spam [2J"),
    Case(verb: ".", action: .close, scope: .mail, words: "the answer to the message was lost: "),
    Case(
      verb: ".", action: .hang, scope: .mail, isTimeout: true,
      words: "message: no answer within 1 s"),
    Case(
      verb: ".", action: .say("what?"), scope: .mail, isTimeout: true,
      words: "message: no answer within 1 s"),
  ])
  func failureIsNamedAndJudged(_ expected: Case) async throws {
    let server = try ScriptedServer { verb, _, _ in verb == expected.verb ? expected.action : nil }
    let smtp = try delivery(
      server.url, timeout: expected.isTimeout ? .seconds(1) : .seconds(5))
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await smtp.deliver(mail(), to: to)
    }
    #expect(failure?.scope == expected.scope)
    #expect(failure?.isPermanent == expected.isPermanent)
    #expect(failure?.isTimeout == expected.isTimeout)
    #expect(
      failure?.description.hasPrefix("\(server.url): \(expected.words)") == true,
      "\(String(describing: failure))")
    // The next mail is not hurt by it.
    server.follow { _, _, _ in nil }
    try await smtp.deliver(mail(subject: "next"), to: to)
    #expect(server.received.last?.subject == "next")
  }

  @Test func nobodyAtThePortIsNamed() async throws {
    let server = try ScriptedServer()
    server.stop()
    let smtp = try delivery(server.url)
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await smtp.deliver(mail(), to: to)
    }
    #expect(failure?.scope == .server)
    #expect(failure?.description.hasPrefix("\(server.url): connection: ") == true)
  }

  @Test func requiredTLSIsNotForgone() async throws {
    let server = try ScriptedServer()
    let smtp = SMTPDelivery(
      server: try MailServer(server.url, startTLS: .required), sender: from, hostName: "h")
    await #expect(throws: DeliveryFailure.self) { try await smtp.deliver(mail(), to: to) }
    #expect(server.received.isEmpty)
  }

  @Test func randomAnswersNeverTrap() async throws {
    let server = try ScriptedServer { [random = Counter()] verb, _, _ in
      var generator = Noise(UInt64(random.next()))
      if Bool.random(using: &generator) { return nil }
      let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
        Array("0123456789 -\r\nabc\u{0}é".utf8).randomElement(using: &generator)!
      }
      return .say(String(decoding: bytes, as: UTF8.self))
    }
    let smtp = try delivery(server.url, timeout: .milliseconds(20))
    for _ in 0..<100 {
      do { try await smtp.deliver(mail(), to: to) } catch {
        #expect(error.description.utf8.allSatisfy { $0 >= 32 })
      }
    }
  }
}
