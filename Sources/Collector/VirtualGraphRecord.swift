internal import EventLoop
internal import Inventory
internal import Limits
internal import MuninWire
internal import RRD
internal import Settings

/// A graph of a node with fields that are made of fields of other graphs: what they are made of, and their newest values.
///
/// Nothing is stored for it: it is drawn from the members' files, and judged from their newest values.
@LoopActor
final class VirtualGraphRecord {
  /// A field and what is known of it.
  struct Entry {
    let field: VirtualField
    let label: String
    /// How it is judged; nil for a field without limits.
    let rules: SeriesRules?
    /// Where its state is kept; nil for a field without limits.
    var series: SeriesNumber?
    var found: [(path: BorrowedPath, source: MemberSource)] = []
    /// The members that do not count at present, each with the reason.
    var missing: [String] = []
    var isSum = false
    /// The newest value, after its `cdef`.
    var value: Double?
  }

  let virtual: VirtualGraph
  /// Groups, host and the parts of the graph's name.
  let place: [String]
  private(set) var entries: [Entry]
  /// When the members were looked at last.
  private(set) var evaluated: Int?
  /// Whether each member is known and has brought a value since the start.
  private(set) var isComplete = false
  /// What cannot be used as it is written.
  let descriptionFindings: [String]
  /// By the names of the fields, their own graph's included.
  private let expressions: [String: Expression]
  /// The fields whose `cdef` cannot be used.
  private let broken: Set<String>

  init(_ virtual: VirtualGraph, host: HostSettings, settings: MasterSettings) {
    self.virtual = virtual
    let graph = virtual.graph
    place = host.groups + [host.name] + graph.name.split(separator: ".").map(String.init)
    var findings = virtual.findings.map { "\($0.attribute): \($0.text)" }
    var judged = graph
    for field in virtual.fields where judged.field(field.name) == nil {
      judged.fields.append(Field(name: field.name))
    }
    let words = GraphOverrides(judged, host: host, settings: settings)
    let facts = GraphFacts(judged, isComputed: true)
    entries = virtual.fields.map { field in
      let place = judged.fields.firstIndex { $0.name == field.name } ?? 0
      let limits = FieldLimits(of: judged.fields[place])
      let (rules, problems) = RuleBook.rules(
        for: FieldFacts(
          place, of: facts, type: .gauge, possible: limits.bounds,
          updateRate: max(host.updateRate, settings.updateRate)),
        word: { words.source(of: $0, field: place) })
      findings += problems.map(\.description)
      return Entry(
        field: field, label: graph.field(field.name)?.label ?? field.name, rules: rules)
    }
    let names = Dictionary(
      virtual.order.map { ($0.name, $0.name) }, uniquingKeysWith: { first, _ in first })
    var expressions: [String: Expression] = [:]
    var broken: Set<String> = []
    for line in virtual.order {
      let cdef = line.virtual.map(virtual.cdef) ?? graph.field(line.name)?.cdef
      guard let cdef, !cdef.isEmpty else { continue }
      guard let expression = Expression(cdef, names: names) else {
        broken.insert(line.name)
        // The graph's own fields are looked at where the graph is.
        if line.virtual != nil {
          findings.append(
            "\(line.name): cdef '\(cdef.prefix(60))' is not an expression over the fields of the graph: not drawn"
          )
        }
        continue
      }
      expressions[line.name] = expression
      let isLimited = entries.contains { $0.field.name == line.name && $0.rules != nil }
      if isLimited, let word = expression.wordWithoutValue {
        findings.append("\(line.name): not judged: its cdef has \(word), which only a picture has")
      }
    }
    self.expressions = expressions
    self.broken = broken
    descriptionFindings = findings
  }

  var name: String { virtual.graph.name }

  /// Whether a field has limits, and its `cdef` can be computed.
  func isJudged(_ entry: Entry) -> Bool {
    entry.rules != nil && !broken.contains(entry.field.name)
      && expressions[entry.field.name]?.wordWithoutValue == nil
  }

  /// Gives the fields with limits the series that their states are kept under.
  /// - Parameter old: the record of before, whose series stay.
  func attach(
    _ series: NodeSeries, replacing old: VirtualGraphRecord?, _ news: inout DescriptionNews
  ) {
    for index in entries.indices where isJudged(entries[index]) {
      let name = entries[index].field.name
      let number = old?.giveUpSeries(of: name) ?? series.attach(key(name), .gauge)
      entries[index].series = number
      news.rules.append((number, entries[index].rules))
    }
  }

  private func giveUpSeries(of name: String) -> SeriesNumber? {
    guard let index = entries.firstIndex(where: { $0.field.name == name }) else { return nil }
    defer { entries[index].series = nil }
    return entries[index].series
  }

  /// The graph is not described any more.
  func detach(_ series: NodeSeries, _ news: inout DescriptionNews) {
    for index in entries.indices {
      guard let number = entries[index].series else { continue }
      news.removed.append(number)
      series.detach(number, key(entries[index].field.name), .gauge)
      entries[index].series = nil
    }
  }

  /// A field that the node describes later may have the same name: this one cannot be a node's.
  private func key(_ field: String) -> SeriesKey { Self.key(field, of: name) }

  /// Where the state of a field that is made of others is kept: no field of a node has such a name.
  nonisolated static func key(_ field: String, of graph: String) -> SeriesKey {
    SeriesKey(graph: graph, field: "=" + field)
  }

  /// The field that is made of others whose state is kept so; `nil` for a series of a node's own field.
  nonisolated static func field(of key: SeriesKey) -> String? {
    key.field.hasPrefix("=") ? String(key.field.dropFirst()) : nil
  }

  /// Looks at the members and computes the values.
  /// - Parameters:
  ///   - own: the newest value of a field of the graph itself.
  ///   - find: what stands at a place.
  ///   - silence: why nothing is known of the node of a place; nil where something is, or where there is no such node.
  func evaluate(
    now: Int, own: (String) -> Double?, find: ([String]) -> FoundField<MemberSource>?,
    silence: ([String]) -> String?
  ) {
    evaluated = now
    isComplete = true
    var values: [String: Double] = [:]
    for line in virtual.order where line.virtual == nil { values[line.name] = own(line.name) }
    for index in entries.indices {
      let resolution = entries[index].field.resolve(from: place, find: find)
      entries[index].found = resolution.found.map { ($0.path, $0.real) }
      entries[index].isSum = resolution.isSum
      let silent = resolution.found.filter { $0.real.value == nil }
      // A node that was not polled yet has no fields.
      if !silent.isEmpty || resolution.missing.contains(where: { $0.reason == .notFound }) {
        isComplete = false
      }
      entries[index].missing =
        resolution.missing.map { missing in
          var reason = missing.reason.rawValue
          if missing.reason == .notFound {
            for names in missing.path.candidates(from: place) {
              guard let silent = silence(names) else { continue }
              reason = silent
              break
            }
          }
          return "\(missing.path): \(reason)"
        }
        + silent.map { "\($0.path): no recent value" }
      let known = resolution.found.compactMap(\.real.value)
      guard !known.isEmpty else { continue }
      values[entries[index].field.name] = known.reduce(0, +)
    }
    // As in a picture: to the fields behind it a field is what its cdef makes of it.
    for name in virtual.order.map(\.name) {
      guard let expression = expressions[name] else { continue }
      values[name] = expression.value { values[$0] }
    }
    for index in entries.indices {
      let name = entries[index].field.name
      // A cdef may make a number of nothing.
      let hasMember =
        !broken.contains(name) && entries[index].found.contains { $0.source.value != nil }
      entries[index].value = hasMember ? values[name] : nil
    }
  }

  /// The values of the fields that have limits.
  func samples(at now: Int) -> [JudgedSample] {
    entries.compactMap { entry in
      // A rate needs two values: the first one after a start says nothing, and a run for cron has no other.
      guard let series = entry.series, !entry.found.contains(where: \.source.isFirst) else {
        return nil
      }
      guard let value = entry.value, value.isFinite else {
        return JudgedSample(series, ValueCell(unknownAt: now))
      }
      return JudgedSample(series, ValueCell(value, at: now))
    }
  }

  /// What is to be corrected, and which members do not count.
  var findings: [String] {
    descriptionFindings
      + entries.compactMap { entry in
        ShortList.text(entry.missing, most: 5).map { "\(entry.field.name): without \($0)" }
      }
  }

  /// The nodes whose fields it is made of.
  var sources: Set<String> { Set(entries.flatMap { $0.found.map(\.source.node) }) }
}

extension VirtualGraphRecord.Entry {
  /// What the field is made of, for a reader.
  var origin: String {
    let names = found.map(\.path.description)
    let list = ShortList.text(names, most: 20) ?? "nothing that is known"
    return isSum ? "sum of \(list)" : "from \(list)"
  }

  /// The same and what is missing, line by line.
  var details: [String] {
    [origin] + (ShortList.text(missing, most: 20).map { ["without \($0)"] } ?? [])
  }
}
