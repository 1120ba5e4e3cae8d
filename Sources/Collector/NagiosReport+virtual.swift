internal import EventLoop
internal import Inventory
internal import Ledger
internal import Limits
internal import MuninWire
internal import RRD
internal import Settings
internal import Text

/// Graphs that are made of fields of other graphs.
extension NagiosReport {
  /// What is told of one field.
  struct MadeLine: Sendable {
    /// `nil` for a field without limits.
    var level: Level?
    var text: String
    var datum: NagiosDatum
  }

  /// - Parameter field: one of the graph; `nil` for all.
  static func lines(
    of virtual: VirtualGraph, on host: HostSettings, field: String?, _ facts: WhyFacts,
    _ settings: MasterSettings, _ ledger: Ledger, _ now: Int
  ) async throws -> [MadeLine] {
    let members = try await WhyMembers(
      of: virtual, on: host, facts, settings, ledger: ledger, now: now)
    let made = await WhyMembers.evaluate(
      virtual, on: host, settings: settings, values: members, now: now)
    let graph = virtual.graph
    let unit = AmountUnit(label: graph.vlabel, isScaled: graph.scale)
    let base = graph.scale ? GraphFacts.base(graph.args) : 1000
    return made.fields.filter { field == nil || $0.name == field }.map { entry in
      let key = VirtualGraphRecord.key(entry.name, of: graph.name)
      let level = entry.rules == nil ? nil : facts.series[key]?.state?.level ?? .ok
      let warning = entry.rules?.warning.flatMap { Bounds($0.range.inNumbers) }
      let critical = entry.rules?.critical.flatMap { Bounds($0.range.inNumbers) }
      let broken = NagiosReport.broken(level, warning, critical, by: entry.value)
      let amounts = Amount.texts(
        [entry.value] + (broken.map { [$0] } ?? []), unit: unit, base: base)
      var text =
        "\(graph.field(entry.name)?.label ?? entry.name) \(amounts.joined(separator: ", limit "))"
      if !entry.missing.isEmpty {
        text += ", without \(ShortList.text(entry.missing, most: 3) ?? "")"
      }
      return MadeLine(
        level: level, text: text,
        datum: NagiosDatum(
          name: entry.name, value: entry.value,
          unit: ["B", "%", "s"].contains(unit.symbol) ? unit.symbol : "", warning: warning,
          critical: critical))
    }
  }

  /// The limit of the level in force that a value lies beyond.
  static func broken(
    _ level: Level?, _ warning: Bounds?, _ critical: Bounds?, by value: Double?
  ) -> Double? {
    let bounds: Bounds? =
      switch level {
      case .critical?: critical
      case .warning?: warning
      default: nil
      }
    guard let bounds, let value else { return nil }
    if let min = bounds.min, value < min { return min }
    if let max = bounds.max, value > max { return max }
    return nil
  }
}
