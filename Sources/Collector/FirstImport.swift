internal import Glibc
internal import Inventory
public import Ledger
internal import Recording
internal import Text

/// What a new ledger takes over from the `datafile` that munin has left in the collector's folder: nodes have pages before the first poll, also those that do
/// not answer it.
public struct FirstImport: Sendable, CustomStringConvertible {
  /// For the log.
  public let description: String
  /// Whether the file could be read.
  public let isRead: Bool

  /// Imports the file where the ledger knows no node. It blocks while it reads the file, so call it before anything is served.
  /// - Parameters:
  ///   - directory: the collector's folder.
  ///   - ledger: migrated by ``Collector/prepare(_:)``.
  ///   - now: in seconds since 1970.
  /// - Returns: `nil` when there was nothing to import.
  public static func make(
    from directory: String, into ledger: Ledger, now: Int
  ) async throws(LedgerError) -> FirstImport? {
    let path = "\(directory)/datafile"
    guard access(path, F_OK) == 0 else { return nil }
    let isNew = try await ledger.read { transaction throws(LedgerError) in
      try InventoryTables.isEmpty(in: transaction)
    }
    guard isNew else { return nil }
    let datafile: DatafileReader
    do throws(HistoryError) {
      datafile = try HistoryImport.datafile(in: directory)
    } catch {
      return FirstImport(
        description: "munin's graphs are not imported: \(error)", isRead: false)
    }
    guard !datafile.nodes.isEmpty else { return nil }
    _ = try await HistoryImport.describe(datafile, in: ledger, at: now)
    let graphs = datafile.nodes.reduce(0) { $0 + $1.graphs.count }
    var text =
      "imported \(path) of munin: \(Amount.count(datafile.nodes.count, "node")), "
      + Amount.count(graphs, "graph")
    if let first = datafile.findings.first {
      text += "; \(Amount.count(datafile.leftOut, "line")) left out, the first: \(first)"
    }
    return FirstImport(description: text, isRead: true)
  }
}
