internal import Inventory
public import Ledger
internal import Limits
internal import MuninWire
internal import RRD
internal import Recording
public import Settings
internal import Text

/// Limits for a graph or a field, made from its history, as lines of munin.conf.
public struct LimitProposal: Sendable {
  /// A line each.
  public private(set) var lines: [String] = []

  /// What a limit may cost: a message in so many seconds.
  private static let seldom = 30 * 86_400

  /// - Parameters:
  ///   - text: `group;host:service` or `group;host:service.field`.
  ///   - since: the beginning, in seconds since 1970.
  public init(
    _ text: String, _ settings: MasterSettings, ledger: Ledger, since: Int, now: Int
  ) async throws {
    let inventory = try await HistoryInventory(
      ledger: ledger, configured: settings.hosts.map(\.path))
    let target = try inventory.target(text)
    let files = RRDWriter()
    for field in try await FieldHistory.all(of: target, settings, ledger: ledger) {
      lines += try await Self.lines(for: field, since: since, now: now, files)
    }
  }

  private static func lines(
    for field: FieldHistory, since: Int, now: Int, _ files: RRDWriter
  ) async throws -> [String] {
    // Only a limit that was written downwards says that small values are bad.
    let today = FieldHistory.side(of: field.rules)
    let side: LimitSuggestion.Side = today == .minima ? .low : .high
    guard
      let history = try? await field.rows(
        from: since, to: now, side == .high ? .maxima : .minima, files)
    else { return ["# \(field.name): no history"] }
    var rules = field.rules ?? SeriesRules(type: field.facts.type)
    rules.freshness = 2 * max(1, field.rate)
    let other = await field.otherValues(from: since, to: now, for: [rules], files)
    let unit = rules.unit
    let shown = history.rows.map { row in
      ReplayRow(
        time: row.time,
        value: unit.map { unit in
          unit.value { $0 == 0 ? row.value : other(row.time, $0) }
        } ?? row.value)
    }
    let months = max(1, (now - since) / seldom)
    let found = LimitSuggestion.suggest(shown, step: field.rate, by: rules, side: side)
    guard let best = found.first(where: { $0.messages <= months }) else {
      let count = history.known
      return [
        "# \(field.name): \(Amount.count(count, "value")): "
          + (found.isEmpty
            ? "too few, always the same, or nothing can lie beyond them"
            : "any limit would have caused more than a message a month")
      ]
    }
    let inside = (1 - best.share) * 100
    let share = Amount.text(inside)
    let span = TimeSpan.short(now - since)
    return [
      "\(field.name).warning \(best.warning)  # \(share) % of \(Amount.count(history.known, "value")) inside; \(Amount.count(best.messages, "message")) in \(span)",
      "\(field.name).critical \(best.critical)  # \(Amount.count(best.criticals, "incident"))",
    ]
  }
}
