public import Ledger
public import Limits

/// All that ``AlertStages`` goes on with after a restart, read from ``AlertTables``.
public struct AlertContents: Sendable {
  public var states: [SeriesNumber: StoredState] = [:]
  /// The open incidents.
  public var incidents: [Incident] = []
  /// Those that ended in the last day, and those that waves still tell of.
  public var closed: [Incident] = []
  public var standings: [NodeNumber: NodeStanding] = [:]
  public var faults: [ServicePlace: FaultStanding] = [:]
  public var silences: [Silence] = []
  public var told = ContactBook<ToldKey, ToldState>()
  public var threads = ContactBook<ThreadKey, ThreadState>()
  public var waves: [Wave] = []
  /// Up to when messages by the clock were made.
  public var regular: [RegularKey: RegularStanding] = [:]
  /// When each contact got the messages of the last day.
  public var sent: [String: [Int]] = [:]
  /// Incidents that an older release has left open.
  public var former: [FormerIncident] = []
  /// Orders that were not carried out yet.
  public var orders: [AlertOrder] = []
  /// The newest stored life of a collector; `nil` before the first.
  public var watched: Range<Int>?
  public var nextIncident = 1
  public var nextChange = 1
  public var nextWave = 1
  public var nextNotification = 1

  public init() {}

  /// - Parameter now: in seconds since 1970.
  public static func read(
    at now: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> AlertContents {
    var contents = AlertContents()
    try contents.readStates(transaction)
    try contents.readIncidents(at: now, transaction)
    try contents.readStandings(transaction)
    try contents.readPlan(at: now, transaction)
    contents.former = try FormerIncident.read(in: transaction)
    contents.orders = try AlertOrder.open(in: transaction)
    contents.watched = try OutageLog.lastWatched(in: transaction)
    contents.nextIncident = try next("incident_log", transaction)
    contents.nextChange = try next("change", transaction)
    contents.nextWave = try next("wave", transaction)
    contents.nextNotification = try next("notification", transaction)
    return contents
  }

  private static func next(
    _ table: String, _ transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    (try transaction.query("SELECT max(number) FROM \(table)").first?[0].integer ?? 0) + 1
  }

  private mutating func readStates(_ transaction: borrowing Transaction) throws(LedgerError) {
    var states: [SeriesNumber: StoredState] = [:]
    try transaction.each(
      """
      SELECT series, level, since, known_since, ring, bad_since, missed, seen, previous_time, previous_text, value
      FROM series_state
      """
    ) { row throws(LedgerError) in
      let previous = row.integer(8).flatMap { time in
        row.text(9).flatMap { ValueCell(time: time, text: $0) }
      }
      states[SeriesNumber(UInt32(clamping: row.integer(0) ?? 0))] = StoredState(
        level: Level(ledgerCode: row.integer(1) ?? 0), since: row.integer(2),
        knownSince: row.integer(3), ring: UInt32(clamping: row.integer(4) ?? 0),
        badSince: row.integer(5), missed: row.integer(6) ?? 0, seen: row.integer(7),
        previous: previous ?? .none, value: row.real(10))
    }
    self.states = states
  }

  private mutating func readIncidents(
    at now: Int, _ transaction: borrowing Transaction
  ) throws(LedgerError) {
    incidents = try AlertContents.incidents("closed IS NULL", [], transaction)
    closed = try AlertContents.incidents(
      "closed > ? OR (closed IS NOT NULL AND number IN (SELECT incident FROM wave_step))",
      [.integer(now - 86_400)], transaction)
  }

  /// Incidents with their parts, by number.
  static func incidents(
    _ condition: String, _ values: [Value], _ transaction: borrowing Transaction
  ) throws(LedgerError) -> [Incident] {
    var found: [Incident] = []
    try transaction.each(
      "SELECT \(Incident.columns) FROM incident_log WHERE \(condition) ORDER BY number", values
    ) { row throws(LedgerError) in
      if let incident = Incident(row) { found.append(incident) }
    }
    for index in found.indices {
      var parts: [IncidentPart] = []
      try transaction.each(
        "SELECT \(IncidentPart.columns) FROM incident_part WHERE incident = ? ORDER BY at, kind, subject",
        [.integer(found[index].number)]
      ) { row throws(LedgerError) in
        if let part = IncidentPart(row) { parts.append(part) }
      }
      found[index].parts = parts
    }
    return found
  }

  private mutating func readStandings(_ transaction: borrowing Transaction) throws(LedgerError) {
    var standings: [NodeNumber: NodeStanding] = [:]
    try transaction.each(
      "SELECT node, missed, first_miss, last_poll, last_answer, words, incident FROM node_standing"
    ) { row throws(LedgerError) in
      var standing = NodeStanding()
      standing.missed = row.integer(1) ?? 0
      standing.firstMiss = row.integer(2) ?? 0
      standing.lastPoll = row.integer(3) ?? 0
      standing.lastAnswer = row.integer(4)
      standing.words = row.text(5) ?? ""
      standing.incident = row.integer(6)
      standings[NodeNumber(stored: row.integer(0))] = standing
    }
    self.standings = standings
    var faults: [ServicePlace: FaultStanding] = [:]
    try transaction.each("SELECT node, service, count, since, words, gone FROM service_fault") {
      row throws(LedgerError) in
      let place = ServicePlace(
        node: NodeNumber(stored: row.integer(0)), service: row.text(1) ?? "")
      faults[place] = FaultStanding(
        count: row.integer(2) ?? 0, since: row.integer(3) ?? 0, words: row.text(4) ?? "",
        isGone: row.integer(5) == 1)
    }
    self.faults = faults
  }

  private mutating func readPlan(
    at now: Int, _ transaction: borrowing Transaction
  ) throws(LedgerError) {
    var silences: [Silence] = []
    try transaction.each(
      "SELECT number, target, begins, until, who, why FROM silence WHERE until > ?",
      [.integer(now)]
    ) { row throws(LedgerError) in
      guard let target = AlertTarget(row.text(1) ?? "") else { return }
      silences.append(
        Silence(
          number: row.integer(0) ?? 0, target: target, from: row.integer(2) ?? 0,
          until: row.integer(3) ?? 0, who: row.text(4) ?? "", why: row.text(5) ?? ""))
    }
    self.silences = silences
    var told = ContactBook<ToldKey, ToldState>()
    try transaction.each(
      "SELECT contact, incident, level, at, next_reminder, reminders, escalate_at, root FROM told"
    ) { row throws(LedgerError) in
      told[ToldKey(contact: row.text(0) ?? "", incident: row.integer(1) ?? 0)] = ToldState(
        level: Level(ledgerCode: row.integer(2) ?? 0), at: row.integer(3) ?? 0,
        nextReminder: row.integer(4), reminders: row.integer(5) ?? 0, escalateAt: row.integer(6),
        root: row.text(7) ?? "")
    }
    self.told = told
    var threads = ContactBook<ThreadKey, ThreadState>()
    try transaction.each("SELECT contact, thread, first, last, count, at FROM told_thread") {
      row throws(LedgerError) in
      threads[ThreadKey(contact: row.text(0) ?? "", thread: row.text(1) ?? "")] = ThreadState(
        first: row.text(2) ?? "", last: row.text(3) ?? "", count: row.integer(4) ?? 0,
        at: row.integer(5) ?? 0)
    }
    self.threads = threads
    try readWaves(transaction)
    regular = try RegularStanding.all(in: transaction)
    var sent: [String: [Int]] = [:]
    try transaction.each(
      "SELECT contact, at, facts FROM notification WHERE at > ? ORDER BY at",
      [.integer(now - 86_400)]
    ) { row throws(LedgerError) in
      // The standard limit, which is the one of nearly all, does not count what `always_send` asks for.
      if Notification.kind(stored: row.bytes(2)) == .always { return }
      sent[row.text(0) ?? "", default: []].append(row.integer(1) ?? 0)
    }
    self.sent = sent
  }

  private mutating func readWaves(_ transaction: borrowing Transaction) throws(LedgerError) {
    var steps: [Int: [Int: Wave.Step]] = [:]
    try transaction.each("SELECT wave, incident, kind, at FROM wave_step") {
      row throws(LedgerError) in
      guard let kind = NotificationLine.Step(rawValue: row.integer(2) ?? -1) else { return }
      let incident = row.integer(1) ?? 0
      steps[row.integer(0) ?? 0, default: [:]][incident] = Wave.Step(
        incident: incident, kind: kind, at: row.integer(3) ?? 0)
    }
    var waves: [Wave] = []
    try transaction.each("SELECT number, contact, kind, key, due FROM wave ORDER BY number") {
      row throws(LedgerError) in
      guard let kind = Wave.Kind(rawValue: row.integer(2) ?? -1) else { return }
      let number = row.integer(0) ?? 0
      waves.append(
        Wave(
          number: number, contact: row.text(1) ?? "", kind: kind, key: row.text(3) ?? "",
          due: row.integer(4) ?? 0, steps: steps[number] ?? [:]))
    }
    self.waves = waves
  }
}
