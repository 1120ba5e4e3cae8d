internal import Incidents
internal import Inventory
internal import Ledger
internal import Limits
internal import MuninWire
internal import Notify
internal import Recording
internal import Settings

/// What the ledger knows of one node, for ``WhyReport`` and ``NagiosReport``.
struct WhyFacts: Sendable {
  var node: NodeNumber?
  var seen: SeenTimes?
  var reach = Reachability()
  /// The graphs of the services that the node lists, with the service of each.
  var graphs: [(graph: Graph, service: String)] = []
  /// Services that the node no longer lists, and since when.
  var goneServices: [(name: String, gone: Int)] = []
  /// Services that are listed and of which no config is known.
  var silentServices: [String] = []
  /// Services that brought no values in the last polls, and why.
  var faults: [String: FaultStanding] = [:]
  var services: [String: SeenTimes] = [:]
  var series: [SeriesKey: Series] = [:]
  /// Values that wait in the journal, the newest of each series.
  var waiting: [SeriesNumber: SeriesValue] = [:]
  /// The values before those.
  var waitingBefore: [SeriesNumber: SeriesValue] = [:]
  /// When the oldest of all values came that wait in the journal.
  var waitingSince: Int?
  /// The open incidents of the node, those of several nodes among them, and all silences.
  var incidents: [Incident] = []
  var silences: [Silence] = []
  /// The graphs of services that the node no longer lists: their files stay.
  var goneGraphs: [(graph: Graph, service: String)] = []
  /// Messages about the node that wait or were given up.
  var outbox: [OutboxEntry] = []

  /// What is known of a field.
  struct Series: Sendable {
    let number: SeriesNumber
    let seen: SeenTimes
    let state: StoredState?
    let lastChange: LevelHistory.Entry?
  }

  init() {}

  /// - Parameter alias: how messages name the node, where that is not its name.
  init(
    of path: String, alias: String? = nil, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    self = try WhyFacts.of([path], in: transaction)[path] ?? WhyFacts()
    outbox = try WhyFacts.outbox(of: path, alias, in: transaction)
  }

  /// The facts of several nodes, by their paths, without messages.
  static func of(
    _ paths: [String], in transaction: borrowing Transaction
  ) throws(LedgerError) -> [String: WhyFacts] {
    let inventory = try InventoryTables.read(in: transaction)
    let alerts = try AlertContents.read(at: 0, in: transaction)
    let numbers = Dictionary(
      inventory.nodes.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
    var facts: [String: WhyFacts] = [:]
    for path in paths {
      guard let node = numbers[path] else { continue }
      facts[path] = try WhyFacts(of: node, inventory, alerts, in: transaction)
    }
    return facts
  }

  private init(
    of node: NodeNumber, _ inventory: InventoryTables.Contents,
    _ alerts: AlertContents,
    in transaction: borrowing Transaction
  ) throws(LedgerError) {
    self.node = node
    silences = alerts.silences
    incidents = alerts.incidents.filter { incident in
      incident.place.node == node || incident.parts.contains { $0.isBad && $0.node == node }
    }.sorted { $0.number < $1.number }
    seen = try SeenTimes.ofNode(node, in: transaction)
    reach = alerts.standings[node].map { Reachability($0) } ?? Reachability()
    for (place, fault) in alerts.faults where place.node == node { faults[place.service] = fault }
    for service in inventory.services[node] ?? [] {
      services[service.name] = try SeenTimes.ofService(service.name, of: node, in: transaction)
      if let gone = service.gone {
        goneServices.append((service.name, gone))
        guard let config = service.layout.flatMap({ inventory.layouts[$0]?.config }) else {
          continue
        }
        goneGraphs += ConfigAnswer(config.span, service: service.name).graphs.map {
          ($0, service.name)
        }
        continue
      }
      guard let number = service.layout, let layout = inventory.layouts[number] else {
        silentServices.append(service.name)
        continue
      }
      let config = layout.config
      for graph in ConfigAnswer(config.span, service: service.name).graphs
      where !graphs.contains(where: { $0.graph.name == graph.name }) {
        graphs.append((graph, service.name))
      }
    }
    for one in inventory.series[node] ?? [] {
      series[one.key] = Series(
        number: one.number, seen: try SeenTimes.ofSeries(one.number, in: transaction),
        state: alerts.states[one.number],
        lastChange: try LevelHistory.last(of: one.number, in: transaction))
    }
    for row in try JournalTable.rows(of: node, in: transaction) {
      for value in row.values {
        waitingSince = min(waitingSince ?? value.time, value.time)
        guard value.time >= waiting[value.series]?.time ?? .min else { continue }
        if let old = waiting[value.series], old.time < value.time {
          waitingBefore[value.series] = old
        }
        waiting[value.series] = value
      }
    }
  }

  /// The judged fields that their plugin no longer describes, and what is known of them.
  var goneFields: [(key: SeriesKey, known: Series, since: Int)] {
    let described = Set(
      (graphs + unlistedGraphs).flatMap { graph, _ in
        graph.fields.map { SeriesKey(graph: graph.name, field: $0.name) }
      })
    return series.compactMap { key, known -> (SeriesKey, Series, Int)? in
      guard let gone = known.seen.gone, !described.contains(key), let state = known.state,
        state.level != .ok || state.missed > 0
      else { return nil }
      return (key, known, gone)
    }.sorted { ($0.0.graph, $0.0.field) < ($1.0.graph, $1.0.field) }
  }

  /// What a listed service has answered in place of values in two polls and more; `nil` where it brings values.
  func failure(of service: String) -> FaultStanding? {
    faults[service].flatMap { $0.count > 1 && !$0.isGone ? $0 : nil }
  }

  /// The graphs of services that the node no longer lists, those apart that another service brings.
  var unlistedGraphs: [(graph: Graph, service: String)] {
    goneGraphs.filter { gone in !graphs.contains { $0.graph.name == gone.graph.name } }
  }

  /// Since when the node has not listed a service, in seconds since 1970; `nil` for one that it lists.
  func unlistedSince(_ service: String) -> Int? {
    if let fault = faults[service], fault.isGone { return fault.since }
    return goneServices.first { $0.name == service }?.gone
  }

  /// Of a notification the facts name the node; of other messages the picture, or the subject.
  private static func outbox(
    of path: String, _ alias: String?, in transaction: borrowing Transaction
  ) throws(LedgerError) -> [OutboxEntry] {
    let host = alias ?? path.split(separator: ";").last.map(String.init) ?? path
    let rows = try transaction.query("SELECT id, subject, picture_node, notification FROM outbox")
    var ids: Set<String> = []
    for row in rows {
      guard let id = row[0].text else { continue }
      if let number = row[3].integer,
        let notification = try AlertTables.notification(number, in: transaction)
      {
        if notification.lines.contains(where: { $0.isAbout(path, host) }) { ids.insert(id) }
        continue
      }
      let subject = row[1].text ?? ""
      let isAbout =
        row[2].text.map { $0 == path }
        ?? (subject.contains(" \(host): ") || subject.contains(" \(host) "))
      if isAbout { ids.insert(id) }
    }
    return try Outbox.entries(in: transaction).filter { ids.contains($0.id) }
  }
}

extension NotificationLine {
  /// - Parameter host: how messages name the node.
  fileprivate func isAbout(_ path: String, _ host: String) -> Bool {
    if place == .site { return members.contains(host) }
    return (groups + [name ?? self.host]).joined(separator: ";") == path
  }
}
