internal import EventLoop
internal import Incidents
internal import Ledger
internal import Logbook
internal import Notify
internal import Text

/// Sends the mails of the outbox when they are due, and counts them.
@LoopActor
final class MailDelivery {
  private let ledger: Ledger
  var courier: Courier {
    didSet {
      courier.follow(oldValue)
      // Contacts may have gone.
      hasNewMails = true
      changes.open()
    }
  }
  private let clock: LoopClock
  private let log: Logbook
  /// Mails that wait for their delivery, and those given up.
  private(set) var waiting = 0
  private(set) var failed = 0
  /// The newest of those given up.
  private(set) var givenUp: [GivenUpMail] = []
  private var changes = Gate()
  /// New mails came since the outbox was looked at.
  private var hasNewMails = false
  /// Whether the outbox itself failed, so that what is due stays due.
  private var isOutboxTroubled: Bool { outboxTrouble != nil }
  /// Since when no mail was delivered of those that were tried, and why the last one was not.
  private var failing: (since: Int, problem: String)?
  /// The ways to contacts on which the last attempt failed, by their lanes.
  private var deliveryTroubles: [String: DeliveryTrouble] = [:]
  /// Whether the outbox was asked which ways failed in a former run.
  private var knowsFormerTroubles = false
  /// Why the outbox failed.
  private(set) var outboxTrouble: String?

  /// Messages that the ledger has not taken, since it takes nothing.
  private var unkept: [any LedgerRows] = []
  /// When those of them that were not delivered are tried again; `nil` without any.
  private var unkeptDue: Int?
  /// Whether all of them were tried.
  private var hasTriedUnkept = false
  private static let mostUnkept = 1000

  init(ledger: Ledger, courier: Courier, clock: LoopClock, log: Logbook) {
    self.ledger = ledger
    self.courier = courier
    self.clock = clock
    self.log = log
  }

  /// Mails are in the outbox that were not there before: the ledger takes them, and what it did not take before is there, too.
  func enqueued(_ count: Int) {
    unkept = []
    unkeptDue = nil
    waiting += count
    hasNewMails = true
    changes.open()
  }

  /// The ledger takes nothing: the messages are delivered without it, and tried again each minute while that lasts.
  func deliverUnkept(_ messages: [any LedgerRows]) {
    unkept += messages
    if unkept.count > Self.mostUnkept { unkept.removeFirst(unkept.count - Self.mostUnkept) }
    unkeptDue = clock.epoch
    hasTriedUnkept = false
    hasNewMails = true
    changes.open()
  }

  private func deliverUnkept(by courier: Courier, now: Int) async {
    guard let due = unkeptDue, due <= now else { return }
    unkeptDue = now + 60
    let isAgain = hasTriedUnkept
    hasTriedUnkept = true
    let reports = await courier.deliverUnkept(unkept, now: now)
    // A failure is told once, and not each minute.
    tell(isAgain ? reports.filter { $0.outcome == .delivered } : reports)
  }

  /// Delivers until the task is cancelled. Lanes that still work on what was due before do not delay others.
  func run() async {
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        let now = clock.epoch
        hasNewMails = false
        let (courier, round) = (courier, await courier.begin(now: now))
        if !round.isEmpty {
          group.addTask { await self.deliver(round, by: courier, now: now) }
        }
        if unkeptDue.map({ $0 <= now }) ?? false {
          group.addTask { await self.deliverUnkept(by: courier, now: now) }
        }
        guard (try? await untilDue()) != nil else { return }
      }
    }
  }

  /// A lane is idle again.
  private func endLane() { changes.open() }

  /// Makes one attempt for every mail that is due.
  func deliver() async {
    let now = clock.epoch
    let courier = courier
    hasNewMails = false
    await deliver(await courier.begin(now: now), by: courier, now: now)
    await deliverUnkept(by: courier, now: now)
  }

  private func deliver(_ round: Courier.Round, by courier: Courier, now: Int) async {
    let hadTrouble = Locked(false)
    await courier.deliver(
      round, now: now, time: { [clock] in clock.epoch },
      tell: { reports in
        if reports.contains(where: { $0.outcome == .outboxFailed }) {
          hadTrouble.with { $0 = true }
        }
        await self.tell(reports)
      }, ended: { await self.endLane() })
    if !hadTrouble.with({ $0 }) { outboxTrouble = nil }
    await count()
  }

  /// A line for each mail; those that are postponed together, because a server does not answer, share one.
  private func tell(_ reports: [DeliveryReport]) {
    for report in reports {
      if report.isMail { noteServer(report) }
      noteTrouble(of: report)
    }
    for (index, report) in reports.enumerated() {
      if report.outcome == .outboxFailed {
        if !isOutboxTroubled { log.note(report.description) }
        outboxTrouble = report.description
      } else if index == 0 || report.isAboutAnEnd {
        log.note("\(report)")
      }
    }
    let more = reports.dropFirst().count {
      switch $0.outcome {
      case .postponed, .held: true
      default: false
      }
    }
    if more > 0 {
      log.note("\(Amount.count(more, "more mail")) postponed: \(reports[0].problem ?? "")")
    }
  }

  private func noteServer(_ report: DeliveryReport) {
    switch report.outcome {
    case .delivered: failing = nil
    case .postponed:
      failing = (failing?.since ?? clock.epoch, report.problem ?? failing?.problem ?? "")
    case .held, .refused, .givenUp, .withdrawn, .outboxFailed: break
    }
  }

  private func noteTrouble(of report: DeliveryReport) {
    guard report.outcome != .outboxFailed else { return }
    // Mails to all addresses share a lane.
    let key = "\(report.contact) \(report.lane)"
    switch report.outcome {
    case .delivered, .withdrawn:
      deliveryTroubles[key] = nil
      return
    case .postponed, .held, .refused, .givenUp, .outboxFailed: break
    }
    let since = deliveryTroubles[key]?.since ?? clock.epoch
    deliveryTroubles[key] = DeliveryTrouble(
      contact: report.contact, lane: report.lane, since: since, problem: report.problem ?? "")
  }

  /// The contacts that messages do not reach, in the order of their names.
  var troubles: [DeliveryTrouble] {
    deliveryTroubles.sorted { $0.key < $1.key }.map(\.value)
  }

  /// How long deliveries fail before the collector tells of it.
  private static let lasting = 900

  /// Why no message to a contact was delivered for a quarter of an hour; `nil` when that is not so.
  /// - Parameter hasMails: whether mails count, which no server takes.
  func lastingContactTrouble(at now: Int, hasMails: Bool) -> String? {
    let lasting = troubles.filter {
      now - $0.since >= Self.lasting && (hasMails || $0.way != "mail")
    }
    guard let first = lasting.first else { return nil }
    let more = lasting.count > 1 ? " (and \(lasting.count - 1) more contacts or ways)" : ""
    return
      "messages to \(first.contact) (\(first.way)) are not delivered since "
      + "\(CalendarTime.local(first.since).text): \(first.problem)\(more)"
  }

  /// Why no mail was delivered for a quarter of an hour; `nil` when some was, or none had to be.
  func lastingTrouble(at now: Int) -> String? {
    guard waiting > 0, let failing, now - failing.since >= Self.lasting else { return nil }
    return failing.problem
  }

  /// Makes messages that were given up due again, whose incidents still last.
  func retryFailed() async {
    let now = clock.epoch
    do throws(LedgerError) {
      let count = try await ledger.transaction { transaction throws(LedgerError) in
        try Outbox.retryFailed(
          of: try OpenAlerts.incidents(in: transaction), now: now, in: transaction)
      }
      if count > 0 {
        log.note(
          "\(Amount.count(count, "message")) that were given up and whose incidents last: tried again"
        )
        await self.count()
      }
    } catch {
      log.note("undelivered mails cannot be tried again: \(error)")
    }
  }

  /// Counts the mails in the outbox.
  func count() async {
    let found = try? await ledger.read { transaction throws(LedgerError) in
      let counts = try Outbox.counts(in: transaction)
      let newest =
        counts.failed == 0 ? [] : try Outbox.givenUp(most: GivenUpMail.most, in: transaction)
      return (counts, newest)
    }
    guard let (counts, newest) = found else { return }
    (waiting, failed) = (counts.waiting, counts.failed)
    givenUp = newest.map { GivenUpMail($0) }
    guard !knowsFormerTroubles else { return }
    let former = try? await ledger.read { transaction throws(LedgerError) in
      try Outbox.troubles(in: transaction)
    }
    guard let former else { return }
    knowsFormerTroubles = true
    for trouble in former {
      let key = "\(trouble.contact) \(trouble.lane)"
      deliveryTroubles[key] = deliveryTroubles[key] ?? trouble
    }
  }

  /// Waits until mails may be due: new ones came, or an old one's time has come.
  func untilDue() async throws {
    while true {
      let gate = Gate()
      changes = gate
      if hasNewMails { return }
      let due = (try? await courier.nextDue()) ?? nil
      // What is due while the outbox cannot be written stays due: not at once again.
      var wait = due.map { max(isOutboxTroubled ? 60 : 0, $0 - clock.epoch) } ?? 3600
      if let unkeptDue { wait = min(wait, unkeptDue - clock.epoch) }
      if wait <= 0 { return }
      let isTime = Locked(false)
      let timer = clock.schedule(at: clock.now.advanced(by: .seconds(min(wait, 3600)))) {
        isTime.with { $0 = true }
        gate.open()
      }
      await withTaskCancellationHandler {
        await gate.wait()
      } onCancel: {
        EventLoop.main.post { gate.open() }
      }
      timer.cancel()
      try Task.checkCancellation()
      if isTime.with({ $0 }) { return }
    }
  }
}
