internal import EventLoop
internal import Incidents
internal import Inventory
internal import Limits
internal import Logbook
internal import MuninWire
internal import Settings
internal import Text

extension NodeRecord {
  /// The node as pages show it.
  func view(_ alerts: AlertStages, at now: Int) -> NodeView {
    let judge = alerts.judge
    var node = base(alerts.machine)
    let gone = goneFields.isEmpty ? [:] : goneViews(judge)
    for service in configs.keys {
      let fault = fault(of: service, alerts.machine)
      for graph in drawn(service) {
        guard let record = graphs[graph.name], record.service == service else { continue }
        var view = record.view(graph, judge, at: now)
        if let fields = gone[graph.name] { view.fields += fields }
        if let fault { view.setFault(fault) }
        node.graphs.append(view)
      }
    }
    for (name, record) in virtualGraphs() {
      if let index = node.graphs.firstIndex(where: { $0.graph.name == name }) {
        node.graphs[index] = record.view(over: node.graphs[index], judge)
      } else {
        node.graphs.append(record.view(over: nil, judge))
      }
    }
    node.graphs.sort { $0.graph.name.utf8.lexicographicallyPrecedes($1.graph.name.utf8) }
    return node
  }

  /// What an overview says of the node.
  func summary(_ alerts: AlertStages, at now: Int) -> NodeSummary {
    let judge = alerts.judge
    var node = base(alerts.machine)
    var tally = NodeSummary.Tally()
    let gone = goneFields.isEmpty ? [:] : goneViews(judge)
    for (name, graph) in graphs {
      let fault = fault(of: graph.service, alerts.machine)
      var level = graph.level(by: judge)
      if fault?.isGone == true, graph.isJudged { level = max(level, .unknown) }
      if let worst = gone[name]?.map(\.level).max() { level = max(level, worst) }
      if level != .ok || graph.hasFindings {
        var view = graph.view(drawn(graph), judge, at: now)
        if let fields = gone[name] { view.fields += fields }
        if let fault { view.setFault(fault) }
        node.graphs.append(view)
      }
      if !NodeSummary.Tally.isPart(name, of: { graphs[$0] != nil }) {
        tally.add(graph.form.category, level)
      }
    }
    node.graphs.sort { $0.graph.name.utf8.lexicographicallyPrecedes($1.graph.name.utf8) }
    return NodeSummary(node, graphCount: graphs.count, tally)
  }

  /// Why a service does not bring all of its values, and whether that is because its node does not list it.
  fileprivate typealias Fault = (words: String, since: Int?, isGone: Bool)

  private func fault(of service: String, _ machine: IncidentMachine) -> Fault? {
    let standing = machine.fault(of: service, on: number)
    if let standing, standing.isGone { return (standing.words, standing.since, true) }
    // Before the first poll of a run only the ledger knows it.
    guard let words = facts[service] ?? standing?.words else { return nil }
    return (words, standing?.since, false)
  }

  /// What the log has said of its services and replies and still holds, and the services that bring no values. What a graph or a file
  /// shows itself is left out.
  private func faults(_ machine: IncidentMachine) -> [String] {
    var found: [String: String] = [:]
    for (subject, error) in facts.all
    where !["poll", "recording"].contains(subject) && !subject.contains("graph ") {
      found[subject] = error
    }
    for service in machine.faults(of: number) where found[service] == nil {
      found[service] = machine.fault(of: service, on: number)?.words
    }
    return found.sorted { $0.key < $1.key }.map { subject, words in
      let since = machine.fault(of: subject, on: number)?.since
      return "\(subject): \(words)"
        + (since.map { " (since \(CalendarTime.local($0).text))" } ?? "")
    }
  }

  /// The node without its graphs.
  private func base(_ machine: IncidentMachine) -> NodeView {
    let reach = machine.standings[number].map(Reachability.init(_:)) ?? Reachability()
    let faults =
      facts.isEmpty && machine.faults(of: number).isEmpty ? [] : faults(machine)
    var node = NodeView(
      groups: host.groups, name: host.name, address: host.endpoint.map { "\($0)" } ?? host.address,
      isPolled: host.update, lastAnswer: reach.lastAnswer, duration: duration,
      trouble: reach.trouble, troubleSince: reach.troubleSince, findings: fileFindings + faults)
    node.troubleLevel = reach.level
    return node
  }
}

extension NodeRecord {
  /// The files that take no values, the first ones by name.
  private var fileFindings: [String] {
    guard !fileFaults.isEmpty || !filesSetAside.isEmpty else { return [] }
    let facts = Set(fileFaults.values).sorted() + filesSetAside
    return facts.prefix(5) + (facts.count > 5 ? ["and \(facts.count - 5) more files"] : [])
  }
}

extension GraphView {
  /// Says why the service does not bring all of its values. From the first poll on in which it is not listed, nobody can say that its
  /// values are good.
  fileprivate mutating func setFault(_ fault: NodeRecord.Fault) {
    (self.fault, faultSince) = (fault.words, fault.since)
    guard fault.isGone else { return }
    for index in fields.indices where fields[index].isJudged && fields[index].level <= .unknown {
      if fields[index].level == .ok { fields[index].since = fault.since }
      fields[index].level = .unknown
      fields[index].value = nil
    }
  }
}

extension GraphRecord {
  /// The graph as pages show it.
  func view(_ graph: Graph, _ judge: SeriesJudge, at now: Int) -> GraphView {
    GraphView(
      graph: graph, updated: updated, findings: hasFindings ? findings : [],
      fields: fields.enumerated().map { place, field in
        let state = field.isJudged ? judge.stored(field.series) : nil
        var view = FieldView(
          name: field.name, label: graph.label(of: field.name, at: place), path: field.path,
          value: field.value(at: now, judged: state?.value), level: state?.level ?? .ok,
          since: state?.since, warning: field.rules?.warning?.range.inNumbers,
          critical: field.rules?.critical?.range.inNumbers, extinfo: field.extinfo)
        view.isMovementLimited = field.rules?.limitsMovement == true
        return view
      })
  }
}

extension VirtualGraphRecord {
  /// The graph as pages show it.
  /// - Parameter own: the same graph with its own fields alone, where the node has it.
  func view(over own: GraphView?, _ judge: SeriesJudge) -> GraphView {
    var graph = virtual.graph
    var fields: [FieldView] = []
    var members: [String: (found: [VirtualDrawing.Member], isSum: Bool)] = [:]
    graph.fields = []
    for line in virtual.order {
      if let view = own?.fields.first(where: { $0.name == line.name }), line.virtual == nil {
        fields.append(view)
        if let field = virtual.graph.field(line.name) { graph.fields.append(field) }
      } else if let entry = entries.first(where: { $0.field.name == line.name }) {
        members[line.name] = (
          entry.found.map {
            VirtualDrawing.Member(file: $0.source.file, field: $0.source.description())
          },
          entry.isSum
        )
        let state = entry.series.map { judge.stored($0) }
        var view = FieldView(
          name: line.name, label: entry.label, path: "", value: entry.value,
          level: state?.level ?? .ok, since: state?.since,
          warning: entry.rules?.warning?.range.inNumbers,
          critical: entry.rules?.critical?.range.inNumbers, origin: entry.origin)
        view.isMovementLimited = entry.rules?.limitsMovement == true
        fields.append(view)
        graph.fields.append(virtual.graph.field(line.name) ?? Field(name: line.name))
      }
    }
    let files = (own?.fields ?? []).map { ($0.name, $0.path) }
    return GraphView(
      graph: graph, updated: max(own?.updated ?? 0, evaluated ?? 0),
      findings: (own?.findings ?? []) + findings, fields: fields,
      drawing: VirtualDrawing(
        virtual, members: members, own: Dictionary(files, uniquingKeysWith: { first, _ in first })),
      sources: sources)
  }
}

extension Graph {
  /// The label of a field, which is mostly at the same place as in the form.
  fileprivate func label(of name: String, at place: Int) -> String {
    if place < fields.count, fields[place].name == name { return fields[place].label ?? name }
    return field(name)?.label ?? name
  }
}
