internal import Incidents
internal import Inventory
public import Ledger
internal import Limits
public import Recording

/// The end of the history of a group, a node, a graph or a field: its files are removed, and the ledger forgets its names, levels
/// and incidents.
///
/// All or nothing, as with ``HistoryRename``: the list of files is in the ledger before the first one is removed, and the rows of the ledger go
/// together with the end of that list. What a killed process began is finished by ``HistoryWork``.
public struct HistoryForget: Sendable {
  public let intent: HistoryTables.Intent
  /// The paths of the nodes that it is about.
  public let nodes: [String]
  /// How many series the ledger forgets.
  public let series: Int

  /// Finds out what would be removed, and changes nothing.
  /// - Parameters:
  ///   - configured: the nodes of munin.conf.
  ///   - directory: the folder of all files.
  /// - Throws: ``HistoryError`` where it cannot be done.
  public static func plan(
    _ text: String, ledger: Ledger, configured: [String], directory: String
  ) async throws -> HistoryForget {
    let inventory = try await HistoryInventory(ledger: ledger, configured: configured)
    let target = try inventory.target(text)
    let files = inventory.files(in: directory).files(of: target)
    let nodes = inventory.nodes.keys.filter { target.contains(node: $0) }.sorted()
    let series = nodes.reduce(0) { sum, node in
      sum + inventory.series(of: node).count { target.contains(graph: $0.graph, field: $0.field) }
    }
    guard !files.isEmpty || series > 0 || (!nodes.isEmpty && target.isPath) else {
      throw HistoryError("no history of \(target) in \(directory)")
    }
    // Those of a whole node are forgotten with it.
    if !target.isPath, let waiting = try await inventory.journalled(nodes, in: ledger) {
      throw HistoryError(
        "values of \(waiting) wait in the journal: 'apus-collector poll --write' writes them into files"
      )
    }
    return HistoryForget(
      intent: HistoryTables.Intent(forgetting: target, files: files), nodes: nodes, series: series)
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

  /// Removes the names from the ledger.
  static func apply(
    _ intent: HistoryTables.Intent, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let target = intent.old
    let nodes = try InventoryRenaming.nodes(
      at: target.path, isGroup: target.scope == .group, in: transaction)
    for node in nodes {
      if target.isPath {
        try forget(node.number, in: transaction)
      } else {
        try forget(target, of: node.number, in: transaction)
      }
    }
  }

  private static func forget(
    _ node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let series = try InventoryRenaming.series(of: node, in: transaction)
    try AlertRenaming.remove(series.map(\.number), in: transaction)
    try AlertRenaming.remove(node, in: transaction)
    try JournalTable.remove(of: node, in: transaction)
    try InventoryRenaming.remove(node, in: transaction)
  }

  private static func forget(
    _ target: HistoryTarget, of node: NodeNumber, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let all = try InventoryRenaming.series(of: node, in: transaction)
    let gone = all.filter { target.contains(graph: $0.key.graph, field: $0.key.field) }
    try AlertRenaming.remove(gone.map(\.number), in: transaction)
    try InventoryForgetting.remove(gone.map(\.number), in: transaction)
    for graph in Set(gone.map(\.key.graph)) {
      let outer = graph.split(separator: ".").first.map(String.init) ?? graph
      for service in Set([graph, outer]) {
        try InventoryForgetting.removeService(service, of: node, in: transaction)
      }
    }
  }
}
