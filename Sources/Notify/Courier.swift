internal import EventLoop
public import Ledger

/// Delivers the mails of the outbox: each at least once, and a second time, with the same Message-ID, only when the
/// server's answer to the first delivery was lost.
///
/// Each way has a lane: mails to addresses one, each contact's command one. The mails of a lane go one after the other, and no lane
/// waits for another. After a failure that concerns a server or a recipient, its other mails are postponed without an attempt of
/// their own, and new ones wait for the next try (``LanePauses``). A message waits for those of its thread that its contact has to get
/// before: an end does not arrive before its beginning.
public final class Courier: Sendable {
  let ledger: Ledger
  let mails: MailExchange?
  let commands: CommandDelivery
  let pictures: (any PictureSource)?
  /// Writes the messages of notifications.
  public let alerts: AlertWriter?
  let book = Locked(LaneBook())
  /// Whether messages to contacts that have gone were looked for.
  private let hasLookedForContacts = Locked(false)

  /// - Parameters:
  ///   - mails: `nil` if no mail server is set; mails to addresses then wait.
  ///   - pictures: draws what mails are to show.
  ///   - alerts: writes the messages of notifications.
  public init(
    ledger: Ledger, mails: MailExchange?, commands: CommandDelivery = CommandDelivery(),
    pictures: (any PictureSource)? = nil, alerts: AlertWriter? = nil
  ) {
    self.ledger = ledger
    self.mails = mails
    self.commands = commands
    self.pictures = pictures
    self.alerts = alerts
  }

  /// With one mail server.
  public convenience init(
    ledger: Ledger, smtp: SMTPDelivery?, commands: CommandDelivery = CommandDelivery(),
    pictures: (any PictureSource)? = nil
  ) {
    self.init(
      ledger: ledger, mails: smtp.map { MailExchange(servers: [$0]) }, commands: commands,
      pictures: pictures)
  }

  /// Goes on where another courier is at work: what that one attempts is left to it.
  public func follow(_ other: Courier) {
    let shared = other.book.with { $0 }
    // There may be another server.
    shared.pauses.with { $0 = LanePauses() }
    book.with { $0 = shared }
  }

  /// When the next attempt is due, in seconds since 1970, lanes at work apart; `nil` for none.
  public func nextDue() async throws(LedgerError) -> Int? {
    let times = try await ledger.read { transaction throws(LedgerError) in
      try Outbox.dueTimes(in: transaction)
    }
    let book = book.with { $0 }
    return times.filter { !book.isBusy($0.lane) }.map(\.due).min()
  }

  /// Makes one attempt for every mail that is due, those of lanes at work apart.
  /// - Parameter now: seconds since 1970.
  public func deliverDue(now: Int) async -> [DeliveryReport] {
    let reports = Locked<[DeliveryReport]>([])
    await deliver(await begin(now: now), now: now) { more in reports.with { $0 += more } }
    return reports.with { $0 }
  }

  /// The lanes that have something to deliver, as ``begin(now:)`` gives them.
  public struct Round: Sendable {
    let lanes: [String]
    /// Messages that were given up, since nobody is to get them any more.
    var withdrawn: [DeliveryReport] = []
    let error: LedgerError?
    public var isEmpty: Bool { lanes.isEmpty && withdrawn.isEmpty && error == nil }
  }

  /// Begins the lanes that have mails which are due: ``deliver(_:now:tell:)`` must follow.
  public func begin(now: Int) async -> Round {
    do throws(LedgerError) {
      let alerts = hasLookedForContacts.with { $0 } ? nil : alerts
      let (withdrawn, times) = try await ledger.transaction(synced: false) {
        transaction throws(LedgerError) in
        try Outbox.prune(now: now, in: transaction)
        let withdrawn = try alerts.map { alerts throws(LedgerError) in
          try Self.withdraw(as: alerts, now: now, in: transaction)
        }
        return (withdrawn ?? [], try Outbox.dueTimes(in: transaction))
      }
      hasLookedForContacts.with { $0 = true }
      let book = book.with { $0 }
      return Round(
        lanes: times.filter { $0.due <= now && book.begin($0.lane) }.map(\.lane),
        withdrawn: withdrawn, error: nil)
    } catch {
      return Round(lanes: [], error: error)
    }
  }

  /// Gives up the messages to contacts that have gone from the settings, or have no longer the way that they were to go.
  private static func withdraw(
    as alerts: AlertWriter, now: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> [DeliveryReport] {
    var reports: [DeliveryReport] = []
    for (contact, lane, count) in try Outbox.waiting(in: transaction) {
      guard let problem = alerts.obstacle(of: contact, lane: lane) else { continue }
      try Outbox.giveUp(
        contact: contact, lane: lane, because: problem, now: now, in: transaction)
      reports.append(DeliveryReport(withdrawn: count, to: contact, lane: lane, problem))
    }
    return reports
  }

  /// How many lanes are at work at a time, for the sake of the processes that they run.
  private static let width = 32

  /// Delivers what the lanes of a round have.
  /// - Parameters:
  ///   - time: the present time, since attempts may take long; `now` where it is left out.
  ///   - tell: is called as deliveries end.
  ///   - ended: is called as lanes end: what came for one while it was at work can be begun.
  public func deliver(
    _ round: Round, now: Int, time: (@Sendable () async -> Int)? = nil,
    tell: @escaping @Sendable ([DeliveryReport]) async -> Void,
    ended: @escaping @Sendable () async -> Void = {}
  ) async {
    if let error = round.error { return await tell([DeliveryReport(error)]) }
    if !round.withdrawn.isEmpty { await tell(round.withdrawn) }
    let book = book.with { $0 }
    await withTaskGroup(of: Void.self) { group in
      for (index, lane) in round.lanes.enumerated() {
        if index >= Self.width { await group.next() }
        group.addTask {
          await self.deliver(
            LaneRound(lane: lane, book: book, now: now, time: time ?? { now }), tell)
          book.end(lane)
          await ended()
        }
      }
    }
  }

  private func deliver(
    _ begun: LaneRound, _ tell: @Sendable ([DeliveryReport]) async -> Void
  ) async {
    var round = begun
    let (lane, now) = (round.lane, round.now)
    do throws(LedgerError) {
      var hasNew = true
      // A delivery shows that a server works again, and makes older mails due: so once more from the first one.
      while hasNew, !Task.isCancelled {
        hasNew = false
        var last = 0
        while !Task.isCancelled {
          let (after, lane) = (last, lane)
          let page = try await ledger.read { transaction throws(LedgerError) in
            try Outbox.batch(now: now, lane: lane, after: after, in: transaction)
          }
          guard let end = page.last else { break }
          last = end.seq
          let new = page.filter { round.tried.insert($0.id).inserted }
            .map { alerts?.directed($0) ?? $0 }
          hasNew = hasNew || !new.isEmpty
          try await deliver(new, in: &round, tell)
        }
      }
    } catch {
      await tell([DeliveryReport(error)])
    }
    if lane == Outbox.mailLane { await mails?.finish() }
  }

  /// What a message waits for without an attempt of its own.
  private struct Wait: Sendable {
    /// In seconds since 1970.
    let until: Int
    let problem: String
    let scope: DeliveryFailure.Scope
  }

  /// What one round has learned about the way.
  private struct LaneRound: Sendable {
    let lane: String
    let book: LaneBook
    /// When it began, and what the time is.
    let now: Int
    let time: @Sendable () async -> Int
    var tried: Set<String> = []
    var serverFailure: Wait?
    var recipientFailures: [String: Wait] = [:]
    var stalled: Set<String> = []
    /// Several contacts' mails were begun and not answered.
    var isServerStalled = false
  }

  private func deliver(
    _ entries: [OutboxEntry], in round: inout LaneRound,
    _ tell: @Sendable ([DeliveryReport]) async -> Void
  ) async throws(LedgerError) {
    /// Mails that wait without an attempt, in one transaction.
    var held: [(OutboxEntry, Wait)] = []
    // While a server takes a mail, the next one is written.
    var ahead:
      (id: String, work: Task<Result<Result<Written, DeliveryFailure>, LedgerError>, Never>)?
    defer { ahead?.work.cancel() }
    for (index, entry) in entries.enumerated() {
      if Task.isCancelled { break }
      let isStalled = round.isServerStalled || round.stalled.contains(entry.contact)
      // What was tried before and is due is the next try.
      let isEarly = entry.due > round.now
      if round.serverFailure == nil, isStalled || isEarly || entry.attempts == 0 {
        let lane = round.lane
        let pause = round.book.pauses.with { $0.pause(of: lane, to: entry.contact) }
        if let pause, pause.holds(at: await round.time()) {
          if !isEarly {
            held.append(
              (entry, Wait(until: pause.until, problem: pause.problem, scope: .server)))
          }
          continue
        }
      }
      if isStalled { continue }
      if try await waits(entry) { continue }
      if let wait = round.serverFailure ?? round.recipientFailures[entry.target] {
        held.append((entry, wait))
        continue
      }
      if round.book.isDelivered(entry.id) {
        await tell([try await remove(entry, way: nil, in: round)])
        continue
      }
      let written: Result<Written, DeliveryFailure>
      if let begun = ahead, begun.id == entry.id {
        written = try await begun.work.value.get()
      } else {
        written = try await write(entry)
      }
      ahead = nil
      if case .success(.mail) = written, index + 1 < entries.count {
        let next = entries[index + 1]
        let work = Task { () async -> Result<Result<Written, DeliveryFailure>, LedgerError> in
          do throws(LedgerError) { return .success(try await self.write(next)) } catch {
            return .failure(error)
          }
        }
        ahead = (next.id, work)
      }
      switch await send(written, now: round.now) {
      case .success(let way): await tell([try await remove(entry, way: way, in: round)])
      case .failure(let failure):
        if Task.isCancelled { break }
        let now = await round.time()
        addPauses(failure, entry, in: &round, at: now)
        let report = try await postpone(entry, failure, isEarly: isEarly, now: now)
        let wait = Wait(
          until: report.nextAttempt ?? now, problem: failure.description, scope: failure.scope)
        if failure.scope == .server { round.serverFailure = wait }
        if failure.scope == .recipient, !failure.isPermanent, !entry.isCommand {
          round.recipientFailures[entry.target] = wait
          round.stalled.remove(entry.contact)
        }
        await tell([report])
      }
    }
    if !held.isEmpty { await tell(try await hold(held, now: await round.time())) }
  }

  /// What other messages of the lane wait for after a failure.
  private func addPauses(
    _ failure: DeliveryFailure, _ entry: OutboxEntry, in round: inout LaneRound, at now: Int
  ) {
    let lane = round.lane
    if failure.scope == .server {
      round.book.pauses.with { $0.addFailure(of: lane, failure.description, at: now) }
      return
    }
    guard failure.isTimeout else { return }
    if lane != Outbox.mailLane {
      // One attempt in a round is enough. The others are tried one by one: it may be the message.
      round.stalled.insert(entry.contact)
      return
    }
    // Another server takes the other mails.
    if mails?.hasSoundWay ?? false { return }
    round.stalled.insert(entry.contact)
    let isServer = round.book.pauses.with {
      $0.addStall(of: lane, to: entry.contact, failure.description, at: now)
    }
    if isServer { round.isServerStalled = true }
  }

  /// They go with the one that was tried, or before it: that one may have failed so often that its pause is an hour.
  private func hold(
    _ entries: [(OutboxEntry, Wait)], now: Int
  ) async throws(LedgerError) -> [DeliveryReport] {
    let held = entries.map { entry, wait in
      (entry, wait, min(wait.until, now + OutboxRetryTimes.wait(atAge: now - entry.firstAttempt)))
    }
    try await ledger.transaction(synced: false) { transaction throws(LedgerError) in
      for (entry, wait, until) in held {
        try Outbox.wait(
          entry, until: until, because: wait.problem, scope: wait.scope, in: transaction)
      }
    }
    return held.map { entry, wait, until in
      DeliveryReport(entry, .held(until: until), problem: wait.problem)
    }
  }

  /// Whether a message waits for one that it follows; then it is due with that one.
  private func waits(_ entry: OutboxEntry) async throws(LedgerError) -> Bool {
    guard !entry.follows.isEmpty else { return false }
    let due = try await ledger.read { transaction throws(LedgerError) in
      try Outbox.predecessorDue(of: entry, in: transaction)
    }
    guard let due else { return false }
    try await ledger.transaction(synced: false) { transaction throws(LedgerError) in
      try Outbox.wait(entry, until: due, in: transaction)
    }
    return true
  }

  /// Removes a delivered mail. The commit is not synced, which would cost more than the delivery: only a loss of power within the
  /// next second brings the mail back.
  private func remove(
    _ entry: OutboxEntry, way: String?, in round: LaneRound
  ) async throws(LedgerError) -> DeliveryReport {
    round.book.setDelivered(entry.id)
    let now = round.now
    try await ledger.transaction(synced: false) { transaction throws(LedgerError) in
      try Outbox.remove(entry, now: now, in: transaction)
    }
    round.book.setRemoved(entry.id)
    let lane = round.lane
    round.book.pauses.with { $0.addDelivery(in: lane, to: entry.contact) }
    return DeliveryReport(entry, .delivered, way: way)
  }

  /// - Parameter isEarly: whether a newer message of its contact had it tried before its time: such an attempt makes no pause longer, else
  /// a storm of messages would put them all off by hours.
  private func postpone(
    _ entry: OutboxEntry, _ failure: DeliveryFailure, isEarly: Bool, now: Int
  ) async throws(LedgerError) -> DeliveryReport {
    try await ledger.transaction(synced: false) { transaction throws(LedgerError) in
      let outcome: DeliveryReport.Outcome
      if isEarly, !failure.isPermanent {
        try Outbox.wait(
          entry, until: entry.due, because: failure.description, scope: failure.scope,
          in: transaction)
        outcome = .postponed(until: entry.due)
      } else {
        let due = try Outbox.postpone(entry, failure, now: now, in: transaction)
        outcome = due.map { .postponed(until: $0) } ?? (failure.isPermanent ? .refused : .givenUp)
      }
      return DeliveryReport(entry, outcome, problem: failure.description)
    }
  }
}
