internal import Collector
internal import Daemon
internal import EventLoop
internal import Glibc
internal import Ledger
internal import MuninWire
internal import Notify
internal import Settings
internal import Terminal
internal import Text

/// `apus-collector alerts`: what is wrong now, what is not to be told, and a message for a try.
enum AlertsCommand {
  /// What the words after `alerts` order.
  enum Order {
    case testMail(contact: String)
    case list
    case history(target: String, span: Int, by: OutageReport.Unit?, isJSON: Bool)
    case silence(target: String, seconds: Int, why: String)
    case unsilence(target: String)
    case acknowledge(incident: Int, why: String)
  }

  private static let subcommands = "list, history, silence, unsilence, ack or test-mail"

  static func order(
    _ words: [String], _ options: [String: String]
  ) throws(UsageError) -> Order {
    let why = options["why"] ?? ""
    guard why.isEmpty || ["silence", "ack"].contains(words.first) else {
      throw usage.error("option --why belongs to 'alerts silence' and 'alerts ack'")
    }
    guard !why.hasUnprintable, why.utf8.count <= AlertPageOrder.mostReasonBytes else {
      throw usage.error(
        "option --why: expected at most \(AlertPageOrder.mostReasonBytes) bytes without control characters and characters that turn the direction of reading, "
          + "found '\(String(why.prefix(60)).printable)'")
    }
    for name in ["since", "by", "json"] where options[name] != nil && words.first != "history" {
      throw usage.error("option --\(name) belongs to 'alerts history'")
    }
    switch words.first {
    case "test-mail":
      guard words.count == 2 else {
        throw usage.error("alerts test-mail: expected the name of one contact")
      }
      return .testMail(contact: words[1])
    case "list":
      guard words.count == 1 else {
        throw usage.error("alerts list: unexpected word '\(words[1])'")
      }
      return .list
    case "history":
      guard words.count <= 2 else {
        throw usage.error("alerts history: unexpected word '\(words[2])'")
      }
      var unit: OutageReport.Unit?
      if let name = options["by"] {
        unit = OutageReport.Unit(rawValue: name)
        guard unit != nil else {
          throw usage.error("option --by: expected day, month or year, found '\(name)'")
        }
      }
      return .history(
        target: words.count == 2 ? words[1] : "all", span: try BacktestCommand.span(options),
        by: unit, isJSON: options["json"] != nil)
    case "silence":
      guard words.count == 3, let seconds = parseTimeSpan(words[2].utf8.span),
        seconds <= 366 * 86_400
      else { throw usage.error("alerts silence: expected a TARGET and a time such as 2h") }
      return .silence(target: words[1], seconds: seconds, why: why)
    case "unsilence":
      guard words.count == 2 else { throw usage.error("alerts unsilence: expected a TARGET") }
      return .unsilence(target: words[1])
    case "ack":
      guard words.count == 2, let number = Int(words[1]) else {
        throw usage.error("alerts ack: expected the number of an incident")
      }
      return .acknowledge(incident: number, why: why)
    case let word?:
      throw usage.error("alerts: expected \(subcommands), found '\(word)'")
    case nil: throw usage.error("alerts: expected \(subcommands)")
    }
  }

  static func run(_ order: Order, _ configuration: Configuration) throws -> Int32 {
    switch order {
    case .testMail(let name): return try testMail(to: name, configuration)
    case .list:
      return try BacktestCommand.withLedger(configuration) { ledger, now in
        let orders = AlertOrders(ledger, now: now)
        try await check(orders, configuration)
        let contacts = configuration.settings.contacts.map { ($0.name, $0.wayCount) }
        return try await orders.list(ways: Dictionary(contacts, uniquingKeysWith: { $1 }))
      }
    case .history(let target, let span, let unit, let isJSON):
      return try BacktestCommand.withLedger(configuration) { ledger, now in
        try await check(AlertOrders(ledger, now: now), configuration)
        let report = try await OutageReport(
          target, configuration.settings, ledger: ledger, since: now - span, now: now, by: unit)
        // The log may know what munin.conf does not name any more.
        if report.isEmpty {
          try await check(target, configuration, ledger)
        }
        return isJSON ? [report.json] : report.lines
      }
    case .silence, .unsilence, .acknowledge:
      return try BacktestCommand.withLedger(configuration) { ledger, now in
        let orders = AlertOrders(ledger, now: now)
        try await check(orders, configuration)
        switch order {
        case .silence(let target, _, _): try await check(target, configuration, ledger)
        case .unsilence(let target):
          // What was silenced may have gone from munin.conf since.
          if let obstacle = try await orders.obstacle(toUnsilencing: target) {
            try await check(target, configuration, ledger)
            throw StartFailure(obstacle)
          }
        case .acknowledge(let incident, _):
          if let obstacle = try await orders.obstacle(toAcknowledging: incident) {
            throw StartFailure(obstacle)
          }
        case .testMail, .list, .history: break
        }
        return [try await give(order, orders, configuration)]
      }
    }
  }

  private static func check(
    _ target: String, _ configuration: Configuration, _ ledger: Ledger
  ) async throws {
    let finding = try await AlertTargetCheck.finding(
      of: target, configuration.settings, ledger: ledger)
    if let finding { throw StartFailure(finding) }
  }

  private static func check(
    _ orders: AlertOrders, _ configuration: Configuration
  ) async throws {
    guard try await orders.isPossible() else {
      throw StartFailure(
        "\(configuration.settings.databaseDirectory): its ledger keeps no incidents yet: start the collector once"
      )
    }
  }

  /// Stores an order, and waits until the running collector has carried it out.
  private static func give(
    _ order: Order, _ orders: AlertOrders, _ configuration: Configuration
  ) async throws -> String {
    let number: Int?
    var silence = ""
    switch order {
    case .silence(let target, let seconds, let why):
      number = try await orders.silence(target, for: seconds, who: who, why: why)
      silence = " (silenced until \(orders.end(after: seconds)))"
    case .unsilence(let target): number = try await orders.unsilence(target, who: who)
    case .acknowledge(let incident, let why):
      number = try await orders.acknowledge(incident, who: who, why: why)
    case .testMail, .list, .history: number = nil
    }
    guard let number else {
      throw StartFailure(
        "expected all, GROUP, GROUP;HOST, GROUP;HOST:SERVICE or GROUP;HOST:SERVICE.FIELD")
    }
    let folder = configuration.settings.databaseDirectory
    guard DataFolder.runningCollector(in: folder) != nil else {
      return
        "order \(number)\(silence): no collector is running: it is carried out at the next start"
    }
    // The collector looks at the ledger each second.
    for _ in 0..<30 {
      if let outcome = try await orders.outcome(of: number) {
        guard outcome.isDone else { throw StartFailure(outcome.words) }
        return outcome.words
      }
      try await LoopClock.real.sleep(for: .milliseconds(100))
    }
    return
      "order \(number)\(silence): not carried out within 3 s: the collector does it when it can"
  }

  /// Who gives the order, for the log.
  private static var who: String {
    for name in ["SUDO_USER", "LOGNAME", "USER"] {
      if let value = getenv(name) { return String(cString: value) }
    }
    // In a container nobody may have the number.
    guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else {
      return "uid \(getuid())"
    }
    return String(cString: name)
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
    let (ways, now) = (contact.alertWays, time(nil))
    let command = TestMail.command(of: contact, now: now)
    guard !ways.isEmpty || command != nil else {
      Terminal.complain(
        "contact '\(name)' has neither email, command, webhook nor syslog: it gets no messages",
        program: program)
      return ExitCode.failed
    }
    let notification = TestMail.notification(to: contact, now: now)
    let writer = AlertWriter(settings, site: settings.webURL?.withoutEndSlash)
    let failures = Locked(0)
    try EventLoop.main.run {
      let exchange = configuration.mails?.exchange()
      for way in ways {
        let isDelivered = await report(name) { () async throws(DeliveryFailure) in
          let place = if case .mail(let address) = way { "\(address)" } else { name }
          let receipt = try await writer.attempt(notification, on: way, by: exchange)
          return ("\(place): \(receipt.words)", receipt.protection)
        }
        if !isDelivered { failures.with { $0 += 1 } }
      }
      await exchange?.finish()
      if let command, case .command(let line) = command.route {
        let isDelivered = await report(name) { () async throws(DeliveryFailure) in
          try await CommandDelivery().deliver(command.text, to: line)
          return ("\(name): command '\(line)'", nil)
        }
        if !isDelivered { failures.with { $0 += 1 } }
      }
    }
    return failures.with { $0 } == 0 ? ExitCode.done : ExitCode.failed
  }

  /// Says how an attempt went.
  /// - Returns: whether the message was taken.
  private static func report(
    _ contact: String,
    _ attempt: () async throws(DeliveryFailure) -> (words: String, protection: String?)
  ) async -> Bool {
    let began = LoopClock.real.now
    do throws(DeliveryFailure) {
      let (words, protection) = try await attempt()
      let spent = TimeSpan.text(began.duration(to: LoopClock.real.now))
      Terminal.say("\(words): accepted (\(spent)\(protection.map { ", \($0)" } ?? ""))")
      return true
    } catch {
      Terminal.complain("\(contact): \(error)", program: program)
      return false
    }
  }
}
