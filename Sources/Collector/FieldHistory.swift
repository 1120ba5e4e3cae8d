internal import Inventory
internal import Ledger
internal import Limits
internal import MuninWire
internal import RRD
internal import Recording
internal import Settings
internal import Text

/// The history of one field as its file keeps it, with the rules that judge it today.
struct FieldHistory: Sendable {
  /// `load.load`, as munin.conf names it.
  let name: String
  /// The service that brings it, as the node lists it.
  let service: String
  /// Today's rules; `nil` for a field without limits.
  let rules: SeriesRules?
  let findings: [RuleFinding]
  /// What a rule is made of: for other words than today's.
  let facts: FieldFacts
  let word: @Sendable (String) -> RuleSource?
  /// Seconds between two runs.
  let rate: Int
  let unit: AmountUnit
  let base: Int
  private let path: String
  /// The other fields of the graph by their numbers, each with its file.
  private let others: [Int: String]

  /// The most fields of a graph whose values are read for a rule of one of them.
  private static let mostOthers = 40

  /// All fields of a node that have limits today, by their graphs.
  static func judged(
    on host: HostSettings, _ settings: MasterSettings, ledger: Ledger
  ) async throws -> [FieldHistory] {
    let facts = try await ledger.read { transaction throws(LedgerError) in
      try WhyFacts.of([host.path], in: transaction)[host.path] ?? WhyFacts()
    }
    return facts.graphs.sorted { $0.graph.name < $1.graph.name }.flatMap { given, service in
      fields(of: given, service, on: host, settings).filter { $0.rules != nil }
    }
  }

  /// The fields of a graph, or one of them. That of a service that the node no longer lists has its files, and its config as it was.
  static func all(
    of target: HistoryTarget, _ settings: MasterSettings, ledger: Ledger
  ) async throws -> [FieldHistory] {
    guard let host = settings.hosts.first(where: { $0.path == target.path }) else {
      throw HistoryError("'\(target.path)': no such node in munin.conf")
    }
    let name: String
    var field: String?
    switch target.scope {
    case .graph(let graph): name = graph
    case .field(let graph, let one): (name, field) = (graph, one)
    case .group, .node:
      throw HistoryError("'\(target)': expected GROUP;HOST:SERVICE or GROUP;HOST:SERVICE.FIELD")
    }
    let facts = try await ledger.read { transaction throws(LedgerError) in
      try WhyFacts.of([host.path], in: transaction)[host.path] ?? WhyFacts()
    }
    let graphs = facts.graphs + facts.goneGraphs
    let virtual = WhyMembers.virtualGraph(name, on: host, facts, settings)
    if let virtual, field.map({ virtual.field($0) != nil }) ?? true {
      let what = field.map { "\(name).\($0)" } ?? name
      throw HistoryError(
        "\(host.path): \(what) is made of fields of other graphs and has no file: expected one of those, which `apus-collector why` names"
      )
    }
    guard let (given, service) = graphs.first(where: { $0.graph.name == name }) else {
      throw HistoryError("\(host.path): it has no graph '\(name)'")
    }
    let found = fields(of: given, service, on: host, settings, only: field)
    guard !found.isEmpty else {
      throw HistoryError("\(host.path): \(name) has no field '\(field ?? "")'")
    }
    return found
  }

  private static func fields(
    of given: Graph, _ service: String, on host: HostSettings, _ settings: MasterSettings,
    only field: String? = nil
  ) -> [FieldHistory] {
    let overrides = GraphOverrides(given, host: host, settings: settings)
    let layout = GraphLayout(given, host: host, settings: settings)
    let graph = GraphFacts(layout.graph)
    let rate = StorageLayout(overrides, field: nil, host: host).updateRate
    let start = host.fileStart(in: settings.databaseDirectory)
    var paths: [Int: String] = [:]
    for (index, form) in layout.fields.enumerated() where layout.fields.count <= mostOthers {
      paths[index] = start + form.file.ending
    }
    return layout.fields.enumerated().compactMap { index, form -> FieldHistory? in
      guard field == nil || form.name == field else { return nil }
      return FieldHistory(
        form, index, overrides, graph, of: service, rate: rate, path: start + form.file.ending,
        others: paths.filter { $0.key != index })
    }
  }

  private init(
    _ form: FieldForm, _ index: Int, _ overrides: GraphOverrides, _ graph: GraphFacts,
    of service: String, rate: Int, path: String, others: [Int: String]
  ) {
    self.service = service
    name = "\(graph.name).\(form.name)"
    facts = FieldFacts(
      index, of: graph, type: form.shared.type, possible: form.shared.possible, updateRate: rate)
    var words: [String: RuleSource] = [:]
    for word in RuleBook.words { words[word] = overrides.source(of: word, field: index) }
    word = { [words] in words[$0] }
    (rules, findings) = RuleBook.rules(for: facts, word: word)
    self.rate = rate
    self.path = path
    self.others = others
    unit = AmountUnit(label: overrides.graph.vlabel, isScaled: overrides.graph.scale)
    base = overrides.graph.scale ? graph.base : 1000
  }

  /// On which side of a value its limits lie.
  enum Side: String, Sendable {
    case maxima, minima, averages
  }

  /// Only an extreme shows in a half hour what a limit would have met; a `cdef` may turn it round.
  static func side(of rules: SeriesRules?) -> Side {
    guard let rules, rules.unit == nil else { return .averages }
    let ranges = [rules.warning?.range, rules.critical?.range].compactMap(\.self)
    switch (ranges.contains { $0.low != nil }, ranges.contains { $0.high != nil }) {
    case (false, true): return .maxima
    case (true, false): return .minima
    default: return .averages
    }
  }

  /// The rows of a stretch of time, one for each run, the oldest first.
  struct Rows: Sendable {
    var rows: [ReplayRow] = []
    /// Where the finest archive begins: what is before is of coarser ones.
    var fineSince: Int?
    var coarseStep = 0

    var known: Int { rows.count { $0.value != nil } }
  }

  func rows(from start: Int, to end: Int, _ side: Side, _ files: RRDWriter) async throws -> Rows {
    try await rows(of: path, from: start, to: end, side, files)
  }

  private func rows(
    of path: String, from start: Int, to end: Int, _ side: Side, _ files: RRDWriter
  ) async throws -> Rows {
    var result = Rows()
    let parts = try await files.history(of: path, in: start..<end)
    for (index, part) in parts.enumerated() {
      var part = part
      let isFine = index == parts.count - 1
      if isFine {
        result.fineSince = part.start - part.step
      } else {
        result.coarseStep = max(result.coarseStep, part.step)
        if side != .averages {
          let extremes = try await files.fetch(
            path, side == .maxima ? .max : .min, start: part.start - part.step,
            end: part.start + (part.values.count - 1) * part.step, resolution: part.step)
          if extremes.step == part.step { part = extremes }
        }
      }
      // A row of a coarse archive is as many runs.
      let runs = max(1, part.step / rate)
      for (row, value) in part.values.enumerated() {
        let time = part.time(of: row)
        guard time > start, time <= end else { continue }
        for run in stride(from: runs - 1, through: 0, by: -1) {
          result.rows.append(
            ReplayRow(time: time - run * rate, value: value.isNaN ? nil : value))
        }
      }
    }
    return result
  }

  /// The values of the graph's other fields by time, as rules ask for them: by the number of the field and 1.
  func otherValues(
    from start: Int, to end: Int, for rules: [SeriesRules?], _ files: RRDWriter
  ) async -> @Sendable (Int, Int) -> Double? {
    let numbers = Set(rules.compactMap(\.self).flatMap(\.otherFields))
    var values: [Int: [Int: Double]] = [:]
    for (index, path) in others where numbers.contains(index + 1) {
      guard let rows = try? await rows(of: path, from: start, to: end, .averages, files) else {
        continue
      }
      values[index + 1] = Dictionary(
        rows.rows.compactMap { row in row.value.map { (row.time, $0) } },
        uniquingKeysWith: { $1 })
    }
    return { [values] time, field in values[field]?[time] }
  }
}

extension SeriesRules {
  /// The numbers of the fields that its unit and its limits need besides the field itself.
  fileprivate var otherFields: [Int] {
    var calculations = [unit]
    for range in [warning?.range, warning?.clear, critical?.range, critical?.clear] {
      for end in [range?.low, range?.high] {
        if case .share(_, let calculation)? = end { calculations.append(calculation) }
      }
    }
    return calculations.compactMap(\.self).flatMap(\.fields).filter { $0 > 0 }
  }
}
