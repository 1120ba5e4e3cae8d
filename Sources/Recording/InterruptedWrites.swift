public import Ledger
public import RRD

/// What a process that did not end in order has left in files.
public enum InterruptedWrites {
  /// Puts the files back that were written and not synced. The journal has all values that they lose by that, and the next run writes
  /// them. Call it before anything else touches files.
  /// - Parameters:
  ///   - ledger: migrated by ``JournalTable/migrations``.
  ///   - directory: the folder of all files.
  /// - Returns: how many files were put back.
  public static func restore(
    _ ledger: Ledger, _ writer: RRDWriter, in directory: String
  ) async throws -> Int {
    let contents = try await ledger.read { transaction throws(LedgerError) in
      try JournalTable.read(in: transaction)
    }
    return try await restore(contents, writer, in: directory)
  }

  static func restore(
    _ contents: JournalTable.Contents, _ writer: RRDWriter, in directory: String
  ) async throws(RRDError) -> Int {
    let count = try await writer.restore(
      generation: contents.generation, newest: contents.newestValue)
    if count > 0 {
      // What was put back has to be on the disk before the log of it is begun anew.
      try await writer.sync(directory, generation: contents.generation)
    } else {
      try await writer.begin(generation: contents.generation)
    }
    return count
  }

  /// What is to be said about it; `nil` where nothing was put back.
  public static func text(_ count: Int) -> String? {
    count == 0
      ? nil
      : "\(count) \(count == 1 ? "file was" : "files were") written and not synced when the last run ended: "
        + "put back to before, their values are in the journal"
  }
}
