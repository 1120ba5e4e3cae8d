public import Ledger
public import Limits

/// What an event changes in the tables of alerts.
public struct AlertRows: LedgerRows {
  public var incidents: [Incident] = []
  public var standings: [(node: NodeNumber, standing: NodeStanding?)] = []
  public var faults: [(place: ServicePlace, standing: FaultStanding?)] = []
  public var silences: [Silence] = []
  /// Orders that were carried out, when, and the answers to them.
  public var answers: [(order: Int, text: String)] = []
  public var states: [(series: SeriesNumber, state: StoredState)] = []
  /// Each with a number of its own, and the incident that it is a part of.
  public var crossings: [(number: Int, crossing: LevelCrossing, incident: Int?)] = []
  public var plans: [PlanChanges] = []
  public var notifications: [Notification] = []
  /// Polls that brought nothing.
  public var mishaps: [Mishap] = []
  /// Up to when messages by the clock were made; `nil` for those that nobody gets any more.
  public var regular: [(key: RegularKey, standing: RegularStanding?)] = []
  /// Whether the incidents of an older release were taken over.
  public var endsFormer = false

  public init() {}

  init(_ update: IncidentUpdate) {
    incidents = update.changed
    standings =
      update.standings.map { ($0.key, $0.value) } + update.forgotten.map { ($0, nil) }
    faults = update.faults.map { ($0.key, $0.value) }
    silences = update.silences
    answers = update.answers
  }

  public var isEmpty: Bool {
    incidents.isEmpty && standings.isEmpty && faults.isEmpty && silences.isEmpty
      && answers.isEmpty && states.isEmpty && crossings.isEmpty
      && plans.allSatisfy(\.isEmpty) && notifications.isEmpty && mishaps.isEmpty
      && regular.isEmpty && !endsFormer
  }

  /// Adds what came after it.
  public mutating func append(_ next: AlertRows) {
    incidents += next.incidents
    standings += next.standings
    faults += next.faults
    silences += next.silences
    answers += next.answers
    states += next.states
    crossings += next.crossings
    plans += next.plans
    notifications += next.notifications
    mishaps += next.mishaps
    regular += next.regular
    endsFormer = endsFormer || next.endsFormer
  }

  public var byteCount: Int {
    var count =
      96 * (states.count + crossings.count + standings.count + faults.count + mishaps.count)
    for incident in incidents { count += 400 + 128 * incident.parts.count }
    for plan in plans {
      count += 160 * (plan.told.count + plan.threads.count + plan.waves.count + plan.steps.count)
    }
    for notification in notifications {
      count += 800 * (notification.lines.count + (notification.digest?.items.count ?? 0))
    }
    return count
  }

  public func write(in transaction: borrowing Transaction) throws(LedgerError) {
    if endsFormer { try transaction.execute("DELETE FROM former_incident") }
    for incident in incidents { try incident.write(in: transaction) }
    for (series, state) in states { try write(state, of: series, in: transaction) }
    for (number, crossing, incident) in crossings {
      try transaction.execute(
        "INSERT OR REPLACE INTO change (number, series, old, new, since, at, value, incident) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .integer(number), .integer(Int(crossing.series.raw)), .integer(crossing.from.ledgerCode),
          .integer(crossing.to.ledgerCode), .integer(crossing.since ?? crossing.at),
          .integer(crossing.at), Value(crossing.value), Value(incident),
        ])
    }
    for (node, standing) in standings { try write(standing, of: node, in: transaction) }
    for (place, standing) in faults { try write(standing, of: place, in: transaction) }
    for silence in silences {
      try transaction.execute(
        "INSERT OR REPLACE INTO silence VALUES (?, ?, ?, ?, ?, ?)",
        [
          .integer(silence.number), .text(silence.target.description), .integer(silence.from),
          .integer(silence.until), .text(silence.who), .text(silence.why),
        ])
    }
    for (order, text) in answers {
      try transaction.execute(
        "UPDATE alert_order SET applied = at, answer = ? WHERE number = ?",
        [.text(text), .integer(order)])
    }
    for plan in plans { try plan.write(in: transaction) }
    for mishap in mishaps { try mishap.write(in: transaction) }
    for (key, standing) in regular { try key.write(standing, in: transaction) }
    for notification in notifications {
      try transaction.execute(
        "INSERT OR REPLACE INTO notification VALUES (?, ?, ?, ?)",
        [
          .integer(notification.number), .text(notification.contact), .integer(notification.at),
          .blob(notification.stored),
        ])
    }
  }

  private func write(
    _ state: StoredState, of series: SeriesNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let previous = state.previous.kind == .none ? nil : state.previous
    try transaction.execute(
      "INSERT OR REPLACE INTO series_state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      [
        .integer(Int(series.raw)), .integer(state.level.ledgerCode), Value(state.since),
        Value(state.knownSince), .integer(Int(state.ring)), Value(state.badSince),
        .integer(state.missed), Value(state.seen), Value(previous?.time),
        Value(previous?.text), Value(state.value),
      ])
  }

  private func write(
    _ standing: NodeStanding?, of node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    guard let standing else {
      try transaction.execute(
        "DELETE FROM node_standing WHERE node = ?", [.integer(Int(node.raw))])
      return
    }
    try transaction.execute(
      "INSERT OR REPLACE INTO node_standing VALUES (?, ?, ?, ?, ?, ?, ?)",
      [
        .integer(Int(node.raw)), .integer(standing.missed), .integer(standing.firstMiss),
        .integer(standing.lastPoll), Value(standing.lastAnswer), .text(standing.words),
        Value(standing.incident),
      ])
  }

  private func write(
    _ standing: FaultStanding?, of place: ServicePlace, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let key: [Value] = [.integer(Int(place.node.raw)), .text(place.service)]
    guard let standing else {
      try transaction.execute("DELETE FROM service_fault WHERE node = ? AND service = ?", key)
      return
    }
    try transaction.execute(
      "INSERT OR REPLACE INTO service_fault VALUES (?, ?, ?, ?, ?, ?)",
      key + [
        .integer(standing.count), .integer(standing.since), .text(standing.words),
        Value(standing.isGone),
      ])
  }
}

extension PlanChanges {
  func write(in transaction: borrowing Transaction) throws(LedgerError) {
    for (key, state) in told {
      guard let state else {
        try transaction.execute(
          "DELETE FROM told WHERE contact = ? AND incident = ?",
          [.text(key.contact), .integer(key.incident)])
        continue
      }
      try transaction.execute(
        "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .text(key.contact), .integer(key.incident), .integer(state.level.ledgerCode),
          .integer(state.at), Value(state.nextReminder), .integer(state.reminders),
          Value(state.escalateAt), .text(state.root),
        ])
    }
    for (key, state) in threads {
      guard let state else {
        try transaction.execute(
          "DELETE FROM told_thread WHERE contact = ? AND thread = ?",
          [.text(key.contact), .text(key.thread)])
        continue
      }
      try transaction.execute(
        "INSERT OR REPLACE INTO told_thread VALUES (?, ?, ?, ?, ?, ?)",
        [
          .text(key.contact), .text(key.thread), .text(state.first), .text(state.last),
          .integer(state.count), .integer(state.at),
        ])
    }
    for (number, wave) in waves {
      guard let wave else {
        try transaction.execute("DELETE FROM wave WHERE number = ?", [.integer(number)])
        try transaction.execute("DELETE FROM wave_step WHERE wave = ?", [.integer(number)])
        continue
      }
      try transaction.execute(
        "INSERT OR REPLACE INTO wave VALUES (?, ?, ?, ?, ?)",
        [
          .integer(number), .text(wave.contact), .integer(wave.kind.rawValue), .text(wave.key),
          .integer(wave.due),
        ])
    }
    for (key, step) in steps {
      guard let step else {
        try transaction.execute(
          "DELETE FROM wave_step WHERE wave = ? AND incident = ?",
          [.integer(key.wave), .integer(key.incident)])
        continue
      }
      try transaction.execute(
        "INSERT OR REPLACE INTO wave_step VALUES (?, ?, ?, ?)",
        [
          .integer(key.wave), .integer(key.incident), .integer(step.kind.rawValue),
          .integer(step.at),
        ])
    }
  }
}
