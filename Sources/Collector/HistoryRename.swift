internal import Glibc
internal import Incidents
internal import Inventory
public import Ledger
internal import Limits
public import RRD
public import Recording

/// Another name for a group, a node, a graph or a field: its files are renamed, and the ledger follows, so that history, states
/// and open incidents go on.
///
/// All or nothing: the list of files is in the ledger before the first one is renamed, and the names in the ledger change
/// together with the end of that list. What a killed process began is finished by ``finish(_:_:in:)``, at the next start.
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
    // A rename that fails in the middle would be tried again at each start.
    if let long = files.lazy.map(\.new).first(where: { !Self.canBeAName($0, in: directory) }) {
      throw HistoryError(
        "the new name of a file is too long: expected at most 255 bytes for each part and 4095 in all, "
          + "found \(directory)/\(long)")
    }
    let pairs = nodes.map {
      ($0, source.isPath ? target.path + $0.dropFirst(source.path.count) : $0)
    }
    let touched = source.isPath ? pairs.map(\.1) : nodes
    if let waiting = try await inventory.journalled(touched, in: ledger) {
      throw HistoryError(
        "values of \(waiting) wait in the journal: 'apus-collector poll' writes them into files")
    }
    return HistoryRename(
      intent: HistoryTables.Intent(old: source, new: target, files: files), nodes: pairs,
      series: series)
  }

  /// Whether the kernel takes the name of a file (NAME_MAX and PATH_MAX of limits.h, without the end mark).
  private static func canBeAName(_ file: String, in directory: String) -> Bool {
    directory.utf8.count + 1 + file.utf8.count <= 4095
      && file.utf8.split(separator: UInt8(ascii: "/")).allSatisfy { $0.count <= 255 }
  }

  // MARK: Doing it

  /// Writes the intent: from here on a killed process is finished by the next one.
  public func begin(_ ledger: Ledger) async throws(LedgerError) {
    let intent = intent
    try await ledger.transaction { transaction throws(LedgerError) in
      try HistoryTables.write(intent, in: transaction)
    }
  }

  /// Renames one file of the intent.
  public static func move(
    _ file: HistoryTables.Pair, of intent: HistoryTables.Intent, _ writer: RRDWriter,
    in directory: String
  ) async throws {
    let old = "\(directory)/\(file.old)"
    let new = "\(directory)/\(file.new)"
    // One that is not there was renamed before, or somebody has taken it away.
    guard access(old, F_OK) == 0 else { return }
    guard access(new, F_OK) != 0 else {
      throw HistoryError(
        "cannot finish the rename of \(intent.old) to \(intent.new): \(old) and \(new) both exist; "
          + "move one of them away")
    }
    try await writer.move(old, to: new)
  }

  /// Gives the ledger the new names, when all files have theirs.
  public static func end(
    _ intent: HistoryTables.Intent, _ ledger: Ledger, _ writer: RRDWriter, in directory: String
  ) async throws {
    // The new names must be on the disk before the ledger has them.
    try await writer.sync(directory)
    try await ledger.transaction { transaction throws(LedgerError) in
      try HistoryRename.apply(intent, in: transaction)
      try HistoryTables.remove(in: transaction)
    }
    removeEmptyFolders(of: intent, in: directory)
  }

  /// Finishes what a killed process began, also the end of a history. Call it before the inventory is read.
  /// - Returns: what was finished, `nil` when nothing was to be done.
  public static func finish(
    _ ledger: Ledger, _ writer: RRDWriter, in directory: String
  ) async throws -> HistoryTables.Intent? {
    let intent = try await ledger.read { transaction throws(LedgerError) in
      try HistoryTables.read(in: transaction)
    }
    guard let intent else { return nil }
    // What is kept of files is kept under their old names.
    _ = try await InterruptedWrites.restore(ledger, writer, in: directory)
    guard !intent.isForgetting else {
      for file in intent.files { try await HistoryForget.remove(file, writer, in: directory) }
      try await HistoryForget.end(intent, ledger, writer, in: directory)
      return intent
    }
    for file in intent.files { try await move(file, of: intent, writer, in: directory) }
    try await end(intent, ledger, writer, in: directory)
    return intent
  }

  /// Removes the folders that are empty now.
  static func removeEmptyFolders(of intent: HistoryTables.Intent, in directory: String) {
    guard intent.old.isPath else { return }
    let folders = Set(intent.files.map { $0.old.split(separator: "/").dropLast() })
    for folder in folders.sorted(by: { $0.count > $1.count }) {
      // A folder with anything in it stays.
      for depth in (0..<folder.count).reversed() {
        rmdir("\(directory)/\(folder[...(folder.startIndex + depth)].joined(separator: "/"))")
      }
    }
  }

  // MARK: The ledger

  private static func apply(
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
      try IncidentRenaming.removeStates(of: series.map(\.number), in: transaction)
      try IncidentRenaming.remove(other.number, in: transaction)
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
      try IncidentRenaming.removeStates(
        of: all.filter { $0.key == key }.map(\.number), in: transaction)
      try InventoryRenaming.rename(series.number, of: node, to: key, in: transaction)
    }
    for (before, after) in graphs where before != after {
      try IncidentRenaming.rename(
        graph: try InventoryRenaming.name(before, in: transaction), of: node,
        to: try InventoryRenaming.name(after, in: transaction), in: transaction)
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
