internal import EventLoop
internal import Ledger
internal import Logbook
internal import Notify

/// Sends the mails of the outbox when they are due, and counts them.
@LoopActor
final class MailDelivery {
  private let ledger: Ledger
  var courier: Courier
  private let clock: LoopClock
  private let log: Logbook
  /// Mails that wait for their delivery, and those given up.
  private(set) var waiting = 0
  private(set) var failed = 0
  private var newMails = Gate()
  /// Whether the outbox itself failed, so that what is due stays due.
  private var isOutboxTroubled: Bool { outboxTrouble != nil }
  /// Why the outbox failed.
  private(set) var outboxTrouble: String?

  init(ledger: Ledger, courier: Courier, clock: LoopClock, log: Logbook) {
    self.ledger = ledger
    self.courier = courier
    self.clock = clock
    self.log = log
  }

  /// Mails are in the outbox that were not there before.
  func enqueued(_ count: Int) {
    waiting += count
    newMails.open()
  }

  /// Makes one attempt for every mail that is due.
  func deliver() async {
    var trouble: String?
    for report in await courier.deliverDue(now: clock.epoch) {
      if report.outcome == .outboxFailed {
        trouble = report.description
      } else if report.outcome != .delivered {
        log.note("\(report)")
      }
    }
    if let trouble, !isOutboxTroubled { log.note(trouble) }
    outboxTrouble = trouble
    await count()
  }

  /// Makes mails that were given up due again.
  func retryFailed() async {
    let now = clock.epoch
    do throws(LedgerError) {
      let count = try await ledger.transaction { transaction throws(LedgerError) in
        try Outbox.retryFailed(now: now, in: transaction)
      }
      if count > 0 { log.note("\(count) undelivered mails are tried again") }
    } catch {
      log.note("undelivered mails cannot be tried again: \(error)")
    }
  }

  /// Counts the mails in the outbox.
  func count() async {
    let entries = try? await ledger.read { transaction throws(LedgerError) in
      try Outbox.entries(in: transaction)
    }
    waiting = entries?.count { $0.failed == nil } ?? waiting
    failed = entries?.count { $0.failed != nil } ?? failed
  }

  /// Waits until mails may be due: new ones came, or an old one's time has come.
  func untilDue() async throws {
    let gate = Gate()
    newMails = gate
    let due = (try? await courier.nextDue()) ?? nil
    // What is due while the outbox cannot be written stays due: not at once again.
    let wait = due.map { max(isOutboxTroubled ? 60 : 0, $0 - clock.epoch) } ?? 3600
    let timer = clock.schedule(at: clock.now.advanced(by: .seconds(min(wait, 3600)))) {
      gate.open()
    }
    await withTaskCancellationHandler {
      await gate.wait()
    } onCancel: {
      EventLoop.main.post { gate.open() }
    }
    timer.cancel()
    try Task.checkCancellation()
  }
}
