internal import Collector
internal import EventLoop
internal import Glibc
internal import Notify
internal import Settings
internal import Terminal
internal import Text

/// `apus-collector alerts test-mail NAME`: sends a message to a contact now, and says what its server or command answered.
enum AlertsCommand {
  /// What the words after `alerts` order.
  enum Order {
    case testMail(contact: String)
  }

  static func order(_ words: [String]) throws(UsageError) -> Order {
    guard let first = words.first else { throw usage.error("alerts: expected test-mail") }
    guard first == "test-mail" else { throw usage.error("alerts: unknown word '\(first)'") }
    guard words.count == 2 else {
      throw usage.error("alerts test-mail: expected the name of one contact")
    }
    return .testMail(contact: words[1])
  }

  static func run(_ order: Order, _ configuration: Configuration) throws -> Int32 {
    switch order {
    case .testMail(let name): return try testMail(to: name, configuration)
    }
  }

  /// The time that `poll` gives a server as well.
  private static func testMail(to name: String, _ configuration: Configuration) throws -> Int32 {
    let settings = configuration.settings
    guard let contact = settings.contacts.first(where: { $0.name == name }) else {
      let known = settings.contacts.map(\.name).joined(separator: ", ")
      Terminal.complain(
        "no contact '\(name)' in munin.conf\(known.isEmpty ? "" : "; it has \(known)")",
        program: program)
      return ExitCode.failed
    }
    // As the collector does: a command that only root may run would not be run by it.
    if access(settings.databaseDirectory, F_OK) == 0 {
      try FolderOwner.become(of: settings.databaseDirectory)
    }
    let mails = TestMail.messages(
      to: contact, site: settings.webURL?.withoutEndSlash, now: time(nil))
    let ways = TestMail.ways(to: contact)
    guard !mails.isEmpty || !ways.isEmpty else {
      Terminal.complain(
        "contact '\(name)' has neither email, command, webhook nor syslog: it gets no messages",
        program: program)
      return ExitCode.failed
    }
    let notification = TestMail.notification(to: contact, now: time(nil))
    let writer = configuration.alertWriter(site: settings.webURL?.withoutEndSlash)
    let failures = Locked(0)
    try EventLoop.main.run {
      for mail in mails where !(await deliver(mail, configuration)) { failures.with { $0 += 1 } }
      for way in ways {
        let isDelivered = await report(name) { () async throws(DeliveryFailure) in
          "\(name): \(try await writer.attempt(notification, on: way, by: nil))"
        }
        if !isDelivered { failures.with { $0 += 1 } }
      }
    }
    return failures.with { $0 } == 0 ? ExitCode.done : ExitCode.failed
  }

  private static func deliver(_ mail: OutgoingMail, _ configuration: Configuration) async -> Bool {
    await report(mail.contact) { () async throws(DeliveryFailure) in
      switch mail.route {
      case .address(let address):
        guard let exchange = configuration.mails?.exchange() else {
          throw DeliveryFailure.noServer
        }
        let words = "\(address): \(try await exchange.deliver(mail, to: address))"
        await exchange.finish()
        return words
      case .command(let command):
        try await CommandDelivery().deliver(mail.text, to: command)
        return "\(mail.contact): command '\(command)'"
      }
    }
  }

  /// Says how an attempt went.
  /// - Returns: whether the message was taken.
  private static func report(
    _ contact: String, _ attempt: () async throws(DeliveryFailure) -> String
  ) async -> Bool {
    let began = LoopClock.real.now
    do throws(DeliveryFailure) {
      let words = try await attempt()
      let spent = TimeSpan.text(began.duration(to: LoopClock.real.now))
      Terminal.say("\(words): accepted (\(spent))")
      return true
    } catch {
      Terminal.complain("\(contact): \(error)", program: program)
      return false
    }
  }
}
