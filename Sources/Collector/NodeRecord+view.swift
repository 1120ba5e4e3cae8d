internal import EventLoop
internal import Incidents
internal import Limits
internal import MuninWire
internal import Settings

extension NodeRecord {
  /// The node as pages show it.
  func view(_ reach: Reachability, _ judge: Judge, at now: Int) -> NodeView {
    var node = base(reach)
    for service in configs.keys {
      for graph in drawn(service) {
        guard let record = graphs[graph.name], record.service == service else { continue }
        node.graphs.append(record.view(graph, judge, at: now))
      }
    }
    node.graphs.sort { $0.graph.name.utf8.lexicographicallyPrecedes($1.graph.name.utf8) }
    return node
  }

  /// The node without its graphs.
  private func base(_ reach: Reachability) -> NodeView {
    NodeView(
      groups: host.groups, name: host.name, address: host.endpoint.map { "\($0)" } ?? host.address,
      isPolled: host.update, lastAnswer: reach.lastAnswer, duration: duration,
      trouble: reach.trouble, troubleSince: reach.troubleSince, findings: settingsFindings)
  }
}

extension GraphRecord {
  /// The graph as pages show it.
  func view(_ graph: Graph, _ judge: Judge, at now: Int) -> GraphView {
    GraphView(
      graph: graph, updated: updated, findings: hasFindings ? findings : [],
      fields: fields.map { field in
        let state = field.isJudged ? judge[field.series] : nil
        return FieldView(
          name: field.name, label: field.label, path: field.path,
          value: field.value(at: now, judged: state), level: state?.level ?? .ok,
          since: state?.since, warning: field.rules.thresholds.warning.map(\.description),
          critical: field.rules.thresholds.critical.map(\.description), extinfo: field.extinfo)
      })
  }

  /// The files of the fields, for drawing.
  var paths: @Sendable (Field) -> String? {
    let paths = Dictionary(
      fields.map { ($0.name, $0.path) }, uniquingKeysWith: { first, _ in first })
    return { paths[$0.name] }
  }
}
