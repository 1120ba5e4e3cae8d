internal import EventLoop
internal import Incidents
internal import Inventory
internal import Limits
internal import Logbook
internal import MuninWire
internal import Notify
internal import Settings
internal import Text

/// Turns what changed in a poll into messages, rows of the ledger and lines of the log.
@LoopActor
struct Announcer {
  let alerts: Alerts
  let book: NumberBook
  let log: Logbook

  /// What a poll has for people and for the ledger.
  struct Announcement {
    var rows: IncidentRows
    var mails: [OutgoingMail] = []
  }

  /// The incident of a node itself, beside those of its graphs.
  private static let nodeItself = 0

  /// A node became unreachable, or reachable again.
  func announce(
    _ change: Reachability.Change, of node: NodeRecord, now: Int, _ incidents: inout IncidentBook,
    in announcement: inout Announcement
  ) {
    let isEnd = if case .found = change { true } else { false }
    let open = incidents.thread(of: Announcer.nodeItself, on: node.number)
    let incident = (isEnd ? open : nil) ?? OutgoingMail.makeID(created: now)
    announcement.mails += alerts.messages(
      about: change, of: node.host, incident: incident, now: now)
    set(isEnd ? nil : incident, of: Announcer.nodeItself, on: node, &incidents, in: &announcement)
  }

  /// Fields changed their levels: one message for each graph and contact. Contacts that want to hear every time do so here too.
  func announce(
    _ changes: [SeriesNumber: [Change]], of node: NodeRecord, _ judge: Judge, now: Int,
    _ incidents: inout IncidentBook, in announcement: inout Announcement
  ) {
    // The usual case, in each poll of a sound node.
    if changes.isEmpty, !alerts.mayRepeat, !incidents.hasOpen(on: node.number) { return }
    for name in node.graphNames {
      let number = book.name(name)
      let open = incidents.thread(of: number, on: node.number)
      let fields = node.judgedFields(of: name)
      guard !fields.isEmpty || open != nil else { continue }
      let hasNews = !changes.isEmpty && fields.contains { changes[$0.series] != nil }
      if !hasNews {
        // The field that caused it, or its thresholds, are gone: the next incident has mails of its own.
        if open != nil, fields.allSatisfy({ judge[$0.series].level == .ok }) {
          set(nil, of: number, on: node, &incidents, in: &announcement)
          continue
        }
        guard !fields.isEmpty, alerts.mayRepeat(graph: name, on: node.host) else { continue }
      }
      guard let graph = node.description(of: name) else { continue }
      let text = self.text(about: graph, fields, of: node, changes, judge)
      guard hasNews || alerts.isAnyRepeat(of: text, on: node.host) else { continue }
      let incident = open ?? OutgoingMail.makeID(created: now)
      announcement.mails += alerts.messages(
        about: text, of: node.host, incident: incident, isFirst: open == nil, now: now,
        drawing: PictureOrder(
          node: node.path, graph: name, name: "\(node.host.name)-\(name).png"))
      set(text.worst == .ok ? nil : incident, of: number, on: node, &incidents, in: &announcement)
      if hasNews { record(changes, of: name, fields, node, judge, in: &announcement) }
    }
  }

  private func set(
    _ thread: String?, of graph: Int, on node: NodeRecord, _ incidents: inout IncidentBook,
    in announcement: inout Announcement
  ) {
    if incidents.set(thread, of: graph, on: node.number) {
      announcement.rows.incidents.append((graph, thread))
    }
  }

  private func record(
    _ changes: [SeriesNumber: [Change]], of graph: String, _ fields: [NodeRecord.JudgedField],
    _ node: NodeRecord, _ judge: Judge, in announcement: inout Announcement
  ) {
    for field in fields {
      for change in changes[field.series] ?? [] {
        announcement.rows.changes.append(LevelChange(series: field.series, change: change))
        log.note(
          "\(node.path):\(graph).\(field.name): \(change.from) -> \(change.to)"
            + (change.value.map { ", value \(Amount.text($0))" } ?? ""))
      }
      announcement.rows.states.append((field.series, judge[field.series]))
    }
  }

  private func text(
    about graph: Graph, _ fields: [NodeRecord.JudgedField], of node: NodeRecord,
    _ changes: [SeriesNumber: [Change]], _ judge: Judge
  ) -> AlertText {
    let lines = fields.map { field in
      let state = judge[field.series]
      return AlertText.Line(
        name: field.name, label: field.label ?? graph.field(field.name)?.label ?? field.name,
        level: state.level, value: state.value,
        thresholds: field.thresholds, since: state.since, extinfo: field.extinfo,
        details: field.details, change: changes[field.series]?.last)
    }
    return AlertText(
      groups: node.host.groups, host: node.host.notifyAlias ?? node.host.name, graph: graph,
      lines: lines, page: alerts.page(of: node.host, graph: graph.name))
  }
}
