internal import EventLoop
public import Ledger

/// Takes mails out of the outbox and delivers them: at least once, and a second time only if the
/// answer to the first was lost, under the same Message-ID.
///
/// Mails by SMTP go one after the other; each contact's command runs beside them. A failure that
/// concerns a server or a recipient is not tried out again for every mail.
public final class Courier: Sendable {
  private let ledger: Ledger
  private let smtp: SMTPDelivery?
  private let commands: CommandDelivery
  private let isBusy = Locked(false)
  /// Mails that are delivered while the outbox could not be written: only the note is missing.
  private let unnoted = Locked<Set<String>>([])

  /// - Parameter smtp: `nil` if no mail server is set; mails to addresses then wait.
  public init(
    ledger: Ledger, smtp: SMTPDelivery?, commands: CommandDelivery = CommandDelivery()
  ) {
    self.ledger = ledger
    self.smtp = smtp
    self.commands = commands
  }

  /// When the next attempt is due, in seconds since 1970; `nil` if the outbox is empty.
  public func nextDue() async throws(LedgerError) -> Int? {
    try await ledger.read { transaction throws(LedgerError) in
      try Outbox.nextDue(in: transaction)
    }
  }

  /// Makes one attempt for every mail that is due. A second call while one is at work does nothing.
  /// - Parameter now: seconds since 1970.
  public func deliverDue(now: Int) async -> [DeliveryReport] {
    let begins = isBusy.with { busy in
      defer { busy = true }
      return !busy
    }
    guard begins else { return [] }
    defer { isBusy.with { $0 = false } }

    var reports: [DeliveryReport] = []
    var tried: Set<String> = []
    do throws(LedgerError) {
      try await ledger.transaction { transaction throws(LedgerError) in
        try Outbox.prune(now: now, in: transaction)
      }
      // A delivery may show that a way is open again, and make more mails due.
      while !Task.isCancelled {
        let due = try await ledger.read { transaction throws(LedgerError) in
          try Outbox.batch(now: now, in: transaction)
        }
        let batch = due.filter { tried.insert($0.id).inserted }
        if batch.isEmpty { break }
        reports += await deliver(batch, now: now)
      }
    } catch {
      reports.append(DeliveryReport(error))
    }
    await smtp?.finish()
    return reports
  }

  /// How many commands run at a time.
  private static let width = 8

  private func deliver(_ batch: [OutboxEntry], now: Int) async -> [DeliveryReport] {
    let lanes = Dictionary(grouping: batch) { $0.isCommand ? "command \($0.contact)" : "smtp" }
    return await withTaskGroup(of: [DeliveryReport].self) { group in
      var reports: [DeliveryReport] = []
      for (index, lane) in lanes.values.enumerated() {
        if index >= Self.width { reports += await group.next() ?? [] }
        group.addTask { await self.deliver(inOrder: lane, now: now) }
      }
      for await more in group { reports += more }
      return reports
    }
  }

  private func deliver(inOrder lane: [OutboxEntry], now: Int) async -> [DeliveryReport] {
    var reports: [DeliveryReport] = []
    var serverFailure: DeliveryFailure?
    var recipientFailures: [String: DeliveryFailure] = [:]
    var stalled: Set<String> = []
    do throws(LedgerError) {
      for entry in lane where !stalled.contains(entry.contact) {
        if Task.isCancelled { break }
        var failure = serverFailure ?? recipientFailures[entry.target]
        if failure == nil, !unnoted.with({ $0.contains(entry.id) }) {
          failure = try await attempt(entry)
          if Task.isCancelled, failure != nil { break }
          // A contact that has used up the time of one attempt shall not use that of the others.
          if failure?.isTimeout == true { stalled.insert(entry.contact) }
          if failure?.scope == .server { serverFailure = failure }
          if failure?.scope == .recipient, failure?.isPermanent == false {
            recipientFailures[entry.target] = failure
            stalled.remove(entry.contact)
          }
        }
        reports.append(try await note(entry, failure, now: now))
      }
    } catch {
      reports.append(DeliveryReport(error))
    }
    return reports
  }

  private func attempt(_ entry: OutboxEntry) async throws(LedgerError) -> DeliveryFailure? {
    let mail = try await ledger.read { transaction throws(LedgerError) in
      try Outbox.mail(entry, in: transaction)
    }
    guard let mail else {
      return DeliveryFailure(.mail, isPermanent: true, "'\(entry.target)' is no address")
    }
    do throws(DeliveryFailure) {
      switch mail.route {
      case .command(let command): try await commands.deliver(mail.text, to: command)
      case .address(let address):
        guard let smtp else {
          return DeliveryFailure(.server, "no mail server is set (smtp_server)")
        }
        try await smtp.deliver(mail, to: address)
      }
      return nil
    } catch {
      return error
    }
  }

  private func note(
    _ entry: OutboxEntry, _ failure: DeliveryFailure?, now: Int
  ) async throws(LedgerError) -> DeliveryReport {
    guard let failure else {
      unnoted.with { _ = $0.insert(entry.id) }
      try await ledger.transaction { transaction throws(LedgerError) in
        try Outbox.remove(entry, now: now, in: transaction)
      }
      unnoted.with { _ = $0.remove(entry.id) }
      return DeliveryReport(entry, .delivered)
    }
    let due = try await ledger.transaction { transaction throws(LedgerError) in
      try Outbox.postpone(entry, failure, now: now, in: transaction)
    }
    let outcome: DeliveryReport.Outcome =
      due.map { .postponed(until: $0) } ?? (failure.isPermanent ? .refused : .givenUp)
    return DeliveryReport(entry, outcome, problem: failure.description)
  }
}
