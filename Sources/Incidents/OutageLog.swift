public import Ledger
public import Limits

/// What became of incidents: the outage log.
public enum OutageLog {
  /// One incident, open or not; `nil` for one that is not in the log, or not any more.
  public static func incident(
    _ number: Int, _ transaction: borrowing Transaction
  ) throws(LedgerError) -> Incident? {
    try AlertContents.incidents("number = ?", [.integer(number)], transaction).first
  }

  /// The incidents of a target that lasted in a span of time, open ones among them, in the order of their beginnings.
  /// - Parameter nodes: the nodes of the target: nodes that were lost together may have no group in common.
  public static func incidents(
    of target: AlertTarget, nodes: Set<NodeNumber> = [], in span: Range<Int>,
    _ transaction: borrowing Transaction
  ) throws(LedgerError) -> [Incident] {
    try AlertContents.incidents(
      "begun < ? AND (closed IS NULL OR closed > ?)",
      [.integer(span.upperBound), .integer(span.lowerBound)], transaction
    ).filter { incident in
      // A group's trouble is one of each group around it, and of each of its nodes.
      target.holds(path: incident.path, service: incident.place.service)
        || (incident.place.isOfNodes && target.service == nil
          && target.path.starts(with: incident.path) && !incident.path.isEmpty)
        || (incident.place.isOfNodes && target.service == nil
          && incident.parts.contains { $0.node.map(nodes.contains) ?? false })
    }
  }

  /// When a node could not be polled, with the seconds of that inside planned work.
  /// - Parameter now: the end of what lasts.
  public static func outages(
    of node: NodeNumber, in span: Range<Int>, at now: Int, _ transaction: borrowing Transaction
  ) throws(LedgerError) -> [Outage] {
    try outages(ofOne: node, in: span, at: now, transaction)[node] ?? []
  }

  /// The same of all nodes that had any: one look at the log.
  public static func outages(
    in span: Range<Int>, at now: Int, _ transaction: borrowing Transaction
  ) throws(LedgerError) -> [NodeNumber: [Outage]] {
    try outages(ofOne: nil, in: span, at: now, transaction)
  }

  private static func outages(
    ofOne node: NodeNumber?, in span: Range<Int>, at now: Int,
    _ transaction: borrowing Transaction
  ) throws(LedgerError) -> [NodeNumber: [Outage]] {
    var outages: [NodeNumber: [Outage]] = [:]
    try transaction.each(
      """
      SELECT ifnull(part.since, part.at), ifnull(part.until, log.closed),
        log.planned + ifnull(max(0, ifnull(log.closed, ?4) - log.planned_since), 0), log.number, part.subject,
        log.begun, log.closed
      FROM incident_part AS part JOIN incident_log AS log ON log.number = part.incident
      WHERE part.kind = 2 AND (?1 IS NULL OR part.subject = ?1) AND part.at < ?2
        AND (ifnull(part.until, log.closed) IS NULL OR ifnull(part.until, log.closed) > ?3)
      ORDER BY 1
      """,
      [
        Value(node.map { Int($0.raw) }), .integer(span.upperBound), .integer(span.lowerBound),
        .integer(now),
      ]
    ) { row throws(LedgerError) in
      let start = row.integer(0) ?? 0
      let end = max(start, row.integer(1) ?? now)
      outages[NodeNumber(stored: row.integer(4)), default: []].append(
        Outage(
          span: start..<end, planned: row.integer(2) ?? 0, incident: row.integer(3) ?? 0,
          life: Outage.life(from: row.integer(5) ?? start, to: row.integer(6) ?? now)))
    }
    return outages
  }

  /// The silences that lasted in a span of time, as far as they are still known.
  public static func silences(
    in span: Range<Int>, _ transaction: borrowing Transaction
  ) throws(LedgerError) -> [Silence] {
    var silences: [Silence] = []
    try transaction.each(
      "SELECT number, target, begins, until FROM silence WHERE begins < ? AND until > ?",
      [.integer(span.upperBound), .integer(span.lowerBound)]
    ) { row throws(LedgerError) in
      guard let target = AlertTarget(row.text(1) ?? "") else { return }
      silences.append(
        Silence(
          number: row.integer(0) ?? 0, target: target, from: row.integer(2) ?? 0,
          until: row.integer(3) ?? 0))
    }
    return silences
  }

  /// When the collector was running.
  public static func watched(
    in span: Range<Int>, _ transaction: borrowing Transaction
  ) throws(LedgerError) -> [Range<Int>] {
    var spans: [Range<Int>] = []
    try transaction.each(
      "SELECT began, ended FROM watched WHERE began < ? AND ended > ? ORDER BY began",
      [.integer(span.upperBound), .integer(span.lowerBound)]
    ) { row throws(LedgerError) in
      let began = row.integer(0) ?? 0
      spans.append(began..<max(began, row.integer(1) ?? began))
    }
    return spans
  }

  /// When the first collector began; `nil` before the first.
  public static func firstWatched(
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int? {
    try transaction.query("SELECT min(began) FROM watched").first?[0].integer
  }

  /// The newest time that the collector was running; `nil` before the first.
  static func lastWatched(in transaction: borrowing Transaction) throws(LedgerError) -> Range<Int>?
  {
    let row = try transaction.query(
      "SELECT began, ended FROM watched ORDER BY began DESC LIMIT 1"
    ).first
    guard let began = row?[0].integer, let ended = row?[1].integer else { return nil }
    return began..<max(began, ended)
  }
}

/// A time in which a node could not be polled.
public struct Outage: Sendable, Hashable {
  public let span: Range<Int>
  /// Seconds of the incident inside planned work. When these were is not stored.
  public let planned: Int
  public let incident: Int
  /// From the incident's opening to its end: other nodes of a site may have been lost for longer, and a node that is lost is an incident
  /// after two polls.
  public let life: Range<Int>

  /// - Parameter life: `nil` for the time of the outage itself.
  public init(span: Range<Int>, planned: Int, incident: Int, life: Range<Int>? = nil) {
    self.span = span
    self.planned = planned
    self.incident = incident
    self.life = life ?? span
  }

  static func life(from start: Int, to end: Int) -> Range<Int> { start..<max(start, end) }

  /// How many seconds of it within a time were planned.
  ///
  /// The planned seconds of the incident lie where planned work is known to have been; what is left over, of windows that are no longer set
  /// or silences that are forgotten, is spread over the rest.
  /// - Parameter known: the spans of planned work as far as they are known, ascending and without overlaps.
  func planned(in time: Range<Int>, known: [Range<Int>]) -> Int {
    func covered(_ span: Range<Int>) -> Int {
      known.reduce(0) { $0 + $1.clamped(to: span).count }
    }
    let inside = span.clamped(to: time)
    // Before the incident was opened nobody counted.
    let early = inside.lowerBound..<max(inside.lowerBound, min(inside.upperBound, life.lowerBound))
    let counted = inside.clamped(to: life)
    let all = min(planned, life.count)
    guard all > 0 else { return 0 }
    let (whole, own) = (covered(life), covered(counted))
    if whole >= all { return covered(early) + all * own / whole }
    return covered(early) + own + (all - whole) * (counted.count - own) / (life.count - whole)
  }
}

/// The life of a collector, as far as it is stored: its own absence counts neither as up nor as down.
public struct WatchedSpan: LedgerRows {
  public let began: Int
  public let ended: Int

  public init(began: Int, ended: Int) {
    self.began = began
    self.ended = ended
  }

  public var byteCount: Int { 32 }

  public func write(in transaction: borrowing Transaction) throws(LedgerError) {
    try transaction.execute(
      "INSERT OR REPLACE INTO watched VALUES (?, ?)", [.integer(began), .integer(ended)])
  }
}
