import EventLoop
import Foundation
import Incidents
import Ledger
import TestSupport
import Testing
import Text

@testable import Notify

/// Notifications on their ways through the outbox.
@Suite struct AlertLaneTests {
  private let folder: TemporaryFolder
  private let ledger: Ledger
  private let server: ScriptedServer
  private let sink: WebSink
  private let syslog: String
  private let now = MailExamples.at("14:03:20")
  private let address = try! MailAddress("ada@example.org")

  init() async throws {
    startTestLoop()
    folder = try TemporaryFolder()
    ledger = try Ledger(path: folder.ledger)
    try await ledger.migrate(
      IncidentTables.migrations + AlertTables.migrations + Outbox.migrations)
    server = try ScriptedServer()
    sink = try WebSink()
    syslog = "\(folder.path)/log"
  }

  private struct History: AlertHistory {
    func picture(
      of part: NotificationPart, in line: NotificationLine, at time: Int
    ) async -> MailPicture? {
      MailPicture(name: "\(part.graph).png", png: AlertMailTests.dot)
    }

    func movement(
      of part: NotificationPart, in line: NotificationLine, at time: Int
    ) async -> ValueMovement? {
      ValueMovement(hourAgo: 412 * MailExamples.mebi)
    }
  }

  private func courier(_ change: (inout ContactManner) -> Void = { _ in }) throws -> Courier {
    var manner = ContactManner()
    manner.address = address
    manner.utcOffset = { _ in 3600 }
    manner.webhook = WebhookRoute(address: sink.url("ok"))
    manner.facility = 3
    change(&manner)
    var alerts = AlertWriter(
      site: "https://munin.example.com", machine: "mon1", contacts: ["admin": manner],
      history: History())
    alerts.syslog = SyslogDelivery(socket: syslog)
    let smtp = SMTPDelivery(
      server: try MailServer(server.url), sender: try MailAddress("apus@example.org"),
      hostName: "h")
    return Courier(ledger: ledger, mails: MailExchange(servers: [smtp]), alerts: alerts)
  }

  private func enqueue(
    _ notification: Incidents.Notification, on ways: [AlertWay]
  ) async throws {
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute(
        "INSERT OR REPLACE INTO notification VALUES (?, ?, ?, ?)",
        [
          .integer(notification.number), .text(notification.contact), .integer(notification.at),
          .blob(notification.stored),
        ])
      let words = AlertWords(notification, MailExamples.surroundings)
      // A second time changes nothing.
      for _ in 0..<2 {
        try Outbox.enqueue(notification, on: ways, subject: words.subject, in: transaction)
      }
    }
  }

  private func entries() async throws -> [OutboxEntry] {
    try await ledger.read { transaction throws(LedgerError) in
      try Outbox.entries(in: transaction)
    }
  }

  @Test func eachWayGetsItsOwnMessage() async throws {
    let log = try DatagramSink(syslog)
    try await enqueue(
      MailExamples.critical, on: [.mail(address), .webhook(isPerGraph: false), .syslog])
    #expect(
      try await entries().map(\.lane) == ["mail", "webhook admin", "syslog admin"])
    let reports = await (try courier()).deliverDue(now: now)
    #expect(reports.map(\.outcome) == [.delivered, .delivered, .delivered])
    #expect(try await entries().isEmpty)

    let mail = try #require(server.received.first)
    #expect(mail.subject == "[CRITICAL] web1 memory: free 0.8 MiB, limit 1 MiB")
    #expect(mail.messageID == "<412.admin.1@example.org>")
    for part in ["multipart/alternative", "text/html", "image/png; name=\"memory.png\""] {
      #expect(mail.wire.contains(part))
    }
    #expect(mail.wire.contains("1 h ago 412 MiB"))
    #expect(sink.requests.first?.json?["kind"] as? String == "change")
    let line = try #require(log.next())
    #expect(line.hasPrefix("<26>"))
    #expect(
      line.hasSuffix(
        ": CRITICAL g;web1:memory free 0.8 MiB, limit 1 MiB (incident 412)"), "\(line)")
  }

  @Test func mailFormatTextHasNoHTMLAndNoPictureBesideIt() async throws {
    try await enqueue(MailExamples.critical, on: [.mail(address)])
    _ = await (try courier { $0.hasHTML = false }).deliverDue(now: now)
    #expect(server.received.first?.wire.contains("text/html") == false)
  }

  @Test func aWebhookWithATemplateHasAMessageForEachGraph() async throws {
    let graphs = AlertVariables.all(of: MailExamples.several).count
    #expect(graphs > 1)
    try await enqueue(MailExamples.several, on: [.webhook(isPerGraph: true)])
    #expect(try await entries().count == graphs)
    let text = try MuninTemplate(#"{"graph":"${var:graph}"}"#, for: .json)
    _ = await (try courier { $0.webhook?.text = text }).deliverDue(now: now)
    let told = sink.requests.compactMap { $0.json?["graph"] as? String }
    #expect(told.count == graphs && Set(told).count == graphs)
  }

  @Test func aWayThatIsGoneFromTheSettingsIsGivenUpAndTold() async throws {
    try await enqueue(MailExamples.critical, on: [.webhook(isPerGraph: false), .syslog])
    try await enqueue(MailExamples.critical, on: [.mail(address)])
    let reports = await
      (try courier {
        $0.webhook = nil
        $0.facility = nil
        $0.address = nil
      }).deliverDue(now: now)
    #expect(reports.allSatisfy { $0.outcome == .withdrawn(1) })
    #expect(
      Set(reports.compactMap(\.problem)) == [
        "contact admin has no webhook any more", "contact admin has no syslog any more",
        "contact admin has no email any more",
      ])
    #expect(server.received.isEmpty)
  }

  /// munin.conf was changed while a message waited.
  @Test func aMailGoesToTheAddressOfToday() async throws {
    try await enqueue(MailExamples.critical, on: [.mail(address)])
    let bob = try MailAddress("bob@example.org")
    let reports = await (try courier { $0.address = bob }).deliverDue(now: now)
    #expect(reports.map(\.outcome) == [.delivered])
    #expect(server.received.map(\.recipient) == ["TO:<bob@example.org>"])
    #expect(server.received.first?.header("To") == "bob@example.org")
  }

  /// Its messages are given up together, and stay where those that were given up are listed.
  @Test func theMessagesToAContactThatHasGoneAreGivenUp() async throws {
    try await enqueue(MailExamples.several, on: [.webhook(isPerGraph: true)])
    let count = try await entries().count
    #expect(count > 1)
    let writer = AlertWriter(site: nil, machine: "mon1", contacts: [:])
    let courier = Courier(ledger: ledger, mails: nil, alerts: writer)
    // Not when they are due: it may take an hour until then.
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("UPDATE outbox SET due = due + 3600")
    }
    let reports = await courier.deliverDue(now: now)
    #expect(
      reports.map(\.description) == [
        "messages to admin: \(count) waiting messages given up: munin.conf has no contact admin any more"
      ])
    let givenUp = try await ledger.read { transaction throws(LedgerError) in
      try Outbox.givenUp(most: 20, in: transaction)
    }
    #expect(givenUp.count == count && givenUp.allSatisfy { $0.failed == now })
    #expect(givenUp.first?.problem == "munin.conf has no contact admin any more")
    #expect(await courier.deliverDue(now: now + 3600).isEmpty && sink.requests.isEmpty)
    // What comes later is seen by itself.
    try await ledger.transaction { transaction throws(LedgerError) in
      _ = try Outbox.retryFailed(of: [412], now: now, in: transaction)
    }
    let later = await courier.deliverDue(now: now)
    #expect(later.count == count && later.allSatisfy { $0.outcome == .refused })
  }

  @Test func syslogThatIsAwayGetsItsLinesLater() async throws {
    try await enqueue(MailExamples.several, on: [.syslog])
    let courier = try courier()
    let report = try #require(await courier.deliverDue(now: now).first)
    #expect(report.outcome == .postponed(until: now + 60))
    #expect(report.problem?.hasPrefix("syslog: ") == true)
    let log = try DatagramSink(syslog)
    #expect(await courier.deliverDue(now: now + 60).first?.outcome == .delivered)
    for line in MailExamples.several.lines {
      #expect(log.next()?.contains("(incident \(line.incident))") == true)
    }
  }

  @Test func everyLineOfSyslogIsOneLine() {
    for text in AlertMailTests.hostileTexts {
      for example in MailExamples.all.map(\.1) {
        let damaged = hostile(example, text)
        for (severity, line) in SyslogDelivery.lines(of: damaged, MailExamples.surroundings) {
          #expect((0...7).contains(severity) && line.utf8.count < 1024)
          #expect(!line.unicodeScalars.contains { isUnprintable($0) })
        }
      }
    }
  }

  @Test func factsThatAreNoLongerStoredAreTold() async throws {
    try await enqueue(MailExamples.critical, on: [.mail(address)])
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("DELETE FROM notification")
    }
    let report = try #require(await (try courier()).deliverDue(now: now).first)
    #expect(report.outcome == .refused)
    #expect(report.problem == "the facts of notification 1 are no longer stored")
  }
}

/// A unix datagram socket that keeps what it is sent, as syslog's.
private final class DatagramSink {
  private let descriptor: Int32

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0 else { throw POSIXError(.EADDRINUSE) }
  }

  deinit { close(descriptor) }

  /// The next message that has come.
  func next() -> String? {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
