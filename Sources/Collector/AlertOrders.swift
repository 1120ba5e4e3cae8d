internal import Incidents
public import Ledger
internal import Limits
internal import Notify
internal import Text

/// What `apus-collector alerts` asks of the ledger: the open incidents, and orders that the collector carries out.
public struct AlertOrders: Sendable {
  private let ledger: Ledger
  private let now: Int

  /// - Parameter now: in seconds since 1970.
  public init(_ ledger: Ledger, now: Int) {
    self.ledger = ledger
    self.now = now
  }

  /// Whether the ledger keeps incidents: a collector of an older release has not made the tables.
  public func isPossible() async throws(LedgerError) -> Bool {
    try await ledger.read { transaction throws(LedgerError) in
      try !transaction.query(
        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'alert_order'"
      ).isEmpty
    }
  }

  // MARK: What is open

  /// A line for each open incident, the worst first, for each silence, and for the newest messages that were given up.
  /// - Parameter ways: on how many ways each contact is told, where it is not one.
  public func list(ways: [String: Int] = [:]) async throws(LedgerError) -> [String] {
    let now = now
    let (contents, undelivered) = try await ledger.read { transaction throws(LedgerError) in
      (
        try AlertContents.read(at: now, in: transaction),
        try Outbox.undelivered(in: transaction)
      )
    }
    let told = ToldContacts(contents, undelivered, ways: ways, at: now)
    let open = contents.incidents.sorted {
      ($0.shown, $0.start) > ($1.shown, $1.start)
    }
    var lines = open.map { incident in
      Self.line(
        incident, reason: Self.reason(incident, contents.standings),
        told: told.words(of: incident))
    }
    for silence in contents.silences where silence.until > now {
      let why = silence.why.isEmpty ? "" : ": \(silence.why)"
      lines.append(
        "silenced until \(CalendarTime.local(silence.until).text): \(silence.target) (\(silence.who)\(why))"
      )
    }
    // Words of nodes and of people are among them.
    return ((lines.isEmpty ? ["no open incident"] : lines) + (try await givenUp())).map(\.printable)
  }

  /// The messages that were given up, and how they are tried again.
  private func givenUp() async throws(LedgerError) -> [String] {
    let (mails, count) = try await ledger.read { transaction throws(LedgerError) in
      (
        try Outbox.givenUp(most: GivenUpMail.most, in: transaction).map { GivenUpMail($0) },
        try Outbox.counts(in: transaction).failed
      )
    }
    guard count > 0 else { return [] }
    var lines = mails.map {
      "not delivered to \($0.contact), given up \(CalendarTime.local($0.givenUp).text): '\($0.subject)' of "
        + "\(CalendarTime.local($0.created).text): \($0.problem)"
    }
    if count > mails.count {
      lines.append("and \(Amount.count(count - mails.count, "more message"))")
    }
    lines.append(
      "those of incidents that still last are tried again when the collector is restarted; all are deleted after 30 days"
    )
    return lines
  }

  /// Of several nodes that cannot be polled the reason that most have.
  private static func reason(
    _ incident: Incident, _ standings: [NodeNumber: NodeStanding]
  ) -> String? {
    let lost = incident.parts.compactMap { part -> LossReason.Node? in
      guard part.isBad, case .node(let node) = part.subject, let standing = standings[node] else {
        return nil
      }
      return LossReason.Node(number: node, words: standing.words)
    }
    guard lost.count > 1, let most = LossReason.all(of: lost).first else { return nil }
    return most.count == lost.count
      ? "\(Amount.count(lost.count, "node")): \(most.words)"
      : "\(most.count) of \(Amount.count(lost.count, "node")): \(most.words)"
  }

  /// `412 CRITICAL 2026-11-30 14:03:10 g;web1:memory: memory.free 0.8; told admin`
  private static func line(_ incident: Incident, reason: String?, told: [String]) -> String {
    var line =
      "\(incident.number) \(incident.level.word) \(CalendarTime.local(incident.start).text) \(incident.inWords(reason))"
    if let ack = incident.acknowledgement {
      line += "; acknowledged by \(ack.who)\(ack.why.isEmpty ? "" : " (\(ack.why))")"
    }
    if incident.holds.contains(.planned), let until = incident.plannedUntil {
      line +=
        "; \(incident.isSilenced ? "silenced" : "planned work") until \(CalendarTime.local(until).text)"
    }
    if incident.holds.contains(.parent) { line += "; its node cannot be polled" }
    return ([line] + told).joined(separator: "; ")
  }

  // MARK: Orders

  /// Orders that trouble of a target is not told for a while.
  /// - Parameter target: `all`, `GROUP`, `GROUP;HOST`, `GROUP;HOST:SERVICE` or `GROUP;HOST:SERVICE.FIELD`.
  /// - Returns: the number of the order; `nil` for a text that is no target.
  public func silence(
    _ target: String, for seconds: Int, who: String, why: String
  ) async throws(LedgerError) -> Int? {
    guard let target = AlertTarget(target) else { return nil }
    return try await store(.silence(target, until: now + seconds), who, why)
  }

  /// Orders that the silences of a target end.
  public func unsilence(
    _ target: String, who: String
  ) async throws(LedgerError) -> Int? {
    guard let target = AlertTarget(target) else { return nil }
    return try await store(.unsilence(target), who, "")
  }

  /// Orders that an incident is acknowledged.
  public func acknowledge(
    _ incident: Int, who: String, why: String
  ) async throws(LedgerError) -> Int {
    try await store(.acknowledge(incident: incident), who, why)
  }

  /// What became of an order.
  public struct Outcome: Sendable, Hashable {
    /// As a sentence.
    public let words: String
    /// Whether there was anything to do.
    public let isDone: Bool

    init(_ words: String, isDone: Bool = true) {
      self.words = words
      self.isDone = isDone
    }
  }

  /// What became of an order; `nil` while the collector has not carried it out.
  /// - Parameter who: who must have given it; anybody when `nil`.
  public func outcome(of order: Int, by who: String? = nil) async throws(LedgerError) -> Outcome? {
    let found = try await ledger.read { transaction throws(LedgerError) in
      try AlertOrder.carriedOut(order, in: transaction)
    }
    guard let (order, answer) = found, who == nil || order.who == who else { return nil }
    switch order.kind {
    case .silence(let target, let until):
      return Outcome(
        "\(target) is silenced until \(LocalMoment.text(until, from: now)) (\(answer)); what is still wrong then is told"
      )
    case .unsilence:
      return Outcome(answer, isDone: !answer.hasSuffix(AlertOrder.wasNotSilenced))
    case .acknowledge(let incident):
      guard answer == AlertOrder.acknowledged else { return Outcome(answer, isDone: false) }
      return Outcome(
        "incident \(incident) is acknowledged: no reminders until it is worse or over")
    }
  }

  /// Why an incident cannot be acknowledged; `nil` when it can.
  public func obstacle(toAcknowledging incident: Int) async throws(LedgerError) -> String? {
    let (open, found) = try await ledger.read { transaction throws(LedgerError) in
      (
        try OpenAlerts.incidents(in: transaction),
        try OutageLog.incident(incident, transaction)
      )
    }
    guard !open.contains(incident) else { return nil }
    if let closed = found?.closed {
      return "incident \(incident) is over since \(CalendarTime.local(closed).text)"
    }
    return "no incident \(incident); "
      + (ShortList.text(open.map(String.init), most: 10).map { "open are: \($0)" }
        ?? "no incident is open")
  }

  /// Why the silences of a target cannot be ended: there is none; `nil` when they can.
  public func obstacle(toUnsilencing text: String) async throws(LedgerError) -> String? {
    // One that is none is told where it is stored.
    guard let target = AlertTarget(text) else { return nil }
    let now = now
    let silenced = try await ledger.read { transaction throws(LedgerError) in
      try OpenAlerts.silenced(at: now, in: transaction)
    }
    guard !silenced.contains(target) else { return nil }
    return "\(target) is not silenced; "
      + (ShortList.text(silenced.map(\.description), most: 10).map { "silenced are: \($0)" }
        ?? "nothing is silenced")
  }

  /// Until when a silence that is ordered now lasts, in local time.
  public func end(after seconds: Int) -> String { LocalMoment.text(now + seconds, from: now) }

  private func store(
    _ kind: AlertOrder.Kind, _ who: String, _ why: String
  ) async throws(LedgerError) -> Int {
    let now = now
    return try await ledger.transaction { transaction throws(LedgerError) in
      try AlertOrder.store(kind, who: who, why: why, at: now, in: transaction)
    }
  }
}
