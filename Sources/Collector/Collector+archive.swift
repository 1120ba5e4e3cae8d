internal import EventLoop
internal import Inventory
internal import Ledger
internal import MuninWire
internal import RRD
internal import Recording
internal import Settings

/// What was seen before and is not any more: it stays in the ledger, and its history can be drawn.
extension Collector {
  /// What the ledger knows of a node, whether munin.conf names it or not; nil for one that was never polled.
  /// - Parameter path: `group;host`.
  public func archive(of path: String) async -> NodeArchive? {
    let history = try? await ledger.read { transaction throws(LedgerError) in
      try InventoryTables.history(of: path, in: transaction)
    }
    guard let history = history.flatMap({ $0 }) else { return nil }
    let node = nodeIndex[path]
    let names = path.split(separator: ";").map(String.init)
    let host = node?.host ?? HostSettings(groups: names.dropLast(), name: names.last ?? "")
    let start = host.fileStart(in: settings.databaseDirectory)
    var archive = NodeArchive(
      firstSeen: history.firstSeen, firstSeenGraphs: history.graphs, gone: [])
    var seen = Set(
      node?.graphs.lazy.filter { node?.isOffered($1.service) == true }.map(\.key) ?? [])
    if let node { seen.formUnion(node.virtual.records.keys) }
    for service in history.services where node?.isOffered(service.name) != true {
      for given in ConfigAnswer(service.config.span, service: service.name).graphs
      where seen.insert(given.name).inserted {
        let layout = GraphLayout(given, host: host, settings: settings)
        var view = GraphView(
          graph: layout.graph,
          fields: layout.fields.map { field in
            FieldView(
              name: field.name, label: layout.graph.field(field.name)?.label ?? field.name,
              path: start + field.file.ending)
          })
        view.isGone = true
        view.gone = service.gone
        archive.gone.append(view)
      }
    }
    archive.gone.sort { $0.graph.name.utf8.lexicographicallyPrecedes($1.graph.name.utf8) }
    if node == nil { archive.lastValue = await newestValue(in: archive.gone) }
    return archive
  }

  /// The time of the newest value in the files of some graphs.
  private func newestValue(in graphs: [GraphView]) async -> Int? {
    var newest: Int?
    // All files of a node end at about the same time: a thousand of them tell enough.
    for field in graphs.lazy.flatMap(\.fields).prefix(1000) {
      // A file that is not there, or damaged, tells nothing.
      guard let time = try? await writer.lastUpdate(field.path) else { continue }
      newest = max(newest ?? time, time)
    }
    return newest
  }

  /// The nodes that munin.conf does not name any more.
  public func formerNodes() async -> [FormerNode] {
    let all = try? await ledger.read { transaction throws(LedgerError) in
      try InventoryTables.nodes(in: transaction)
    }
    let known = nodeIndex
    return (all ?? []).compactMap { path, firstSeen in
      let names = path.split(separator: ";").map(String.init)
      guard known[path] == nil, let name = names.last else { return nil }
      return FormerNode(groups: names.dropLast(), name: name, firstSeen: firstSeen)
    }
  }
}
