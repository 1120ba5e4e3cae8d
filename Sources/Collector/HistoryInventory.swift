internal import Inventory
internal import Ledger
internal import Limits
internal import MuninWire
internal import RRD
internal import Recording

/// What the ledger and munin.conf know of nodes, graphs and fields, to understand what a command means.
struct HistoryInventory: Sendable {
  /// The nodes of the ledger.
  let nodes: [String: NodeNumber]
  private let keys: [String: [SeriesKey]]
  private let types: [String: [FieldType]]
  private let configured: Set<String>

  /// - Parameter ledger: `nil` where there is none yet, in a folder of munin's.
  init(ledger: Ledger?, configured: [String]) async throws(LedgerError) {
    let contents =
      try await ledger?.read { transaction throws(LedgerError) in
        try InventoryTables.read(in: transaction)
      } ?? InventoryTables.Contents()
    var nodes: [String: NodeNumber] = [:]
    var keys: [String: [SeriesKey]] = [:]
    var types: [String: [FieldType]] = [:]
    for (number, path) in contents.nodes {
      nodes[path] = number
      keys[path] = (contents.series[number] ?? []).map(\.key)
      types[path] = (contents.series[number] ?? []).map(\.type)
    }
    self.nodes = nodes
    self.keys = keys
    self.types = types
    self.configured = Set(configured)
  }

  func series(of node: String) -> [SeriesKey] { keys[node] ?? [] }

  /// All nodes that anybody knows.
  var known: Set<String> { configured.union(nodes.keys) }

  /// The series of a node by the names of their files, below the folder of all files.
  func fileNames(of node: String) -> [String: (graph: String, field: String)] {
    let (groups, host) = HistoryFiles.parts(of: node)
    var names: [String: (graph: String, field: String)] = [:]
    for (key, type) in zip(keys[node] ?? [], types[node] ?? []) {
      let file = rrdFile(
        group: groups, host: host, service: key.graph, field: key.field, type: type)
      names[file] = (key.graph, key.field)
    }
    return names
  }

  func files(in directory: String) -> HistoryFiles {
    HistoryFiles(directory: directory, nodes: known)
  }

  /// What a word means.
  func target(_ text: String) throws(HistoryError) -> HistoryTarget {
    try HistoryTarget(
      text, isNode: isNode,
      isField: { path, graph, field in
        let keys = series(of: path)
        // Fields that the ledger does not have yet: a nested graph would have a name of its own.
        return keys.contains { $0.graph == graph && $0.field == field }
          || !keys.contains { $0.graph == "\(graph).\(field)" }
      })
  }

  /// What a new name means: the same as the old one.
  func target(_ text: String, like old: HistoryTarget) throws(HistoryError) -> HistoryTarget {
    let target = try HistoryTarget(
      text, isNode: { _ in old.scope != .group },
      isField: { _, _, _ in if case .field = old.scope { true } else { false } })
    switch (old.scope, target.scope) {
    case (.group, .group), (.node, .node): return target
    case (.graph, .graph), (.field, .field):
      guard target.path == old.path else {
        throw HistoryError("'\(text)': expected another name on the same node, \(old.path)")
      }
      return target
    default:
      throw HistoryError("'\(text)': expected a name like '\(old)'")
    }
  }

  /// Whoever has a host's section below it is a group; a path that nobody knows is a node where it has two parts.
  private func isNode(_ path: String) -> Bool {
    if known.contains(path) { return true }
    return path.utf8.contains(0x3B) && !known.contains { $0.hasPrefix(path + ";") }
  }

  /// The first of some nodes of which values wait in the journal.
  func journalled(_ paths: [String], in ledger: Ledger) async throws(LedgerError) -> String? {
    let numbers = paths.compactMap { path in nodes[path].map { (path, Int($0.raw)) } }
    return try await ledger.read { transaction throws(LedgerError) in
      for (path, number) in numbers {
        let rows = try transaction.query(
          "SELECT 1 FROM journal WHERE node = ? LIMIT 1", [.integer(number)])
        if !rows.isEmpty { return path }
      }
      return nil
    }
  }
}
