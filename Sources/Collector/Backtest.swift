internal import Incidents
internal import Inventory
public import Ledger
internal import Limits
internal import MuninWire
internal import RRD
internal import Recording
public import Settings
internal import Text

/// Which incidents and messages limits would have caused in the history of a node, a graph or a field.
public struct Backtest: Sendable {
  /// Other words than today's.
  public struct Proposal: Sendable {
    public var warning: String?
    public var critical: String?
    public var hold: String?

    public init(warning: String? = nil, critical: String? = nil, hold: String? = nil) {
      self.warning = warning
      self.critical = critical
      self.hold = hold
    }

    var isEmpty: Bool { warning == nil && critical == nil && hold == nil }

    func word(_ name: String) -> String? {
      switch name {
      case "warning": warning
      case "critical": critical
      case "hold": hold
      default: nil
      }
    }
  }

  /// A line each.
  public private(set) var lines: [String] = []

  private let files = RRDWriter()
  private let directory: AlertDirectory
  /// Those of a whole node.
  private var total = Total()

  /// How much all fields together have caused today.
  private struct Total {
    var fields = 0
    var incidents = 0
    var critical = 0
    var messages = 0
  }

  /// - Parameters:
  ///   - text: `group;host`, `group;host:service` or `group;host:service.field`.
  ///   - proposal: what is compared with today's settings; may be empty.
  ///   - since: the beginning, in seconds since 1970.
  /// - Throws: ``HistoryError`` for a text that names no graph, and for a proposal that is no limit.
  public init(
    _ text: String, _ proposal: Proposal, _ settings: MasterSettings, ledger: Ledger, since: Int,
    now: Int
  ) async throws {
    let inventory = try await HistoryInventory(
      ledger: ledger, configured: settings.hosts.map(\.path))
    let target = try inventory.target(text)
    directory = AlertDirectory(settings)
    guard let host = settings.hosts.first(where: { $0.path == target.path }) else {
      throw HistoryError("'\(target.path)': no such node in munin.conf")
    }
    if target.scope == .node {
      guard proposal.isEmpty else {
        throw HistoryError(
          "'\(text)': --warning, --critical and --hold: expected GROUP;HOST:SERVICE or GROUP;HOST:SERVICE.FIELD"
        )
      }
      try await test(host, settings, ledger: ledger, since: since, now: now)
      return
    }
    for field in try await FieldHistory.all(of: target, settings, ledger: ledger) {
      var proposed: SeriesRules?
      if !proposal.isEmpty {
        let (rules, findings) = RuleBook.rules(for: field.facts) { word in
          proposal.word(word).map { RuleSource($0, at: "--\(word)") } ?? field.word(word)
        }
        if let finding = findings.first(where: { $0.place?.hasPrefix("--") == true }) {
          throw HistoryError("\(finding)")
        }
        proposed = rules
      }
      guard field.rules != nil || proposed != nil else { continue }
      try await test(
        field, of: host, proposed, isProposal: !proposal.isEmpty, since: since, now: now)
      lines.append(Self.note)
    }
    if lines.isEmpty {
      throw HistoryError("'\(text)': no field of it has a limit: expected --warning or --critical")
    }
  }

  private static let note =
    "counted without flapping, planned work and group_wait; unknown values are not counted"

  /// Tests all fields of a node that have limits. Those without an incident are only counted.
  private mutating func test(
    _ host: HostSettings, _ settings: MasterSettings, ledger: Ledger, since: Int, now: Int
  ) async throws {
    for field in try await FieldHistory.judged(on: host, settings, ledger: ledger) {
      try await test(
        field, of: host, nil, isProposal: false, since: since, now: now, isOfNode: true)
    }
    guard total.fields > 0 else {
      throw HistoryError("\(host.path): no field of it has a limit")
    }
    if !lines.isEmpty { lines.append("") }
    lines.append(
      "\(host.path): \(Amount.count(total.fields, "field")) with limits since \(CalendarTime.local(since).text): \(Amount.count(total.incidents, "incident")), \(total.critical) critical, \(Amount.count(total.messages, "message"))"
    )
    lines.append(Self.note)
  }

  /// Those who are told of a service, by what they want to be told.
  private struct Audience {
    let names: [String]
    let tell: ContactRules.Tell

    /// How many messages tell them of a trouble: its begin, each level that is worse than what they were told, improvements where they want
    /// these, and its end.
    func messages(of trouble: ReplayTrouble) -> Int {
      var told = Level.ok
      var count = 0
      for crossing in trouble.crossings {
        if crossing.to > told {
          guard tell.holds(crossing.to) else { continue }
          count += 1
          told = crossing.to
        } else if crossing.to == .ok {
          if told > .ok, tell.contains(.ok) { count += 1 }
        } else if told > .ok, crossing.to < crossing.from, tell.contains(.eased) {
          count += 1
          told = crossing.to
        }
      }
      return count
    }
  }

  /// - Returns: one that wants what contacts want by default where nobody is told.
  private func audiences(of service: String, on host: HostSettings) -> [Audience] {
    let names = directory.service(service, of: host, isJudged: true).contacts
    var found: [Audience] = []
    for contact in directory.settings.contacts
    where names.contains(contact.name) && !contact.tell.isEmpty {
      if let index = found.firstIndex(where: { $0.tell == contact.tell }) {
        found[index] = Audience(
          names: found[index].names + [contact.name], tell: contact.tell)
      } else {
        found.append(Audience(names: [contact.name], tell: contact.tell))
      }
    }
    return found.isEmpty ? [Audience(names: [], tell: .standard)] : found
  }

  /// What one set of rules would have done.
  private struct Outcome {
    /// `today` or `proposed`.
    let name: String
    let title: String
    let troubles: [ReplayTrouble]
  }

  private mutating func test(
    _ field: FieldHistory, of host: HostSettings, _ proposed: SeriesRules?, isProposal: Bool,
    since: Int, now: Int, isOfNode: Bool = false
  ) async throws {
    let other = await field.otherValues(from: since, to: now, for: [field.rules, proposed], files)
    var outcomes: [Outcome] = []
    var note: String?
    var known = 0
    for (name, rules) in [("today", field.rules), ("proposed", proposed)] {
      guard name == "today" || isProposal else { continue }
      guard let rules else {
        outcomes.append(Outcome(name: name, title: "\(name) (no limit)", troubles: []))
        continue
      }
      let side = FieldHistory.side(of: rules)
      let history = try await field.rows(from: since, to: now, side, files)
      known = history.known
      let crossings = Replay.crossings(history.rows, step: field.rate, by: rules, value: other)
      outcomes.append(
        Outcome(
          name: name, title: "\(name) (\(Self.text(rules)))",
          troubles: Replay.troubles(crossings)))
      if let fine = history.fineSince, history.coarseStep > 0 {
        note =
          "values before \(CalendarTime.local(fine).text) are \(side.rawValue) of up to \(TimeSpan.text(history.coarseStep))"
      }
    }
    let audiences = audiences(of: field.service, on: host)
    if isOfNode {
      let troubles = outcomes.flatMap(\.troubles)
      total.fields += 1
      total.incidents += troubles.count
      total.critical += troubles.count { $0.worst == .critical }
      total.messages += troubles.reduce(0) { sum, trouble in
        sum + (audiences.map { $0.messages(of: trouble) }.max() ?? 0)
      }
      guard !troubles.isEmpty else { return }
    }
    if !lines.isEmpty { lines.append("") }
    lines.append(
      "\(field.name): \(Amount.count(known, "value")) since \(CalendarTime.local(since).text)")
    table(outcomes, field, audiences)
    for outcome in outcomes { list(outcome, field, audiences) }
    if let note { lines.append(note) }
  }

  /// `:70 and :90, 2 of 3`
  private static func text(_ rules: SeriesRules) -> String {
    let limits = [rules.warning?.range, rules.critical?.range].compactMap { $0?.description }
    return (limits.isEmpty ? "rate" : limits.joined(separator: " and ")) + ", \(rules.hold)"
  }

  private mutating func table(
    _ outcomes: [Outcome], _ field: FieldHistory, _ audiences: [Audience]
  ) {
    var rows: [[String]] = [[""] + outcomes.map(\.title)]
    rows.append(["incidents"] + outcomes.map { "\($0.troubles.count)" })
    rows.append(
      ["critical"] + outcomes.map { "\($0.troubles.count { $0.worst == .critical })" })
    for audience in audiences {
      let name = audiences.count > 1 ? " to \(audience.names.joined(separator: ", "))" : ""
      rows.append(
        ["messages\(name)"]
          + outcomes.map { "\($0.troubles.reduce(0) { $0 + audience.messages(of: $1) })" })
    }
    rows.append(["worst"] + outcomes.map { Self.worst($0.troubles, field) })
    lines += Self.columns(rows, gap: 3)
  }

  private static func columns(_ rows: [[String]], gap: Int) -> [String] {
    guard let first = rows.first else { return [] }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (text, width) in zip(row, widths) {
        line += text + String(repeating: " ", count: width - text.count + gap)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// So many incidents have a line each.
  private static let mostListed = 20

  /// Which incidents there would have been, the newest first.
  private mutating func list(
    _ outcome: Outcome, _ field: FieldHistory, _ audiences: [Audience]
  ) {
    guard !outcome.troubles.isEmpty else { return }
    lines.append("incidents \(outcome.name):")
    let shown = outcome.troubles.suffix(Self.mostListed).reversed()
    let rows = shown.map { trouble in
      let amount = Amount.texts([Self.value(of: trouble)], unit: field.unit, base: field.base)[0]
      let length = trouble.ended.map { TimeSpan.text($0 - trouble.began) } ?? "lasts"
      let messages = audiences.map { audience in
        let count = Amount.count(audience.messages(of: trouble), "message")
        return audiences.count > 1 ? "\(count) to \(audience.names.joined(separator: ", "))" : count
      }
      return [
        CalendarTime.local(trouble.began).text, length, trouble.worst.word, amount,
        messages.joined(separator: "; "),
      ]
    }
    lines += Self.columns(rows, gap: 2).map { "  \($0)" }
    let more = outcome.troubles.count - shown.count
    if more > 0 { lines.append("  and \(more) more") }
  }

  /// The value that began its worst level.
  private static func value(of trouble: ReplayTrouble) -> Double? {
    trouble.crossings.first { $0.to == trouble.worst }?.value
  }

  /// The longest of the worst level.
  private static func worst(_ troubles: [ReplayTrouble], _ field: FieldHistory) -> String {
    func length(_ trouble: ReplayTrouble) -> Int { (trouble.ended ?? .max) - trouble.began }
    guard
      let worst = troubles.max(by: {
        ($0.worst, length($0)) < ($1.worst, length($1))
      })
    else { return "-" }
    let amount = Amount.texts([value(of: worst)], unit: field.unit, base: field.base)[0]
    let end = worst.ended.map { "for \(TimeSpan.text($0 - worst.began))" } ?? "and lasts"
    return "\(CalendarTime.local(worst.began).text) \(end), \(amount)"
  }
}
