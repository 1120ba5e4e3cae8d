internal import Incidents
internal import Inventory
internal import Limits
internal import MuninWire

/// A judged field that a service no longer describes although it answers: a disk that was unplugged, for example. It is judged as a
/// field whose value is unknown, until it is described again.
struct GoneField {
  /// How long a field must have been judged, in seconds, before its absence is a trouble: sessions, containers and snapshots come and go.
  static let leastAge = 86_400
  /// The most of one node: one whose fields have other names each day must not fill the memory.
  static let mostOfNode = 1000
  /// What a message says of it.
  static let words = "the plugin no longer describes it"

  let series: SeriesNumber
  let service: String
  /// As the last description had it that held the field.
  let graph: Graph
  let field: String
  /// When its service described it no longer, in seconds since 1970.
  let since: Int
  /// What messages say of it.
  let facts: SeriesFacts

  /// - Parameter rules: as the field was judged by.
  init(
    _ series: SeriesNumber, _ former: DescriptionNews.FormerField, of node: NodeRecord,
    rules: SeriesRules?, since: Int
  ) {
    self.series = series
    self.since = since
    service = former.service
    graph = former.graph
    field = former.field
    var facts = SeriesFacts(
      series, former.graph, former.field, of: node, service: former.service, extinfo: nil,
      repeats: rules?.repeats)
    facts.isGone = true
    facts.details = [GoneField.words]
    self.facts = facts
  }
}

extension Collector {
  /// Whether a judged field that is no longer described is a trouble from now on, and not something that is over.
  func keepsJudging(
    _ series: SeriesNumber, _ former: DescriptionNews.FormerField?, of node: NodeRecord, at now: Int
  ) -> Bool {
    guard let former, node.goneFields.count < GoneField.mostOfNode,
      node.configs[former.service] != nil,
      // A graph that another service brings now is that one's matter.
      node.graphs[former.graph.name].map({ $0.service == former.service }) ?? true,
      let since = alerts.judge.stored(series).knownSince, now - since >= GoneField.leastAge
    else { return false }
    node.goneFields[series] = GoneField(
      series, former, of: node, rules: alerts.judge.rules(of: series), since: now)
    return true
  }

  /// Goes on with the fields that a former run found gone: the ledger has how often they were missing. Their names are known, their
  /// limits are not: they are not needed until the field is described again.
  func restoreGoneFields(of node: NodeRecord, at now: Int) -> AlertUpdate? {
    var rules: [(series: SeriesNumber, rules: SeriesRules?)] = []
    for (key, (series, gone)) in node.series.undescribed where node.goneFields[series] == nil {
      let stored = alerts.judge.stored(series)
      guard stored.missed > 0 || stored.level == .unknown,
        let since = stored.knownSince, now - since >= GoneField.leastAge,
        alerts.judge.rules(of: series) == nil, rules.count < GoneField.mostOfNode,
        let graph = node.outerGraph(of: key.graph)
      else { continue }
      let limit = facts.service(node.number, graph.service)?.unknownLimit
      let restored = SeriesRules(unknownLimit: limit.map { UnknownLimit($0) } ?? .standard)
      var drawn = node.drawn(graph)
      if graph.name != key.graph {
        drawn = Graph(name: key.graph, attributes: drawn.attributes, fields: [])
      }
      let former = DescriptionNews.FormerField(
        service: graph.service, graph: drawn, field: key.field)
      node.goneFields[series] = GoneField(
        series, former, of: node, rules: restored, since: gone ?? stored.badSince ?? now)
      judgedPlaces[series] = (node.number, key.graph)
      rules.append((series, restored))
    }
    return rules.isEmpty ? nil : alerts.set(rules, at: now, facts: facts)
  }

  /// Fields that were gone and are described again without limits are no longer watched. Those with limits are judged by their values.
  func takeReturnedFields(of node: NodeRecord, now: Int) -> AlertUpdate? {
    guard !node.goneFields.isEmpty else { return nil }
    let returned = node.goneFields.values.filter {
      node.graphs[$0.graph.name]?.place(of: $0.series) != nil
    }.map(\.series).sorted()
    guard !returned.isEmpty else { return nil }
    for series in returned {
      node.goneFields[series] = nil
      judgedPlaces[series] = nil
    }
    return alerts.remove(nil, series: returned, at: now, facts: facts)
  }
}

extension NodeRecord {
  /// The gone fields as pages show them, by the graphs that they are shown with: their own, or the nearest one that is described.
  func goneViews(_ judge: SeriesJudge) -> [String: [FieldView]] {
    var views: [String: [FieldView]] = [:]
    for gone in goneFields.values.sorted(by: { $0.series < $1.series }) {
      let name = gone.graph.name
      guard
        let shown = outerGraph(of: name)?.name
          ?? graphs.values.filter({ $0.service == gone.service }).map(\.name).min()
      else { continue }
      let state = judge.stored(gone.series)
      let rules = judge.rules(of: gone.series)
      var view = FieldView(
        name: shown == name ? gone.field : "\(name).\(gone.field)", label: gone.facts.label,
        path: "", level: max(state.level, .unknown),
        since: state.level == .ok ? gone.since : state.since,
        warning: rules?.warning?.range.inNumbers, critical: rules?.critical?.range.inNumbers)
      (view.fault, view.faultSince) = (GoneField.words, gone.since)
      views[shown, default: []].append(view)
    }
    return views
  }

  /// The graph itself, or the nearest one that a nested graph was part of.
  fileprivate func outerGraph(of name: String) -> GraphRecord? {
    var name = name[...]
    while true {
      if let graph = graphs[String(name)] { return graph }
      guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
      name = name[..<dot]
    }
  }

  /// The series of gone fields.
  /// - Parameter services: those that have answered a poll, or are not listed.
  func goneSeries(of services: Set<String>) -> [SeriesNumber] {
    goneFields.values.filter { services.contains($0.service) }.map(\.series).sorted()
  }
}
