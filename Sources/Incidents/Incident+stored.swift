internal import Ledger
internal import Limits

/// Incidents as rows of ``AlertTables``.
extension Incident {
  /// The columns that ``init(_:)`` reads, in its order.
  static let columns = """
    number, kind, node, name, thread, groups, node_name, host, opened, begun, told, closed, level, worst, shown, shown_worst, phase, holds,
    planned, planned_since, planned_until, planned_by, ack_by, ack_at, ack_why, beginnings, words, last_values, settling, joined, join_after,
    quiet_since, ending, repeats, gone, latest_words, end_noticed
    """

  /// Writes the incident, and those parts that are not as they were written last.
  func write(in transaction: borrowing Transaction) throws(LedgerError) {
    let (kind, node, name) = place.stored
    try transaction.execute(
      """
      INSERT OR REPLACE INTO incident_log (\(Incident.columns)) VALUES
      (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .integer(number), .integer(kind), Value(node), .text(name), .text(thread),
        .text(groups.joined(separator: ";")), .text(self.name), .text(host), Value(opened),
        .integer(begun), Value(told), Value(closed), .integer(level.ledgerCode),
        .integer(worst.ledgerCode), .integer(shown.ledgerCode), .integer(shownWorst.ledgerCode),
        .integer(phase.rawValue), .integer(holds.rawValue), .integer(planned),
        Value(plannedSince), Value(plannedUntil), Value(plannedBy), Value(acknowledgement?.who),
        Value(acknowledgement?.at), Value(acknowledgement?.why),
        .text(beginnings.map(String.init).joined(separator: " ")), Value(words),
        Value(lastValues), .integer(settling), Value(isJoined), .integer(joinAfter),
        Value(quietSince), Value(ending?.rawValue), Value(repeats), Value(isOfGoneService),
        Value(latestWords), Value(endNoticed),
      ])
    for part in parts where part.isChanged {
      let (kind, subject) = part.subject.stored
      try transaction.execute(
        "INSERT OR REPLACE INTO incident_part VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .integer(number), .integer(kind), .integer(subject), .integer(part.role.rawValue),
          .integer(part.level.ledgerCode), .integer(part.was.ledgerCode),
          .integer(part.worst.ledgerCode), Value(part.since), Value(part.lasted),
          .integer(part.at), Value(part.value), Value(part.worstValue), Value(part.worstAt),
          Value(part.broken.map(\.stored)), Value(part.until), .text(part.graph),
          .text(part.field),
        ])
    }
  }

  /// A row with ``columns``, without its parts; `nil` for one of a kind that is not known.
  init?(_ row: borrowing RowCursor) {
    guard
      let place = IncidentPlace(
        stored: row.integer(1) ?? -1, node: row.integer(2), name: row.text(3) ?? "")
    else { return nil }
    self.init(
      number: row.integer(0) ?? 0, place: place, thread: row.text(4) ?? "",
      at: row.integer(9) ?? 0)
    groups = (row.text(5) ?? "").split(separator: ";").map(String.init)
    name = row.text(6) ?? ""
    host = row.text(7) ?? ""
    opened = row.integer(8)
    told = row.integer(10)
    closed = row.integer(11)
    level = Level(ledgerCode: row.integer(12) ?? 0)
    worst = Level(ledgerCode: row.integer(13) ?? 0)
    shown = Level(ledgerCode: row.integer(14) ?? 0)
    shownWorst = Level(ledgerCode: row.integer(15) ?? 0)
    phase = Phase(rawValue: row.integer(16) ?? 0) ?? .open
    holds = Holds(rawValue: row.integer(17) ?? 0)
    planned = row.integer(18) ?? 0
    plannedSince = row.integer(19)
    plannedUntil = row.integer(20)
    plannedBy = row.text(21)
    if let who = row.text(22) {
      acknowledgement = Acknowledgement(
        who: who, why: row.text(24) ?? "", at: row.integer(23) ?? 0)
    }
    beginnings = (row.text(25) ?? "").split(separator: " ").compactMap { Int($0) }
    words = row.text(26)
    lastValues = row.integer(27)
    settling = row.integer(28) ?? 0
    isJoined = row.integer(29) == 1
    joinAfter = row.integer(30) ?? 0
    quietSince = row.integer(31)
    ending = row.integer(32).flatMap(Ending.init(rawValue:))
    repeats = row.integer(33)
    isOfGoneService = row.integer(34) == 1
    latestWords = row.text(35)
    endNoticed = row.integer(36)
  }
}

extension IncidentPart {
  /// The columns that ``init(_:)`` reads, in its order.
  static let columns =
    "kind, subject, role, level, was, worst, since, lasted, at, value, worst_value, worst_at, broken, until, graph, field"

  init?(_ row: borrowing RowCursor) {
    guard let subject = Subject(stored: row.integer(0) ?? -1, number: row.integer(1) ?? 0) else {
      return nil
    }
    self.init(
      subject, role: Role(rawValue: row.integer(2) ?? 0) ?? .cause,
      level: Level(ledgerCode: row.integer(3) ?? 0), was: Level(ledgerCode: row.integer(4) ?? 0),
      since: row.integer(6), at: row.integer(8) ?? 0, graph: row.text(14) ?? "",
      field: row.text(15) ?? "")
    worst = Level(ledgerCode: row.integer(5) ?? 0)
    lasted = row.integer(7)
    value = row.real(9)
    worstValue = row.real(10)
    worstAt = row.integer(11)
    broken = row.text(12).flatMap(BrokenLimit.init(stored:))
    until = row.integer(13)
    isChanged = false
  }
}

extension IncidentPart.Subject {
  var stored: (kind: Int, number: Int) {
    switch self {
    case .series(let series): (0, Int(series.raw))
    case .fault: (1, 0)
    case .node(let node): (2, Int(node.raw))
    case .own: (3, 0)
    }
  }

  init?(stored kind: Int, number: Int) {
    switch kind {
    case 0: self = .series(SeriesNumber(UInt32(clamping: number)))
    case 1: self = .fault
    case 2: self = .node(NodeNumber(stored: number))
    case 3: self = .own
    default: return nil
    }
  }
}

extension IncidentPlace {
  var stored: (kind: Int, node: Int?, name: String) {
    switch self {
    case .collector(let trouble): (0, nil, trouble.rawValue)
    case .service(let node, let name): (1, Int(node.raw), name)
    case .values(let node, let since): (2, Int(node.raw), String(since))
    case .node(let node): (3, Int(node.raw), "")
    case .endpoint(let address): (4, nil, address)
    case .group(let path): (5, nil, path.joined(separator: ";"))
    }
  }

  init?(stored kind: Int, node: Int?, name: String) {
    switch kind {
    case 0:
      guard let trouble = OwnTrouble(rawValue: name) else { return nil }
      self = .collector(trouble)
    case 1: self = .service(NodeNumber(stored: node), name)
    case 2: self = .values(NodeNumber(stored: node), since: Int(name) ?? 0)
    case 3: self = .node(NodeNumber(stored: node))
    case 4: self = .endpoint(name)
    case 5: self = .group(name.split(separator: ";").map(String.init))
    default: return nil
    }
  }
}

/// As a text of words: `range 3 10 -`, an open end as `-`.
extension BrokenLimit {
  var stored: String {
    func word(_ number: Double?) -> String { number.map { "\($0)" } ?? "-" }
    return switch self {
    case .range(let level, let low, let high):
      "range \(level.ledgerCode) \(word(low)) \(word(high))"
    case .rate(let level, let low, let high, let measured):
      "rate \(level.ledgerCode) \(word(low)) \(word(high)) \(measured)"
    case .trend(let limit, let reachedIn): "trend \(limit) \(reachedIn)"
    }
  }

  init?(stored text: String) {
    let words = text.split(separator: " ").map(String.init)
    func number(_ index: Int) -> Double? { index < words.count ? Double(words[index]) : nil }
    switch (words.first, words.count) {
    case ("range", 4):
      self = .range(Level(ledgerCode: Int(words[1]) ?? 0), low: number(2), high: number(3))
    case ("rate", 5):
      guard let measured = number(4) else { return nil }
      self = .rate(
        Level(ledgerCode: Int(words[1]) ?? 0), low: number(2), high: number(3), measured: measured)
    case ("trend", 3):
      guard let limit = number(1), let time = Int(words[2]) else { return nil }
      self = .trend(limit: limit, reachedIn: time)
    default: return nil
    }
  }
}
