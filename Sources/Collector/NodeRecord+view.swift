internal import EventLoop
internal import Limits
internal import MuninWire
internal import Settings

extension NodeRecord {
  /// The node as pages show it.
  func view(at now: Int) -> NodeView {
    NodeView(
      groups: host.groups, name: host.name, address: host.endpoint.map { "\($0)" } ?? host.address,
      isPolled: host.update, lastAnswer: health.lastAnswer, duration: duration,
      trouble: health.trouble, troubleSince: health.troubleSince,
      findings: BorrowedFields.of(host, in: settings).map(\.description),
      graphs: graphs.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map {
        graphs[$0]!.view(at: now)
      })
  }
}

extension GraphRecord {
  /// The graph as pages show it.
  func view(at now: Int) -> GraphView {
    GraphView(
      graph: graph, updated: updated, findings: findings,
      fields: fields.map { field in
        FieldView(
          name: field.name, label: field.label, path: field.path, value: field.value(at: now),
          level: field.level, since: field.state.since,
          warning: field.rules.thresholds.warning.map(\.description),
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
