internal import Incidents
public import Ledger
internal import Limits
internal import Recording
public import Settings
internal import Text

/// The log of outages of a target, with totals, and how much of the time its nodes answered.
public struct OutageReport: Sendable {
  /// What the availability is told for.
  public enum Unit: String, Sendable, CaseIterable { case day, month, year }

  /// The most spans of all nodes together: a fleet by day is a matter for a program, and for smaller targets.
  private static let mostSpans = 200_000

  private let span: Range<Int>
  private let target: AlertTarget
  private var entries: [Entry] = []
  private var nodes: [(path: String, spans: [NodeAvailability])] = []
  private let unit: Unit?
  private let zone: ZoneFile

  /// An incident, as far as it lies in the time.
  private struct Entry: Sendable {
    let incident: Incident
    let start: Int
    let end: Int
    let planned: Int

    var seconds: Int { end - start }
  }

  /// - Parameters:
  ///   - target: `all`, `GROUP`, `GROUP;HOST`, `GROUP;HOST:SERVICE` or `GROUP;HOST:SERVICE.FIELD`.
  ///   - since: the beginning, in seconds since 1970.
  ///   - unit: the availability of each day, month or year; of the whole time when `nil`.
  /// - Throws: ``HistoryError`` for a text that is no target, and for too many spans.
  public init(
    _ text: String, _ settings: MasterSettings, ledger: Ledger, since: Int, now: Int, by unit: Unit?
  ) async throws {
    guard let target = AlertTarget(text) else {
      throw HistoryError(
        "'\(text)': expected all, GROUP, GROUP;HOST, GROUP;HOST:SERVICE or GROUP;HOST:SERVICE.FIELD"
      )
    }
    self.target = target
    self.unit = unit
    let span = min(since, now)..<now
    self.span = span
    let hosts = settings.hosts.filter {
      $0.update && target.service == nil && ($0.groups + [$0.name]).starts(with: target.path)
    }
    let zone =
      settings.timezone(ofGroup: []).flatMap { try? TimeZones.zone($0.text) } ?? TimeZones.local
    self.zone = zone
    let spans =
      unit.map { NodeAvailability.spans(of: span, by: $0.availability, in: zone) } ?? [span]
    guard hosts.count * spans.count <= Self.mostSpans else {
      throw HistoryError(
        "\(hosts.count) nodes and \(spans.count) spans of time: expected a smaller target, a shorter --since or a longer --by"
      )
    }
    let paths = Set(hosts.map(\.path))
    let directory = AlertDirectory(settings)
    let windows = Dictionary(
      hosts.map { ($0.path, directory.node($0, parent: nil, services: []).windows) },
      uniquingKeysWith: { first, _ in first })
    let (incidents, availability) = try await ledger.read { transaction throws(LedgerError) in
      var numbers: [String: (number: NodeNumber, seen: Int)] = [:]
      try transaction.each("SELECT number, path, first_seen FROM node") {
        row throws(LedgerError) in
        guard let path = row.text(1), paths.contains(path) else { return }
        numbers[path] = (NodeNumber(stored: row.integer(0)), row.integer(2) ?? 0)
      }
      let incidents = try OutageLog.incidents(
        of: target, nodes: Set(numbers.values.map(\.number)), in: span, transaction)
      let watched = try OutageLog.watched(in: span, transaction)
      let outages = try OutageLog.outages(in: span, at: now, transaction)
      let silences = try OutageLog.silences(in: 0..<now, transaction)
      var availability: [String: [NodeAvailability]] = [:]
      for (path, node) in numbers {
        let own = outages[node.number] ?? []
        let work = PlannedWork(
          windows: windows[path] ?? [],
          silences: silences.filter {
            $0.target.holds(path: path.split(separator: ";").map(String.init), service: nil)
          }
        ).spans(around: own)
        // Before it was in munin.conf nobody watched it.
        availability[path] = spans.compactMap { part in
          let part = max(part.lowerBound, min(node.seen, part.upperBound))..<part.upperBound
          return part.isEmpty
            ? nil : NodeAvailability(part, watched: watched, outages: own, work: work)
        }
      }
      return (incidents, availability)
    }
    for host in hosts { nodes.append((host.path, availability[host.path] ?? [])) }
    entries = incidents.filter { incident in
      target.field.map { field in incident.parts.contains { $0.isOf(field: field) } } ?? true
    }.map { incident in
      let start = max(span.lowerBound, incident.start)
      let end = max(start, min(now, incident.closed ?? now))
      let all = (incident.closed ?? now) - incident.start
      // Of an incident that is only partly inside, so much was planned as of the whole.
      let planned = incident.plannedSeconds(at: now)
      return Entry(
        incident: incident, start: start, end: end,
        planned: all > 0 ? min(planned, all) * (end - start) / all : 0)
    }
  }

  // MARK: For people

  /// Whether there was no incident.
  public var isEmpty: Bool { entries.isEmpty }

  /// A line for each incident, the totals, and a line for each node and span of time.
  public var lines: [String] {
    let rows = entries.map { entry -> [String] in
      let incident = entry.incident
      var text = incident.inWords(incident.whatAtWorst)
      if entry.planned > 0 { text += "; \(TimeSpan.text(entry.planned)) planned or silenced" }
      if incident.beginningCount > 1 { text += "; began \(incident.beginningCount) times" }
      return [
        "\(incident.number)", CalendarTime.local(incident.start).text,
        TimeSpan.text((incident.closed ?? span.upperBound) - incident.start)
          + (incident.isOpen ? ", open" : ""), incident.worst.word, text,
      ]
    }
    // Words of nodes are among them.
    return Self.aligned(rows).map(\.printable) + [totals] + availability
  }

  /// `3 incidents, 1 CRITICAL, 2 WARNING; trouble for 45 min, 12 min of it planned or silenced`
  private var totals: String {
    let since = "since \(CalendarTime.local(span.lowerBound).text)"
    guard !entries.isEmpty else { return "no incident \(since)" }
    let levels = [Level.critical, .warning, .unknown].compactMap { level -> String? in
      let count = entries.count { $0.incident.worst == level }
      return count == 0 ? nil : "\(count) \(level.word)"
    }
    let planned = entries.reduce(0) { $0 + $1.planned }
    return
      "\(Amount.count(entries.count, "incident")) \(since) (\(levels.joined(separator: ", "))): \(TimeSpan.text(entries.reduce(0) { $0 + $1.seconds })) in all"
      + (planned > 0 ? ", \(TimeSpan.text(planned)) of it planned or silenced" : "")
  }

  private var availability: [String] {
    guard !nodes.isEmpty else { return [] }
    var rows = [
      ["node"] + (unit == nil ? [] : ["from"]) + ["answered", "watched", "down", "planned"]
    ]
    for (path, spans) in nodes {
      if spans.isEmpty { rows.append([path] + (unit == nil ? [] : ["-"]) + ["not polled yet"]) }
      for one in spans {
        rows.append(
          [path] + (unit.map { [name(of: one.span.lowerBound, by: $0)] } ?? [])
            + [
              one.percent, TimeSpan.text(one.watched), TimeSpan.text(one.down),
              TimeSpan.text(one.planned),
            ])
      }
    }
    return [""] + Self.aligned(rows)
  }

  /// `2026-11-30`, `2026-11`, `2026`
  private func name(of time: Int, by unit: Unit) -> String {
    let text = CalendarTime(epoch: time, utcOffset: zone.offset(at: time).offset).text
    return switch unit {
    case .day: String(text.prefix(10))
    case .month: String(text.prefix(7))
    case .year: String(text.prefix(4))
    }
  }

  private static func aligned(_ rows: [[String]]) -> [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, text) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], text.count)
      }
    }
    return rows.map { row in
      var line = ""
      for (column, text) in row.enumerated() {
        line += text
        if column + 1 < row.count {
          line += String(repeating: " ", count: widths[column] - text.count + 2)
        }
      }
      return line
    }
  }

  // MARK: For programs

  /// The same as JSON: times in seconds since 1970.
  public var json: String {
    var json = JSON()
    json.object { json in
      json.member("version", 1)
      json.member("target", target.description)
      json.member("since", span.lowerBound)
      json.member("until", span.upperBound)
      json.name("incidents")
      json.list(entries) { Self.write($1, to: &$0) }
      json.name("nodes")
      json.list(nodes) { json, node in
        json.object { json in
          json.member("node", node.path)
          json.name("spans")
          json.list(node.spans) { json, one in
            json.object { json in
              json.member("from", one.span.lowerBound)
              json.member("to", one.span.upperBound)
              json.member("watched", one.watched)
              json.member("down", one.down)
              json.member("planned", one.planned)
              json.member("answered", one.share)
            }
          }
        }
      }
    }
    return String(decoding: json.bytes, as: UTF8.self)
  }

  private static func write(_ entry: Entry, to json: inout JSON) {
    let incident = entry.incident
    json.object { json in
      json.member("incident", incident.number)
      json.member("place", incident.placeInWords)
      json.member("worst", incident.worst.rawValue)
      json.member("what", incident.whatAtWorst)
      json.member("start", incident.start)
      json.member("closed", incident.closed)
      json.member("seconds", entry.seconds)
      json.member("planned", entry.planned)
      json.member("count", incident.beginningCount)
      json.member("acknowledged_by", incident.acknowledgement?.who)
    }
  }
}

extension PlannedWork {
  /// The spans of the work within the incidents of outages that were partly planned.
  fileprivate func spans(around outages: [Outage]) -> [Range<Int>] {
    guard !isEmpty else { return [] }
    return outages.filter { $0.planned > 0 }.flatMap { outage in
      spans(
        in: min(
          outage.span.lowerBound, outage.life.lowerBound)..<max(
            outage.span.upperBound, outage.life.upperBound))
    }
  }
}

extension OutageReport.Unit {
  fileprivate var availability: NodeAvailability.Unit {
    switch self {
    case .day: .day
    case .month: .month
    case .year: .year
    }
  }
}

extension NodeAvailability {
  /// `99.931 %`; a time with an outage is never shown as 100 %.
  fileprivate var percent: String {
    guard let share else { return watched == 0 ? "not watched" : "planned" }
    let thousandths = Int(share * 100_000)
    let rest = "\(thousandths % 1000)"
    return
      "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.utf8.count))\(rest) %"
  }
}
