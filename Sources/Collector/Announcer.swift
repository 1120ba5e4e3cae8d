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
    for name in node.graphs.keys.sorted() {
      guard let graph = node.graphs[name] else { continue }
      let number = book.name(name)
      let open = incidents.thread(of: number, on: node.number)
      guard graph.isJudged || open != nil else { continue }
      let hasNews = !changes.isEmpty && graph.isConcerned(by: changes)
      if !hasNews {
        // The field that caused it, or its thresholds, are gone: the next incident has mails of its own.
        if open != nil, graph.level(by: judge) == .ok {
          set(nil, of: number, on: node, &incidents, in: &announcement)
          continue
        }
        guard graph.isJudged, alerts.mayRepeat(graph: name, on: node.host) else { continue }
      }
      let text = self.text(about: graph, of: node, changes, judge)
      guard hasNews || alerts.isAnyRepeat(of: text, on: node.host) else { continue }
      let incident = open ?? OutgoingMail.makeID(created: now)
      announcement.mails += alerts.messages(
        about: text, of: node.host, incident: incident, isFirst: open == nil, now: now,
        drawing: PictureOrder(
          node: node.path, graph: name, name: "\(node.host.name)-\(name).png"))
      set(text.worst == .ok ? nil : incident, of: number, on: node, &incidents, in: &announcement)
      if hasNews { record(changes, of: graph, node, judge, in: &announcement) }
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
    _ changes: [SeriesNumber: [Change]], of graph: GraphRecord, _ node: NodeRecord, _ judge: Judge,
    in announcement: inout Announcement
  ) {
    for field in graph.fields where field.isJudged {
      for change in changes[field.series] ?? [] {
        announcement.rows.changes.append(LevelChange(series: field.series, change: change))
        log.note(
          "\(node.path):\(graph.name).\(field.name): \(change.from) -> \(change.to)"
            + (change.value.map { ", value \(Amount.text($0))" } ?? ""))
      }
      announcement.rows.states.append((field.series, judge[field.series]))
    }
  }

  private func text(
    about graph: GraphRecord, of node: NodeRecord, _ changes: [SeriesNumber: [Change]],
    _ judge: Judge
  ) -> AlertText {
    let lines = graph.fields.filter(\.isJudged).map { field in
      let state = judge[field.series]
      return AlertText.Line(
        name: field.name, label: field.label, level: state.level, value: state.value,
        thresholds: field.rules.thresholds, since: state.since, extinfo: field.extinfo,
        change: changes[field.series]?.last)
    }
    return AlertText(
      groups: node.host.groups, host: node.host.notifyAlias ?? node.host.name,
      graph: node.drawn(graph),
      lines: lines, page: alerts.page(of: node.host, graph: graph.name))
  }
}
