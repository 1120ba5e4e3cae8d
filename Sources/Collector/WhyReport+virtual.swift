internal import EventLoop
internal import Incidents
internal import Inventory
internal import Ledger
internal import Limits
internal import MuninWire
internal import Settings
internal import Text

/// Fields that are made of fields of other graphs: their members, the value that these make, and how it is judged.
extension WhyReport {
  /// - Parameter field: one of them; `nil` for all.
  mutating func tell(
    _ virtual: VirtualGraph, on host: HostSettings, field: String?
  ) async throws(LedgerError) {
    let graph = virtual.graph.name
    let made = await WhyMembers.evaluate(
      virtual, on: host, settings: settings,
      values: try await WhyMembers(
        of: virtual, on: host, facts, settings, ledger: ledger, now: now), now: now)
    for finding in made.findings { say("\(graph): \(finding).") }
    for entry in made.fields where field == nil || entry.name == field {
      let name = "\(graph).\(entry.name)"
      say("\(name): \(entry.origin).")
      if !entry.missing.isEmpty {
        say("\(name): without \(ShortList.text(entry.missing, most: 20) ?? "").")
      }
      for member in entry.members.prefix(20) { say("\(name): \(member).") }
      say(
        entry.value.map { "\(name): last value \(Amount.text($0)), made of these." }
          ?? "\(name): no value: no member has a recent one.")
      let known = facts.series[VirtualGraphRecord.key(entry.name, of: graph)]
      tellJudgement(
        of: entry.name, entry.rules, known, name: name, service: graph)
    }
  }

  /// The graph of a name with fields that are made of others; `nil` where it has none.
  func virtualGraph(_ name: String, on host: HostSettings) -> VirtualGraph? {
    WhyMembers.virtualGraph(name, on: host, facts, settings)
  }
}

/// The fields that a graph borrows, with their newest values, as the ledger and the files have them.
struct WhyMembers: Sendable {
  let settings: MasterSettings
  private let hosts: [String: HostSettings]
  /// By the paths of the nodes; of others nothing was looked for yet.
  private var facts: [String: WhyFacts]
  private var values: [Key: (number: Double?, time: Int)] = [:]

  private struct Key: Hashable {
    var node: String
    var graph: String
    var field: String
  }

  /// The values of all fields that a graph is made of. What a node has is known when it was looked for: a sum of sums leads to further
  /// nodes.
  /// - Parameters:
  ///   - facts: those of the graph's node.
  ///   - ledger: `nil` where no collector has run yet.
  init(
    of virtual: VirtualGraph, on host: HostSettings, _ facts: WhyFacts, _ settings: MasterSettings,
    ledger: Ledger?, now: Int
  ) async throws(LedgerError) {
    self.settings = settings
    self.facts = [host.path: facts]
    hosts = Dictionary(
      settings.hosts.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    // As deep as sums of sums may be.
    for _ in 0..<32 {
      let wanted = unknownNodes(of: virtual, on: host)
      guard !wanted.isEmpty else { break }
      let found = try await ledger?.read { transaction throws(LedgerError) in
        try WhyFacts.of(wanted.sorted(), in: transaction)
      }
      for path in wanted { self.facts[path] = found?[path] ?? WhyFacts() }
    }
    await readValues(of: virtual, on: host, now: now)
  }

  static func virtualGraph(
    _ name: String, on host: HostSettings, _ facts: WhyFacts, _ settings: MasterSettings
  ) -> VirtualGraph? {
    let overrides = settings.overrides(for: host)
    let given = facts.graphs.first { $0.graph.name == name }?.graph
    guard given != nil || VirtualGraph.names(on: host, in: overrides).contains(name) else {
      return nil
    }
    let drawn =
      given.map { GraphLayout($0, host: host, settings: settings).graph } ?? Graph(name: name)
    let own = Set(
      drawn.fields.filter { $0["sum"] == nil && $0["stack"] == nil }.map(\.name))
    let made = VirtualGraph(
      drawn, own: given == nil ? [] : own, on: host, in: settings, overrides)
    return made.fields.isEmpty ? nil : made
  }

  /// What stands at a place.
  /// - Parameter missing: gets the nodes of which nothing was looked for yet.
  private func find(
    _ names: [String], _ missing: inout Set<String>
  ) -> (found: FoundField<Void>, key: Key)? {
    guard names.count >= 3, let field = names.last else { return nil }
    for count in (1...(names.count - 2)).reversed() {
      let path = names[..<count].joined(separator: ";")
      guard let host = hosts[path] else { continue }
      guard let facts = facts[path] else {
        missing.insert(path)
        continue
      }
      let graph = names[count..<(names.count - 1)].joined(separator: ".")
      var found = FoundField<Void>()
      if let virtual = Self.virtualGraph(graph, on: host, facts, settings),
        let made = virtual.field(field)
      {
        found.virtual = (made, Array(names.dropLast()))
      }
      if facts.graphs.contains(where: { $0.graph.name == graph && $0.graph.field(field) != nil }) {
        found.real = ()
      }
      guard found.real != nil || found.virtual != nil else { continue }
      return (found, Key(node: path, graph: graph, field: field))
    }
    return nil
  }

  private static func place(of virtual: VirtualGraph, on host: HostSettings) -> [String] {
    host.groups + [host.name] + virtual.graph.name.split(separator: ".").map(String.init)
  }

  /// The nodes that the members may be fields of and of which nothing was looked for yet.
  private func unknownNodes(of virtual: VirtualGraph, on host: HostSettings) -> Set<String> {
    var missing: Set<String> = []
    _ = reals(of: virtual, on: host, &missing)
    return missing
  }

  /// The fields with values of their own.
  private func reals(
    of virtual: VirtualGraph, on host: HostSettings, _ missing: inout Set<String>
  ) -> Set<Key> {
    var keys: Set<Key> = []
    for field in virtual.fields {
      let _: MemberResolution<Void> = field.resolve(
        from: Self.place(of: virtual, on: host),
        find: { names in
          guard let (found, key) = find(names, &missing) else { return nil }
          if found.real != nil { keys.insert(key) }
          return found
        })
    }
    for line in virtual.order where line.virtual == nil {
      keys.insert(Key(node: host.path, graph: virtual.graph.name, field: line.name))
    }
    return keys
  }

  private mutating func readValues(of virtual: VirtualGraph, on host: HostSettings, now: Int) async
  {
    var missing: Set<String> = []
    let newest = NewestValues(settings: settings)
    for key in reals(of: virtual, on: host, &missing) {
      guard let host = hosts[key.node], let facts = facts[key.node],
        let given = facts.graphs.first(where: { $0.graph.name == key.graph })?.graph,
        let form = GraphLayout(given, host: host, settings: settings).fields
          .first(where: { $0.name == key.field })
      else { continue }
      let series = facts.series[SeriesKey(graph: key.graph, field: key.field)]?.number
      guard let value = await newest.value(of: form, series, facts, host: host, now: now) else {
        continue
      }
      // As when it is judged: what is older says nothing about the present.
      let isRecent = value.time >= now - form.shared.freshness
      values[key] = (isRecent ? value.number : nil, value.time)
    }
  }

  // MARK: What comes of them

  struct Made: Sendable {
    var findings: [String]
    var fields: [MadeField]
  }

  struct MadeField: Sendable {
    var name: String
    var origin: String
    var missing: [String]
    /// Each member with its value and its time.
    var members: [String]
    var value: Double?
    var rules: SeriesRules?
  }

  /// Computes the graph as the collector does.
  @LoopActor
  static func evaluate(
    _ virtual: VirtualGraph, on host: HostSettings, settings: MasterSettings, values: WhyMembers,
    now: Int
  ) -> Made {
    let record = VirtualGraphRecord(virtual, host: host, settings: settings)
    var files: [String: Key] = [:]
    record.evaluate(
      now: now,
      own: { field in
        let key = Key(node: host.path, graph: virtual.graph.name, field: field)
        return values.values[key]?.number
      },
      find: { names in
        var missing: Set<String> = []
        guard let (found, key) = values.find(names, &missing) else { return nil }
        var source = FoundField<MemberSource>()
        source.virtual = found.virtual
        if found.real != nil {
          let name = "\(key.node):\(key.graph).\(key.field)"
          files[name] = key
          source.real = MemberSource(
            node: key.node, file: name, description: { Field(name: key.field) },
            value: values.values[key]?.number, isFirst: false)
        }
        return source
      },
      silence: { names in values.silence(names) })
    let fields = record.entries.map { entry in
      MadeField(
        name: entry.field.name, origin: entry.origin, missing: entry.missing,
        members: entry.found.map { _, source in
          let value = files[source.file].flatMap { values.values[$0] }
          return "\(source.file): \(words(value, now))"
        },
        value: entry.value, rules: record.isJudged(entry) ? entry.rules : nil)
    }
    return Made(findings: record.descriptionFindings, fields: fields)
  }

  private static func words(_ value: (number: Double?, time: Int)?, _ now: Int) -> String {
    guard let value else { return "no value has come yet" }
    let age = "\(TimeSpan.text(max(0, now - value.time))) ago"
    let number = value.number.map { Amount.text($0) } ?? "no recent value"
    return "\(number), \(CalendarTime.local(value.time).text) (\(age))"
  }

  /// Why a node that is polled has no graphs.
  private func silence(_ names: [String]) -> String? {
    guard names.count >= 3 else { return nil }
    for count in (1...(names.count - 2)).reversed() {
      let path = names[..<count].joined(separator: ";")
      guard let host = hosts[path] else { continue }
      guard host.update, let facts = facts[path], facts.graphs.isEmpty else { return nil }
      return facts.reach.trouble == nil ? "not polled yet" : "its node has not answered yet"
    }
    return nil
  }
}
