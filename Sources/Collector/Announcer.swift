internal import EventLoop
internal import Limits
internal import Logbook
internal import Notify
internal import MuninWire
internal import RRD
internal import Settings
internal import Text

/// Turns what changed in a poll into messages, rows of the ledger and lines of the log.
@LoopActor
struct Announcer {
  let alerts: Alerts
  let grapher: RRDGrapher
  let log: Logbook

  /// A node became unreachable, or reachable again.
  func announce(
    _ change: NodeHealth.Change, of node: NodeRecord, now: Int, in batch: inout Store.Batch
  ) {
    let isEnd = if case .found = change { true } else { false }
    let incident = (isEnd ? node.health.incident : nil) ?? OutgoingMail.makeID(created: now)
    batch.mails += alerts.messages(about: change, of: node.host, incident: incident, now: now)
    node.setIncident(isEnd ? nil : incident)
  }

  /// Fields changed their levels: one message for each graph and contact. Contacts that want to hear every time do so here too.
  /// - Parameter changes: by the graphs' names.
  func announce(
    _ changes: [String: [FieldChange]], of node: NodeRecord, now: Int,
    in batch: inout Store.Batch
  ) async {
    for name in node.graphs.keys.sorted() {
      guard let graph = node.graphs[name], graph.isJudged else { continue }
      let news = changes[name] ?? []
      let text = self.text(about: graph, of: node, news)
      guard !news.isEmpty || alerts.isAnyRepeat(of: text, on: node.host) else { continue }
      // One picture for all contacts; a message goes out without one rather than not at all.
      let picture = try? await grapher.picture(
        of: graph.graph, GraphRequest(period: .day, now: now), path: graph.paths)
      let incident = graph.incident ?? OutgoingMail.makeID(created: now)
      batch.mails += alerts.messages(
        about: text, of: node.host, incident: incident, isFirst: graph.incident == nil,
        now: now,
        pictures: picture.map { [MailPicture(name: "\(node.host.name)-\(name).png", png: $0.png)] }
          ?? [])
      graph.incident = text.worst == .ok ? nil : incident
      record(news, of: graph, node, in: &batch)
    }
  }

  private func record(
    _ news: [FieldChange], of graph: GraphRecord, _ node: NodeRecord, in batch: inout Store.Batch
  ) {
    guard !news.isEmpty else { return }
    let name = graph.graph.name
    for field in news {
      batch.changes.append((StateKey(graph: name, field: field.field), field.change))
      log.note(
        "\(node.path):\(name).\(field.field): \(field.change.from) -> \(field.change.to)"
          + (field.change.value.map { ", value \(Amount.text($0))" } ?? ""))
    }
    for field in graph.fields where !field.rules.thresholds.isEmpty {
      batch.states.append(
        (
          StateKey(graph: name, field: field.name),
          StoredState(state: field.state, incident: graph.incident)
        ))
    }
  }

  private func text(
    about graph: GraphRecord, of node: NodeRecord, _ news: [FieldChange]
  ) -> AlertText {
    let lines = graph.fields.filter { !$0.rules.thresholds.isEmpty }.map { field in
      AlertText.Line(
        name: field.name, label: field.label, level: field.state.level, value: field.state.value,
        thresholds: field.rules.thresholds, since: field.state.since, extinfo: field.extinfo,
        change: news.last { $0.field == field.name }?.change)
    }
    return AlertText(
      groups: node.host.groups, host: node.host.notifyAlias ?? node.host.name, graph: graph.graph,
      lines: lines, page: alerts.page(of: node.host, graph: graph.graph.name))
  }
}
