internal import Daemon
internal import Incidents
internal import Inventory
public import Ledger
internal import Limits
internal import MuninWire
internal import RRD
internal import Recording
public import Settings
internal import Text

/// How a field, a graph, a node or a group is, for Nagios: by the levels in the ledger, so that both say the same.
public struct NagiosReport: Sendable {
  public let answer: NagiosAnswer

  /// - Parameters:
  ///   - text: `group`, `group;host`, `group;host:service` or `group;host:service.field`.
  ///   - ledger: `nil` where no collector has run yet.
  ///   - now: the present, in seconds since 1970.
  /// - Throws: ``HistoryError`` for a text that names nothing.
  public init(_ text: String, _ settings: MasterSettings, ledger: Ledger?, now: Int) async throws {
    let inventory = try await HistoryInventory(
      ledger: ledger, configured: settings.hosts.map(\.path))
    let target = try inventory.target(text)
    let hosts = settings.hosts.filter {
      target.contains(node: $0.path)
        && ($0.update || !VirtualGraph.names(on: $0, in: settings.overrides(for: $0)).isEmpty)
    }
    guard let first = hosts.first else {
      throw HistoryError("'\(text)': no such node in munin.conf, or it is not polled")
    }
    guard let ledger else {
      throw HistoryError("\(settings.databaseDirectory): no collector has run here yet")
    }
    let facts = try await ledger.read { transaction throws(LedgerError) in
      try WhyFacts.of(hosts.map(\.path), in: transaction)
    }
    let values = NewestValues(settings: settings)
    var states: [NodeState] = []
    for host in hosts {
      states.append(
        await Self.state(of: host, facts[host.path] ?? WhyFacts(), settings, values, now))
    }
    switch target.scope {
    case .group: answer = Self.answer(ofGroup: target.path, states)
    case .node: answer = Self.answer(ofNode: states[0])
    case .graph(let name):
      answer = try await Self.answer(
        states[0], facts[first.path] ?? WhyFacts(), graph: name, field: nil, settings, values,
        ledger, now)
    case .field(let name, let field):
      answer = try await Self.answer(
        states[0], facts[first.path] ?? WhyFacts(), graph: name, field: field, settings, values,
        ledger, now)
    }
  }

  // MARK: Nodes and groups

  /// What is wrong with a node.
  private struct NodeState {
    let host: HostSettings
    /// Why nothing is known of it.
    var silence: String?
    var isLost = false
    /// Its judged fields that are not ok, the worst first: `memory.free`, with the level.
    var wrong: [(level: Level, name: String)] = []
    /// Its services with limits that it does not list.
    var unlisted: [String] = []
    /// Its services with limits that bring no values.
    var failing: [String] = []
    var judged = 0
    var graphs = 0

    var levels: [Level] { wrong.map(\.level) + (unlisted + failing).map { _ in .unknown } }

    var level: Level {
      isLost ? .critical : silence != nil ? .unknown : levels.max() ?? .ok
    }

    var words: String {
      if let silence { return silence }
      var words: [String] = []
      if let worst = wrong.first {
        let names = wrong.filter { $0.level == worst.level }.map(\.name)
        words.append("\(worst.level.rawValue): \(ShortList.text(names, most: 5) ?? "")")
      }
      if let names = ShortList.text(unlisted, most: 5) {
        words.append("the node no longer lists \(names)")
      }
      if let names = ShortList.text(failing, most: 5) { words.append("no values of \(names)") }
      return words.isEmpty
        ? "\(Amount.count(graphs, "graph")), \(Amount.count(judged, "field")) with limits"
        : words.joined(separator: "; ")
    }
  }

  private static func state(
    of host: HostSettings, _ facts: WhyFacts, _ settings: MasterSettings, _ values: NewestValues,
    _ now: Int
  ) async -> NodeState {
    var state = NodeState(host: host)
    var unlisted: Set<String> = []
    var failing: Set<String> = []
    let told = facts.unlistedGraphs.filter { facts.faults[$0.service] != nil }
    for (given, service) in facts.graphs + told {
      let isListed = facts.faults[service]?.isGone != true
      if isListed { state.graphs += 1 }
      for field in GraphLayout(given, host: host, settings: settings).fields where field.isJudged {
        state.judged += 1
        let isFailing = facts.failure(of: service) != nil
        if !isListed { unlisted.insert(service) }
        if isFailing { failing.insert(service) }
        let level = facts.series[SeriesKey(graph: given.name, field: field.name)]?.state?.level
        guard let level, level > (isListed && !isFailing ? .ok : .unknown) else { continue }
        state.wrong.append((level, "\(given.name).\(field.name)"))
      }
    }
    state.unlisted = unlisted.sorted()
    state.failing = failing.sorted()
    for (key, known) in facts.series where known.seen.gone == nil {
      guard let name = VirtualGraphRecord.field(of: key), let stored = known.state else { continue }
      state.judged += 1
      if stored.level != .ok { state.wrong.append((stored.level, "\(key.graph).\(name)")) }
    }
    for gone in facts.goneFields {
      state.judged += 1
      let level = max(gone.known.state?.level ?? .ok, .unknown)
      state.wrong.append((level, "\(gone.key.graph).\(gone.key.field)"))
    }
    state.wrong.sort { $0.level == $1.level ? $0.name < $1.name : $0.level > $1.level }
    guard host.update else { return state }
    let reach = facts.reach
    if let trouble = reach.trouble, reach.missed > 1 {
      state.isLost = true
      state.silence =
        "no answer for \(TimeSpan.text(now - (reach.troubleSince ?? now))): \(trouble)"
    } else if facts.node == nil {
      state.silence = "it was never polled"
    } else {
      let newest = await values.newest(of: facts, host: host)
      state.silence = values.staleness(newest, every: host.updateRate, now: now)
    }
    return state
  }

  private static func counts(_ levels: [Level]) -> [NagiosDatum] {
    [Level.critical, .warning, .unknown].map { level in
      NagiosDatum(name: level.rawValue, value: Double(levels.count { $0 == level }))
    }
  }

  private static func answer(ofNode state: NodeState) -> NagiosAnswer {
    // The levels of fields are those of the time before: the node itself is what is wrong.
    let levels = state.silence == nil ? state.levels : [state.level]
    return NagiosAnswer(
      state.host.name.uppercased(), state.level, state.words, data: counts(levels))
  }

  private static func answer(ofGroup path: String, _ states: [NodeState]) -> NagiosAnswer {
    let wrong = states.filter { $0.level != .ok }.sorted { $0.level > $1.level }
    let name = path.split(separator: ";").last.map { $0.uppercased() } ?? ""
    let text =
      wrong.isEmpty
      ? "\(Amount.count(states.count, "node"))"
      : wrong.prefix(5).map { "\($0.host.name): \($0.words)" }.joined(separator: "; ")
        + (wrong.count > 5 ? "; and \(wrong.count - 5) more" : "")
    return NagiosAnswer(
      name, wrong.first?.level ?? .ok, text, data: counts(states.map(\.level)))
  }

  // MARK: Graphs and fields

  private static func answer(
    _ state: NodeState, _ facts: WhyFacts, graph name: String, field: String?,
    _ settings: MasterSettings, _ values: NewestValues, _ ledger: Ledger, _ now: Int
  ) async throws -> NagiosAnswer {
    let title = name.uppercased()
    // Its levels are those of the time before.
    if state.isLost { return NagiosAnswer(title, .unknown, state.silence ?? "") }
    let graphs = (facts.graphs + facts.unlistedGraphs).filter {
      $0.graph.name == name || $0.service == name || $0.graph.name.hasPrefix(name + ".")
    }
    let virtual = WhyMembers.virtualGraph(name, on: state.host, facts, settings)
    let gone = facts.goneFields.filter {
      $0.key.graph == name && (field == nil || $0.key.field == field)
    }
    guard !graphs.isEmpty || !gone.isEmpty || virtual != nil else {
      throw HistoryError("\(state.host.path): it has no graph '\(name)'")
    }
    var lines: [(level: Level, text: String)] = []
    var data: [NagiosDatum] = []
    var newest: Int?
    var rate = settings.updateRate(of: name, on: state.host)?.seconds ?? state.host.updateRate
    var isFound = !gone.isEmpty
    for gone in gone {
      let level = max(gone.known.state?.level ?? .ok, .unknown)
      lines.append((level, "\(gone.key.field): \(GoneField.words)"))
      data.append(NagiosDatum(name: gone.key.field))
    }
    if let virtual {
      let made = try await Self.lines(
        of: virtual, on: state.host, field: field, facts, settings, ledger, now)
      isFound = isFound || !made.isEmpty
      for one in made {
        if let level = one.level { lines.append((level, one.text)) }
        data.append(one.datum)
      }
    }
    let madeCount = data.count
    var cause: String?
    for (given, service) in graphs {
      if let since = facts.unlistedSince(service) {
        cause = "the node has not listed it for \(TimeSpan.text(now - since))"
      } else if let fault = facts.failure(of: service) {
        cause = "\(fault.words), for \(TimeSpan.text(now - fault.since))"
      }
      let layout = GraphLayout(given, host: state.host, settings: settings)
      if let own = layout.graph["update_rate"].flatMap(parseUpdateRate) { rate = max(rate, own) }
      let unit = AmountUnit(label: layout.graph.vlabel, isScaled: layout.graph.scale)
      let base = layout.graph.scale ? GraphFacts.base(layout.graph.args) : 1000
      for (form, described) in zip(layout.fields, layout.graph.fields)
      where field == nil || form.name == field {
        isFound = true
        let key = SeriesKey(graph: given.name, field: form.name)
        let value = await values.value(
          of: form, facts.series[key]?.number, facts, host: state.host, now: now)
        newest = [newest, value?.time].compactMap(\.self).max()
        let warning = form.rules?.warning.flatMap { Bounds($0.range.inNumbers) }
        let critical = form.rules?.critical.flatMap { Bounds($0.range.inNumbers) }
        let level = form.rules == nil ? nil : facts.series[key]?.state?.level ?? .ok
        let broken = broken(level, warning, critical, by: value?.number)
        let amounts = Amount.texts(
          [value?.number] + (broken.map { [$0] } ?? []), unit: unit, base: base)
        let text = "\(described.label ?? form.name) \(amounts.joined(separator: ", limit "))"
        if let level { lines.append((level, text)) }
        // Of a service with many graphs only what is judged.
        guard level != nil || graphs.count == 1 else { continue }
        data.append(
          NagiosDatum(
            name: graphs.count == 1 ? form.name : "\(given.name).\(form.name)",
            value: value?.number, unit: ["B", "%", "s"].contains(unit.symbol) ? unit.symbol : "",
            warning: warning, critical: critical, possible: form.shared.possible))
      }
    }
    guard isFound else {
      throw HistoryError("\(state.host.path): \(name) has no field '\(field ?? "")'")
    }
    let worst = lines.map(\.level).max() ?? .ok
    let told = lines.filter { $0.level == worst }.map(\.text)
    if let cause {
      var words = worst > .unknown ? told.prefix(5).map(\.self) : []
      words.append(cause)
      return NagiosAnswer(title, max(worst, .unknown), words.joined(separator: "; "))
    }
    if data.count > madeCount, let stale = values.staleness(newest, every: rate, now: now) {
      return NagiosAnswer(title, .unknown, stale)
    }
    let text =
      told.isEmpty
      ? "\(Amount.count(data.count, "value")), none has a limit"
      : told.prefix(5).joined(separator: "; ")
        + (told.count > 5 ? "; and \(told.count - 5) more" : "")
    return NagiosAnswer(title, worst, text, data: data)
  }
}
