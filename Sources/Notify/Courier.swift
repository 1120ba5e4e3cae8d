internal import EventLoop
public import Ledger

/// Delivers the mails of the outbox: each at least once, and a second time, with the same Message-ID, only when the
/// server's answer to the first delivery was lost.
///
/// Mails by SMTP go one after the other; the contacts' commands run in parallel to them. After a failure that concerns a
/// server or a recipient, its other mails are postponed without an attempt of their own.
public final class Courier: Sendable {
  private let ledger: Ledger
  private let smtp: SMTPDelivery?
  private let commands: CommandDelivery
  private let pictures: (any PictureSource)?
  private let isBusy = Locked(false)
  /// Mails that were delivered but could not be removed from the outbox yet.
  private let unremoved = Locked<Set<String>>([])

  /// - Parameters:
  ///   - smtp: `nil` if no mail server is set; mails to addresses then wait.
  ///   - pictures: draws what mails are to show.
  public init(
    ledger: Ledger, smtp: SMTPDelivery?, commands: CommandDelivery = CommandDelivery(),
    pictures: (any PictureSource)? = nil
  ) {
    self.ledger = ledger
    self.smtp = smtp
    self.commands = commands
    self.pictures = pictures
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
      // A delivery shows that a server works again, and makes more mails due.
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
        if failure == nil, !unremoved.with({ $0.contains(entry.id) }) {
          failure = try await attempt(entry)
          if Task.isCancelled, failure != nil { break }
          // One attempt that timed out is enough: the contact's other mails would delay everybody's.
          if failure?.isTimeout == true { stalled.insert(entry.contact) }
          if failure?.scope == .server { serverFailure = failure }
          if failure?.scope == .recipient, failure?.isPermanent == false {
            recipientFailures[entry.target] = failure
            stalled.remove(entry.contact)
          }
        }
        reports.append(try await record(failure, of: entry, now: now))
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
      return DeliveryFailure(.mail, isPermanent: true, "invalid address '\(entry.target)'")
    }
    do throws(DeliveryFailure) {
      switch mail.route {
      case .command(let command): try await commands.deliver(mail.text, to: command)
      case .address(let address):
        guard let smtp else {
          return DeliveryFailure(.server, "no mail server configured (smtp_server)")
        }
        try await smtp.deliver(await drawn(mail), to: address)
      }
      return nil
    } catch {
      return error
    }
  }

  /// The mail with the picture that it is to show.
  private func drawn(_ mail: OutgoingMail) async -> OutgoingMail {
    guard let drawing = mail.drawing, let picture = await pictures?.picture(of: drawing) else {
      return mail
    }
    return mail.showing(picture)
  }

  private func record(
    _ failure: DeliveryFailure?, of entry: OutboxEntry, now: Int
  ) async throws(LedgerError) -> DeliveryReport {
    guard let failure else {
      unremoved.with { _ = $0.insert(entry.id) }
      try await ledger.transaction { transaction throws(LedgerError) in
        try Outbox.remove(entry, now: now, in: transaction)
      }
      unremoved.with { _ = $0.remove(entry.id) }
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
