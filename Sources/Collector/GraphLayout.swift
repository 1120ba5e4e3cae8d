internal import Inventory
internal import Limits
internal import MuninWire
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
    // Twice the rate lets one poll fail, as munin's 600 s do at its 300.
    let freshness = 2 * max(storage.updateRate, host.updateRate, settings.updateRate)
    // As in munin, a host's or a group's threshold reaches the services that have one of their own: every other
    // graph of the host would be judged by it too.
    let isJudged = ["warning", "critical"].contains { name in
      graph[name] != nil || graph.fields.contains { $0[name] != nil }
    }
    // A field that is made of others has no values of the node to judge.
    let made = VirtualGraph.isNeeded(for: graph) ? VirtualGraph(graph, own: nil).fields : []
    let borrowed = Set(made.map(\.name))
    func inherited(_ name: String, _ field: Int) -> String? {
      guard isJudged, !borrowed.contains(graph.fields[field].name) else { return nil }
      return graph.fields[field][name] ?? graph[name]
        ?? settings.attribute(
          name, group: host.groups, host: host.name, service: given.name,
          field: given.fields[field].name)
    }
    var findings = storage.findings
    let fields = given.fields.enumerated().map { index, field in
      let thresholds = Thresholds.parse(
        warning: inherited("warning", index), critical: inherited("critical", index),
        unknownLimit: inherited("unknown_limit", index))
      // What munin.conf says is told where it stands.
      let own = thresholds.problems.filter { field[$0.attribute] == $0.text }
      findings += own.map { "\(field.name): \($0)" }
      for name in ["warning", "critical"] {
        let text = inherited(name, index)
        guard let finding = MemoryLimit.finding(graph, name, text) else { continue }
        if field[name] == text {
          findings.append("\(field.name): \(finding)")
          // The limits of `memory` are looked at when munin.conf is read.
        } else if given.name != "memory" {
          let place = settings.place(of: name, for: host, service: given.name, field: field.name)
          findings.append("\(place.map { $0 + ": " } ?? "")\(field.name): \(finding)")
        }
      }
      let described = graph.fields[index]
      let limits = FieldLimits(of: described)
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
          Rules(
            type: described.type, thresholds: thresholds.thresholds, freshness: freshness,
            possible: limits.bounds)))
    }
    findings += GraphCommand.findings(of: graph, borrowed: borrowed)
    self.graph = graph
    form = GraphForm(
      name: given.name, category: graph.category, fields: fields,
      findings: findings)
  }
}

extension HostSettings {
  /// What the names of all files of a host begin with.
  func fileStart(in directory: String) -> String {
    directory + "/" + rrdFileStart(group: groups, host: name)
  }
}
