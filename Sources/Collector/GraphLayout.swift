internal import Limits
internal import MuninWire
internal import RRD
internal import Settings

/// How a graph is recorded and judged: the node's description with munin.conf's settings applied.
struct GraphLayout {
  let graph: Graph
  let fields: [FieldRecord]
  /// Attributes that cannot be used as they are written.
  let findings: [String]

  init(_ given: Graph, host: HostSettings, settings: MasterSettings) {
    let overrides = GraphOverrides(given, host: host, settings: settings)
    let graph = overrides.graph
    let storage = StorageLayout(overrides, field: nil, host: host)
    // Twice the rate lets one poll fail, as munin's 600 s do at its 300.
    let freshness = 2 * max(storage.updateRate, host.updateRate, settings.updateRate)
    func path(_ field: String, _ type: FieldType) -> String {
      settings.databaseDirectory + "/"
        + rrdFile(
          group: host.groups, host: host.name, service: given.name, field: field, type: type)
    }
    // As in munin, a host's or a group's threshold reaches the services that have one of their own: every other
    // graph of the host would be judged by it too.
    let isJudged = ["warning", "critical"].contains { name in
      graph[name] != nil || graph.fields.contains { $0[name] != nil }
    }
    func inherited(_ name: String, _ field: Int) -> String? {
      guard isJudged else { return nil }
      return graph.fields[field][name] ?? graph[name]
        ?? settings.attribute(
          name, group: host.groups, host: host.name, service: given.name,
          field: given.fields[field].name)
    }
    var findings = storage.findings
    fields = given.fields.enumerated().map { index, field in
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
      return FieldRecord(
        name: field.name,
        label: described.label ?? field.name,
        path: path(field.name, described.type),
        formerPath: described["oldname"].map {
          path(FieldCleaning.master.clean($0), described.type)
        },
        spec: RRDSpec(
          type: described.type, step: storage.step, min: limits.min, max: limits.max,
          archives: storage.archives),
        rules: Rules(
          type: described.type, thresholds: thresholds.thresholds, freshness: freshness,
          possible: limits.bounds))
    }
    findings += GraphCommand.findings(of: graph) + BorrowedFields.findings(in: graph)
    self.graph = graph
    self.findings = findings
  }
}
