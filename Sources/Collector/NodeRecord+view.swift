internal import EventLoop
internal import Incidents
internal import Limits
internal import MuninWire
internal import Settings

extension NodeRecord {
  /// The node as pages show it.
  func view(_ reach: Reachability, _ judge: Judge, at now: Int) -> NodeView {
    NodeView(
      groups: host.groups, name: host.name, address: host.endpoint.map { "\($0)" } ?? host.address,
      isPolled: host.update, lastAnswer: reach.lastAnswer, duration: duration,
      trouble: reach.trouble, troubleSince: reach.troubleSince,
      findings: BorrowedFields.of(host, in: settings).map(\.description),
      graphs: graphs.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map {
        graphs[$0]!.view(judge, at: now)
      })
  }
}

extension GraphRecord {
  /// The graph as pages show it.
  func view(_ judge: Judge, at now: Int) -> GraphView {
    GraphView(
      graph: graph, updated: updated, findings: findings,
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
