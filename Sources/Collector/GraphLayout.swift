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
    var graph = given
    for override in settings.overrides(for: host) {
      // In munin.conf a field may have the name that the plugin gives it.
      let overridden = override.field.map { field in
        given.fields.firstIndex { $0.name == field }
          ?? given.fields.firstIndex { $0.name == FieldCleaning.master.clean(field) }
      }
      // `disk.sda.graph` may be a field's or a nested service's; the node knows.
      let isNested =
        override.field.map {
          override.service.utf8.count + 1 + $0.utf8.count == given.name.utf8.count
            && given.name == "\(override.service).\($0)"
        } ?? false
      if isNested || (override.service == given.name && override.field == nil) {
        graph[override.name] = override.value
      } else if override.service == given.name, let index = overridden ?? nil {
        graph.fields[index][override.name] = override.value
      }
    }
    graph.cleanReferences()
    let updateRate = given.updateRate ?? settings.updateRate
    let step = settings.graphDataSize.step(updateRate: updateRate)
    let archives = settings.graphDataSize.archives(step: step)
    // Twice the rate lets one poll fail, as munin's 600 s do at its 300.
    let freshness = 2 * max(updateRate, settings.updateRate)
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
    // What is stored follows what the plugin says; munin.conf changes drawing and judging only, as in munin.
    var findings: [String] = []
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
      let limits = FieldLimits(of: field)
      if let finding = limits.finding { findings.append("\(field.name): \(finding)") }
      return FieldRecord(
        name: field.name,
        label: graph.fields[index].label ?? field.name,
        path: path(field.name, field.type),
        formerPath: field["oldname"].map { path(FieldCleaning.master.clean($0), field.type) },
        spec: RRDSpec(
          type: field.type, step: step, min: limits.min, max: limits.max, archives: archives),
        rules: Rules(
          type: field.type, thresholds: thresholds.thresholds, freshness: freshness,
          possible: limits.bounds))
    }
    findings += GraphCommand.findings(of: graph) + BorrowedFields.findings(in: graph)
    self.graph = graph
    self.findings = findings
  }
}
