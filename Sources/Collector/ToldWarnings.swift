public import Ledger

/// The warnings about munin.conf that the log has, kept in the ledger: `poll` from cron starts anew every five minutes, and tells what
/// is new.
public enum ToldWarnings {
  static let migrations = [
    Migration(
      part: "told_warnings", version: 1,
      sql: "CREATE TABLE told_warning (text TEXT NOT NULL) STRICT")
  ]

  /// Takes the place of those that were told before.
  /// - Parameter ledger: migrated by ``Collector/prepare(_:)``.
  /// - Returns: those that are new.
  public static func replace(
    by warnings: [String], in ledger: Ledger
  ) async throws(LedgerError) -> [String] {
    let old = try await ledger.read { transaction throws(LedgerError) in
      try transaction.query("SELECT text FROM told_warning").compactMap { $0[0].text }
    }
    guard old != warnings else { return [] }
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("DELETE FROM told_warning")
      for warning in warnings {
        try transaction.execute("INSERT INTO told_warning VALUES (?)", [.text(warning)])
      }
    }
    return warnings.filter { !old.contains($0) }
  }
}
