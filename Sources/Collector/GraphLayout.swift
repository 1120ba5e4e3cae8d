internal import Inventory
internal import Limits
internal import MuninWire
internal import Polling
internal import RRD
internal import Recording
internal import Settings

/// How a graph is recorded, drawn and judged: the node's description with munin.conf's settings applied.
struct GraphLayout {
  /// The graph as it is drawn.
  let graph: Graph
  /// How it is recorded and judged.
  let form: GraphForm

  var fields: [FieldForm] { form.fields }
  /// Attributes that cannot be used as they are written.
  var findings: [String] { form.findings }

  init(_ given: Graph, host: HostSettings, settings: MasterSettings) {
    let overrides = GraphOverrides(given, host: host, settings: settings)
    let graph = overrides.graph
    let storage = StorageLayout(overrides, field: nil, host: host)
    // A plugin that prints a short rate may collect its values itself, and is fetched at the node's rate.
    let rate =
      settings.updateRate(of: given.name, on: host)
      .map { max($0.seconds, min(ServiceRates.shortest, host.updateRate)) }
      ?? max(storage.updateRate, host.updateRate)
    // A field that is made of others has no values of the node to judge.
    let made = VirtualGraph.isNeeded(for: graph) ? VirtualGraph(graph, own: nil).fields : []
    let borrowed = Set(made.map(\.name))
    let facts = GraphFacts(graph)
    var others: [String] = []
    var findings = storage.findings
    let fields = given.fields.enumerated().map { index, field in
      let described = graph.fields[index]
      let limits = FieldLimits(of: described)
      let isOwn = !borrowed.contains(described.name)
      let judged = FieldFacts(
        index, of: facts, type: described.type, possible: limits.bounds,
        updateRate: rate)
      let (rules, ruleFindings) = RuleBook.rules(
        for: judged, word: { isOwn ? overrides.source(of: $0, field: index) : nil },
        other: { name in
          guard name.contains(".") else { return nil }
          if let known = others.firstIndex(of: name) { return given.fields.count + known }
          others.append(name)
          return given.fields.count + others.count - 1
        })
      // What can be seen without the node is told by `check`: ranges of numbers, and what is no range at all.
      findings += ruleFindings.filter { finding in
        finding.place == nil
          || overrides.source(of: finding.word, field: index).map { Bounds($0.text) == nil } == true
      }.map(\.description)
      for name in ["warning", "critical"] {
        let text = isOwn ? overrides.source(of: name, field: index)?.text : nil
        guard let finding = MemoryLimit.finding(graph, name, text) else { continue }
        if field[name] == text {
          findings.append("\(field.name): \(finding)")
          // The limits of `memory` are looked at when munin.conf is read.
        } else if given.name != "memory" {
          let place = settings.place(of: name, for: host, service: given.name, field: field.name)
          findings.append("\(place.map { $0 + ": " } ?? "")\(field.name): \(finding)")
        }
      }
      if let finding = limits.finding {
        let place = ["max", "min"].lazy.compactMap { overrides.own($0, field: index)?.place }.first
        findings.append("\(place.map { $0 + ": " } ?? "")\(field.name): \(finding)")
      }
      var storage = storage
      if described["graph_data_size"] != nil {
        storage = StorageLayout(overrides, field: index, host: host)
        findings += storage.findings.map { "\(field.name): \($0)" }
      }
      func ending(_ field: String) -> String {
        rrdFileEnding(service: given.name, field: field, type: described.type)
      }
      return FieldForm(
        name: field.name,
        file: FileForm(
          ending: ending(field.name),
          spec: RRDSpec(
            type: described.type, step: storage.step, min: limits.min, max: limits.max,
            archives: storage.archives),
          formerEnding: described["oldname"].map { ending(FieldCleaning.master.clean($0)) }),
        shared: FieldRules(
          type: described.type, possible: limits.bounds,
          // Twice the rate lets one poll fail, as munin's 600 s do at its 300.
          freshness: rules?.manner == .munin ? MuninJudge.freshness : 2 * max(1, rate),
          judging: rules))
    }
    findings += GraphCommand.findings(of: graph, borrowed: borrowed)
    self.graph = graph
    form = GraphForm(
      name: given.name, category: graph.category, fields: fields, findings: findings,
      others: others)
  }
}

extension HostSettings {
  /// What the names of all files of a host begin with.
  func fileStart(in directory: String) -> String {
    directory + "/" + rrdFileStart(group: groups, host: name)
  }
}
