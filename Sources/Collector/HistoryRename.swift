internal import Glibc
internal import Incidents
internal import Inventory
public import Ledger
internal import Limits
public import Recording

/// Another name for a group, a node, a graph or a field: its files are renamed, and the ledger follows, so that history, states
/// and open incidents go on.
///
/// All or nothing: the list of files is in the ledger before the first one is renamed, and the names in the ledger change
/// together with the end of that list. What a killed process began is finished, or given up, at the next start: ``HistoryWork``.
public struct HistoryRename: Sendable {
  public let intent: HistoryTables.Intent
  /// Nodes, by their old and new paths.
  public let nodes: [(old: String, new: String)]
  /// How many series of the ledger go on.
  public let series: Int

  public var old: HistoryTarget { intent.old }
  public var new: HistoryTarget { intent.new }

  /// Finds out what a rename would do, and changes nothing.
  /// - Parameters:
  ///   - configured: the nodes of munin.conf.
  ///   - directory: the folder of all files.
  /// - Throws: ``HistoryError`` where it cannot be done.
  public static func plan(
    _ old: String, _ new: String, ledger: Ledger, configured: [String], directory: String
  ) async throws -> HistoryRename {
    let inventory = try await HistoryInventory(ledger: ledger, configured: configured)
    let source = try inventory.target(old)
    let target = try inventory.target(new, like: source)
    guard source != target else { throw HistoryError("'\(old)' and '\(new)' are the same") }
    let known = inventory.files(in: directory)
    let files = known.files(of: source).map {
      HistoryTables.Pair(old: $0, new: HistoryFiles.renamed($0, from: source, to: target))
    }
    let nodes = inventory.nodes.keys.filter { source.contains(node: $0) }.sorted()
    let series = nodes.reduce(0) { sum, node in
      sum + inventory.series(of: node).count { source.contains(graph: $0.graph, field: $0.field) }
    }
    guard !files.isEmpty || series > 0 || (!nodes.isEmpty && source.isPath) else {
      throw HistoryError("no history of \(source) in \(directory)")
    }
    let moved = Set(files.map(\.old))
    let taken =
      files.map(\.new).first { access("\(directory)/\($0)", F_OK) == 0 }
      ?? known.files(of: target).first { !moved.contains($0) }
    if let taken {
      throw HistoryError(
        "\(directory)/\(taken) exists: two histories are never made one; move it away first")
    }
    // A rename that fails in the middle is given up; this one would fail for certain.
    if let long = files.lazy.map(\.new).first(where: { !Self.canBeAName($0, in: directory) }) {
      throw HistoryError(
        "the new name of a file is too long: expected at most \(255 - Self.reserve) bytes for each part and "
          + "\(4095 - Self.reserve) in all, found \(directory)/\(long)")
    }
    let pairs = nodes.map {
      ($0, source.isPath ? target.path + $0.dropFirst(source.path.count) : $0)
    }
    let touched = source.isPath ? pairs.map(\.1) : nodes
    if let waiting = try await inventory.journalled(touched, in: ledger) {
      throw HistoryError(
        "values of \(waiting) wait in the journal: 'apus-collector poll --write' writes them into files"
      )
    }
    return HistoryRename(
      intent: HistoryTables.Intent(old: source, new: target, files: files), nodes: pairs,
      series: series)
  }

  /// What is kept free of each name for the ending of a file that is set aside: `.forgotten-1796009550-99`.
  private static let reserve = 24

  /// Whether the kernel takes the name of a file (NAME_MAX and PATH_MAX of limits.h, without the end mark), also when the file is
  /// set aside.
  private static func canBeAName(_ file: String, in directory: String) -> Bool {
    directory.utf8.count + 1 + file.utf8.count <= 4095 - reserve
      && file.utf8.split(separator: UInt8(ascii: "/")).allSatisfy { $0.count <= 255 - reserve }
  }

  // MARK: Doing it

  /// Writes the intent: from here on a killed process is finished by the next one.
  public func begin(_ ledger: Ledger) async throws(LedgerError) {
    let intent = intent
    try await ledger.transaction { transaction throws(LedgerError) in
      try HistoryTables.write(intent, in: transaction)
    }
  }

  // MARK: The ledger

  /// Gives the ledger the new names.
  static func apply(
    _ intent: HistoryTables.Intent, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let (old, new) = (intent.old, intent.new)
    let nodes = try InventoryRenaming.nodes(
      at: old.path, isGroup: old.scope == .group, in: transaction)
    for node in nodes {
      if old.isPath {
        try move(
          node.number, to: new.path + node.path.dropFirst(old.path.count), in: transaction)
      } else {
        try rename(old, to: new, of: node.number, in: transaction)
      }
    }
  }

  private static func move(
    _ node: NodeNumber, to path: String, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    // A node of the new name that has no files: it was polled without history, and the old one's goes on.
    for other in try InventoryRenaming.nodes(at: path, isGroup: false, in: transaction) {
      let series = try InventoryRenaming.series(of: other.number, in: transaction)
      try AlertRenaming.remove(series.map(\.number), in: transaction)
      try AlertRenaming.remove(other.number, in: transaction)
      try InventoryRenaming.remove(other.number, in: transaction)
    }
    try InventoryRenaming.rename(node, to: path, in: transaction)
  }

  private static func rename(
    _ old: HistoryTarget, to new: HistoryTarget, of node: NodeNumber,
    in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let all = try InventoryRenaming.series(of: node, in: transaction)
    var graphs: [String: String] = [:]
    for series in all where old.contains(graph: series.key.graph, field: series.key.field) {
      let key = new.key(for: series.key, from: old)
      graphs[series.key.graph] = key.graph
      for known in all where known.key == key {
        try AlertRenaming.remove([known.number], in: transaction)
      }
      try InventoryRenaming.rename(series.number, of: node, to: key, in: transaction)
    }
    for (before, after) in graphs where before != after {
      try AlertRenaming.rename(service: before, of: node, to: after, in: transaction)
    }
    switch (old.scope, new.scope) {
    case (.graph(let before), .graph(let after)):
      try InventoryRenaming.renameService(before, of: node, to: after, in: transaction)
      try forgetLayouts(of: before, of: node, in: transaction)
    case (.field(let graph, _), _):
      try forgetLayouts(of: graph, of: node, in: transaction)
    default: break
    }
  }

  /// The service whose config names a graph is the graph's, or the one of the graph around it.
  private static func forgetLayouts(
    of graph: String, of node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let outer = graph.split(separator: ".").first.map(String.init) ?? graph
    for service in Set([graph, outer]) {
      try InventoryRenaming.forgetLayout(of: service, of: node, in: transaction)
    }
  }
}

extension HistoryTarget {
  /// Whether it is a group or a node.
  var isPath: Bool { scope == .group || scope == .node }

  /// What a series of `old` is called as one of this target.
  fileprivate func key(for key: SeriesKey, from old: HistoryTarget) -> SeriesKey {
    switch (old.scope, scope) {
    case (.graph(let before), .graph(let after)):
      SeriesKey(graph: after + key.graph.dropFirst(before.count), field: key.field)
    case (.field, .field(let graph, let name)): SeriesKey(graph: graph, field: name)
    default: key
    }
  }
}
