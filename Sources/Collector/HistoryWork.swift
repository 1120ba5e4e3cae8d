internal import Glibc
public import Ledger
public import RRD
public import Recording

/// Does what an intent in the ledger says: files are renamed or removed, then the ledger follows, together with the end of the intent.
///
/// No intent outlives the attempt. A rename that fails is given up: files that have their new names get their old ones back, and
/// history goes on under the old name. Of a history that is forgotten, files that cannot be removed are left. A collector
/// that finds an intent can therefore always start.
public struct HistoryWork: Sendable {
  private let intent: HistoryTables.Intent
  private let ledger: Ledger
  private let writer: RRDWriter
  private let directory: String

  /// - Parameters:
  ///   - intent: is in the ledger.
  ///   - directory: the folder of all files.
  public init(
    _ intent: HistoryTables.Intent, _ ledger: Ledger, _ writer: RRDWriter, in directory: String
  ) {
    self.intent = intent
    self.ledger = ledger
    self.writer = writer
    self.directory = directory
  }

  /// Finishes what a killed process began. Call it before the inventory is read.
  /// - Returns: `nil` when nothing was to be done.
  public static func resume(
    _ ledger: Ledger, _ writer: RRDWriter, in directory: String
  ) async throws -> HistoryOutcome? {
    let intent = try await ledger.read { transaction throws(LedgerError) in
      try HistoryTables.read(in: transaction)
    }
    guard let intent else { return nil }
    // What is kept of files is kept under their old names.
    _ = try await InterruptedWrites.restore(ledger, writer, in: directory)
    return try await HistoryWork(intent, ledger, writer, in: directory).run()
  }

  /// - Parameter advance: called after each file.
  /// - Throws: only where the ledger cannot be written: then the intent stays in it.
  public func run(advance: () -> Void = {}) async throws(LedgerError) -> HistoryOutcome {
    intent.isForgetting ? try await forget(advance) : try await rename(advance)
  }

  // MARK: Rename

  private func rename(_ advance: () -> Void) async throws(LedgerError) -> HistoryOutcome {
    let intent = intent
    do {
      for file in intent.files {
        try await move(file)
        advance()
      }
      // The new names must be on the disk before the ledger has them.
      try await writer.sync(directory)
      try await ledger.transaction { transaction throws(LedgerError) in
        try HistoryRename.apply(intent, in: transaction)
        try HistoryTables.remove(in: transaction)
      }
    } catch {
      return try await giveUp(because: "\(error)")
    }
    removeEmptyFolders(intent.files.map(\.old))
    return HistoryOutcome(intent: intent, failure: nil, left: [])
  }

  private func move(_ file: HistoryTables.Pair) async throws {
    let (old, new) = ("\(directory)/\(file.old)", "\(directory)/\(file.new)")
    // One that is not there was renamed before, or somebody has taken it away.
    guard access(old, F_OK) == 0 else { return }
    guard access(new, F_OK) != 0 else { throw HistoryError("\(old) and \(new) both exist") }
    try await writer.move(old, to: new)
  }

  /// Gives the files their old names back, as far as that is possible. Killed meanwhile, the next start begins with the rename again,
  /// and comes to the same end.
  private func giveUp(because failure: String) async throws(LedgerError) -> HistoryOutcome {
    var left: [String] = []
    for file in intent.files {
      let (old, new) = ("\(directory)/\(file.old)", "\(directory)/\(file.new)")
      guard access(old, F_OK) != 0, access(new, F_OK) == 0 else { continue }
      do throws(RRDError) {
        try await writer.move(new, to: old)
      } catch {
        left.append("\(error)")
      }
    }
    do throws(RRDError) { try await writer.sync(directory) } catch { left.append("\(error)") }
    try await ledger.transaction { transaction throws(LedgerError) in
      try HistoryTables.remove(in: transaction)
    }
    removeEmptyFolders(intent.files.map(\.new))
    return HistoryOutcome(intent: intent, failure: failure, left: left)
  }

  // MARK: Forget

  private func forget(_ advance: () -> Void) async throws(LedgerError) -> HistoryOutcome {
    let intent = intent
    var left: [String] = []
    for file in intent.files {
      do throws(RRDError) { try await writer.remove("\(directory)/\(file.old)") } catch {
        left.append("\(error)")
      }
      advance()
    }
    // A file that came back after a power cut would be of a name that nobody knows.
    do throws(RRDError) { try await writer.sync(directory) } catch { left.append("\(error)") }
    do throws(LedgerError) {
      try await ledger.transaction { transaction throws(LedgerError) in
        try HistoryForget.apply(intent, in: transaction)
        try HistoryTables.remove(in: transaction)
      }
    } catch {
      let failure = error.description
      try await ledger.transaction { transaction throws(LedgerError) in
        try HistoryTables.remove(in: transaction)
      }
      return HistoryOutcome(intent: intent, failure: failure, left: left)
    }
    removeEmptyFolders(intent.files.map(\.old))
    return HistoryOutcome(intent: intent, failure: nil, left: left)
  }

  /// Removes the folders of some files that are empty now; a folder with anything in it stays.
  private func removeEmptyFolders(_ files: [String]) {
    guard intent.old.isPath else { return }
    let folders = Set(files.map { $0.split(separator: "/").dropLast() })
    for folder in folders.sorted(by: { $0.count > $1.count }) {
      for depth in (0..<folder.count).reversed() {
        rmdir("\(directory)/\(folder[...(folder.startIndex + depth)].joined(separator: "/"))")
      }
    }
  }
}
