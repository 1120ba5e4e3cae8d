internal import EventLoop
internal import Inventory
internal import Limits
internal import MuninWire
internal import Settings

/// The graphs of a node that are made of fields of other graphs, by name.
struct VirtualGraphs {
  var records: [String: VirtualGraphRecord] = [:]
  /// Whether the descriptions have changed since they were made.
  var isOutOfDate = true

  /// Whether another config of a service may change them: a new graph may be one that munin.conf adds borrowed fields to.
  func concerns(_ config: ServiceConfig, _ old: ServiceConfig?) -> Bool {
    config.borrows || old?.borrows ?? false || !records.isEmpty
  }
}

extension NodeRecord {
  /// The graphs with fields that are made of fields of other graphs.
  func virtualGraphs() -> [String: VirtualGraphRecord] {
    guard virtual.isOutOfDate else { return virtual.records }
    virtual.isOutOfDate = false
    let overrides = settings.overrides(for: host)
    var names = VirtualGraph.names(on: host, in: overrides)
    for config in configs.values where config.borrows {
      names += config.graphs.filter(VirtualGraph.isNeeded).map(\.name)
    }
    let old = virtual.records
    virtual.records = [:]
    for name in names where virtual.records[name] == nil {
      let graph = graphs[name]
      let drawn = graph.map(drawn) ?? Graph(name: name)
      let own = Set(
        drawn.fields.filter { $0["sum"] == nil && $0["stack"] == nil }.map(\.name))
      let made = VirtualGraph(drawn, own: own, on: host, in: settings, overrides)
      guard !made.fields.isEmpty || !made.findings.isEmpty else { continue }
      let record = VirtualGraphRecord(made, host: host, settings: settings)
      record.attach(series, replacing: old[name], &news)
      virtual.records[name] = record
    }
    for record in old.values { record.detach(series, &news) }
    return virtual.records
  }

  /// The description of a graph, munin.conf's words and borrowed fields included.
  func description(of name: String) -> Graph? {
    virtualGraphs()[name]?.virtual.graph ?? graphs[name].map(drawn)
  }

  /// The names of all graphs, in byte order.
  var graphNames: [String] {
    Set(graphs.keys).union(virtualGraphs().keys)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
