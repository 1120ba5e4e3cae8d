import Foundation
import TestSupport
import Testing

@testable import Notify

/// Several ways out for mails.
@Suite struct MailExchangeTests {
  private let identity = MailIdentity(
    from: try! MailAddress("apus@example.org"), envelope: try! MailAddress("bounces@example.org"),
    hostName: "mon1.example.org")
  private let ada = try! MailAddress("ada@example.org")

  init() { startTestLoop() }

  private func smtp(
    _ server: ScriptedServer, login: MailLogin? = nil, timeout: Duration = .seconds(5)
  ) throws -> SMTPDelivery {
    SMTPDelivery(
      server: try MailServer(server.url), identity: identity, login: login, timeout: timeout)
  }

  private func mail(_ subject: String = "s") -> OutgoingMail {
    OutgoingMail(
      id: "1.x", contact: "ada", route: .address(ada), subject: subject, text: ".\nt\n", created: 0)
  }

  @Test func theFirstServerThatTakesTheMailGetsIt() async throws {
    let (dead, busy, good) = (try ScriptedServer(), try ScriptedServer(), try ScriptedServer())
    dead.stop()
    busy.follow { verb, _, _ in verb == "" ? .say("421 too busy") : nil }
    let exchange = MailExchange(servers: [try smtp(dead), try smtp(busy), try smtp(good)])
    #expect(try await exchange.deliver(mail("1"), to: ada).words == "\(good.url): 250 taken")
    // The ones that failed are passed over for a while.
    _ = try await exchange.deliver(mail("2"), to: ada)
    #expect(good.received.map(\.subject) == ["1", "2"])
    #expect(busy.connectionCount == 1)
    // When the good one fails too, the others are asked again at the next mail.
    good.stop()
    await exchange.finish()
    busy.follow { _, _, _ in nil }
    await #expect(throws: DeliveryFailure.self) { try await exchange.deliver(mail("3"), to: ada) }
    #expect(try await exchange.deliver(mail("3"), to: ada).words == "\(busy.url): 250 taken")
  }

  @Test func aRefusedRecipientIsNotTriedElsewhere() async throws {
    let (first, second) = (try ScriptedServer(), try ScriptedServer())
    first.follow { verb, _, _ in verb == "RCPT" ? .say("550 no such user") : nil }
    let exchange = MailExchange(servers: [try smtp(first), try smtp(second)])
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await exchange.deliver(mail(), to: ada)
    }
    #expect(failure?.scope == .recipient && failure?.isPermanent == true)
    #expect(second.connectionCount == 0)
  }

  /// It may have the mail, which is not given to another one; the next mail is.
  @Test func aServerThatDoesNotAnswerToAMailIsPassedOver() async throws {
    let (first, second) = (try ScriptedServer(), try ScriptedServer())
    first.follow { verb, _, _ in verb == "." ? .hang : nil }
    let exchange = MailExchange(servers: [try smtp(first, timeout: .seconds(1)), try smtp(second)])
    #expect(exchange.hasSoundWay)
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await exchange.deliver(mail("1"), to: ada)
    }
    #expect(failure?.isTimeout == true && second.received.isEmpty && exchange.hasSoundWay)
    _ = try await exchange.deliver(mail("2"), to: ada)
    #expect(first.connectionCount == 1 && second.received.map(\.subject) == ["2"])
  }

  @Test func errorsGoToTheEnvelopesSender() async throws {
    let server = try ScriptedServer()
    _ = try await MailExchange(servers: [try smtp(server)]).deliver(mail(), to: ada)
    let received = try #require(server.received.first)
    #expect(received.sender.hasPrefix("FROM:<bounces@example.org>"))
    #expect(received.header("From") == "apus@example.org")
    #expect(received.messageID == "<1.x@mon1.example.org>")
    #expect(server.dialogue.first == "EHLO mon1.example.org")
  }

  @Test(arguments: [
    (ScriptedServer.Action.say("535 5.7.8 wrong password"), "535 5.7.8 wrong password"),
    (.hang, "no answer within 1 s"), (.close, ""),
  ])
  func aLoginThatFailsIsNamed(action: ScriptedServer.Action, words: String) async throws {
    let server = try ScriptedServer { verb, _, _ in
      switch verb {
      case "EHLO": .say("250-scripted\r\n250 AUTH PLAIN LOGIN")
      case "AUTH": action
      default: nil
      }
    }
    let smtp = try smtp(
      server, login: MailLogin(user: "apus", password: "secret"), timeout: .seconds(1))
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await smtp.deliver(mail(), to: ada)
    }
    #expect(failure?.scope == .server && failure?.isPermanent == false)
    let text = failure?.description ?? ""
    #expect(
      text.hasPrefix("\(server.url): login as apus") && (words.isEmpty || text.contains(words)),
      "\(text)")
    #expect(!text.contains("secret") && !text.contains(Data("secret".utf8).base64EncodedString()))
    #expect(server.received.isEmpty)
  }

  @Test func aLocalProgramIsTheLastResort() async throws {
    let folder = try TemporaryFolder()
    let program = try folder.script(
      "sendmail", "#!/bin/sh\necho \"$@\" > \(folder.path)/arguments\ncat > \(folder.path)/mail\n")
    let dead = try ScriptedServer()
    dead.stop()
    let sendmail = SendmailDelivery(path: program, identity: identity)
    let exchange = MailExchange(servers: [try smtp(dead)], sendmail: sendmail)
    let words = try await exchange.deliver(mail(), to: ada).words
    #expect(words.hasPrefix("\(program) (\(dead.url): connection: "))
    #expect(folder.read("arguments") == "-i -f bounces@example.org -- ada@example.org\n")
    let message = try #require(folder.read("mail"))
    #expect(message.hasPrefix("From: apus@example.org\n") && !message.contains("\r"))
    #expect(message.hasSuffix("\n\n.\nt\n"))
  }

  @Test(arguments: [
    ("exit 75", false, "exit status 75"), ("echo no user >&2; exit 67", true, "67: no user"),
    ("sleep 60", false, "still running after 1 s, killed"),
  ])
  func aProgramThatFailsIsNamed(body: String, isPermanent: Bool, words: String) async throws {
    let folder = try TemporaryFolder()
    let program = try folder.script("sendmail", "#!/bin/sh\n\(body)\n")
    let exchange = MailExchange(
      servers: [],
      sendmail: SendmailDelivery(path: program, identity: identity, timeLimit: .seconds(1)))
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await exchange.deliver(mail(), to: ada)
    }
    #expect(failure?.isPermanent == isPermanent)
    #expect(failure?.description.contains(words) == true, "\(String(describing: failure))")
  }

  @Test(arguments: [
    ("mon1", "127.0.0.1 localhost\n127.0.1.1 mon1.example.com mon1\n", "", "mon1.example.com"),
    (
      "mon1", "10.0.0.1 mon10.example.com mon1 # x\n", "search lan.example.com\n",
      "mon1.lan.example.com"
    ),
    ("mon1", "", "nameserver 1.2.3.4\ndomain example.net.\n", "mon1.example.net"),
    ("mon1.example.org", "1 mon1.other mon1", "", "mon1.example.org"),
    ("mon1", "# 1 mon1.example.com mon1", "search .\n", "mon1"), ("", "1 a.b a", "search x", ""),
    ("a", "\u{0}\u{0}\n\n a", "domain\nsearch\n", "a"),
  ])
  func theFullNameIsFoundInFiles(name: String, hosts: String, resolver: String, full: String) {
    #expect(FullHostName.find(name, hosts: hosts, resolver: resolver) == full)
  }
}
