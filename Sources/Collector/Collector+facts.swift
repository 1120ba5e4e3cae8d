internal import EventLoop
internal import Incidents
internal import Inventory
internal import Limits
internal import MuninWire
internal import Settings
internal import Text

/// What the alerts ask of the nodes and the settings.
extension Collector {
  var facts: AlertFacts {
    AlertFacts(
      node: { self.nodesByNumber[$0].map(self.nodeFacts) },
      service: { number, service in
        self.nodesByNumber[number].map { self.serviceFacts(service, of: $0) }
      },
      series: { self.seriesFacts($0) }, ownRepeats: directory.settings.ownRepeats)
  }

  private func nodeFacts(_ node: NodeRecord) -> NodeFacts {
    var facts = directory.node(
      node.host, parent: node.host.parent.flatMap { nodeIndex[$0]?.number },
      services: node.configs.keys.filter(node.isOffered).sorted())
    // A service may have a faster rate than its node.
    facts.period = node.period
    return facts
  }

  private func serviceFacts(_ service: String, of node: NodeRecord) -> ServiceFacts {
    directory.service(service, of: node.host, isJudged: node.isJudged(service))
  }

  private func seriesFacts(_ series: SeriesNumber) -> SeriesFacts? {
    guard let owner = judgedPlaces[series], let node = nodesByNumber[owner.node] else { return nil }
    if let graph = node.graphs[owner.graph], let place = graph.place(of: series) {
      let drawn = node.drawn(graph)
      let field = graph.fields[place]
      return SeriesFacts(
        series, drawn, field.name, of: node, service: graph.service, extinfo: field.extinfo,
        repeats: field.rules?.repeats)
    }
    if let gone = node.goneFields[series] { return gone.facts }
    guard let virtual = node.virtualGraphs()[owner.graph],
      let entry = virtual.entries.first(where: { $0.series == series })
    else { return nil }
    var facts = SeriesFacts(
      series, virtual.virtual.graph, entry.field.name, of: node, service: owner.graph,
      extinfo: nil, repeats: entry.rules?.repeats)
    facts.label = entry.label
    facts.details = entry.details
    return facts
  }

  /// The newest value of another field that the limits of a series are a share of, see ``Limits/SeriesJudge``.
  func value(of field: Int, besides series: SeriesNumber, at now: Int) -> Double? {
    guard let owner = judgedPlaces[series], let node = nodesByNumber[owner.node],
      let graph = node.graphs[owner.graph]
    else { return nil }
    let count = graph.form.fields.count
    if field < count { return graph.value(of: field, at: now) }
    guard field - count < graph.form.others.count else { return nil }
    let name = graph.form.others[field - count]
    // The last dot is that before the field: graphs may be nested.
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")),
      let other = node.graphs[String(name[..<dot])]
    else { return nil }
    return other.field(String(name[name.utf8.index(after: dot)...]))?.value(at: now, judged: nil)
  }
}

extension SeriesFacts {
  init(
    _ series: SeriesNumber, _ graph: Graph, _ name: String, of node: NodeRecord, service: String,
    extinfo: String?, repeats: Int?
  ) {
    let field = graph.field(name)
    self.init(
      node: node.number, service: service, graph: graph.name, title: graph.title,
      graphInfo: graph.info, field: name, label: field?.label, info: field?["info"],
      extinfo: extinfo, unit: graph.vlabel, base: GraphFacts.base(graph.args),
      isScaled: graph.scale,
      repeats: repeats)
  }
}

extension AlertDirectory {
  /// - Parameter settings: a zone of theirs that cannot be read is a finding of ``AlertSettingsCheck``.
  init(_ settings: MasterSettings) {
    self.init(settings, machineZone: TimeZones.local) { try? TimeZones.zone($0.text) }
  }
}
