import Ledger
import TestSupport
import Testing

@testable import Notify

@Suite struct OutboxTests {
  @Test(arguments: [(1, 60), (2, 120), (3, 240), (6, 1920), (7, 3600), (8, 3600), (.max, 3600)])
  func waitsDoubleUpToAnHour(attempts: Int, seconds: Int) {
    #expect(OutboxRetryTimes.wait(after: attempts) == seconds)
  }

  /// Mails that a former release has put there keep the time since when they are attempted.
  @Test func theTablesOfVersionOneAreTakenOver() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    try await ledger.migrate([Outbox.migrations[0]])
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute(
        """
        INSERT INTO outbox (id, contact, command, subject, body, created, patience, due)
        VALUES ('1.a', 'pager', 'true', 'down', 'text', 100, 200, 300)
        """)
    }
    try await ledger.migrate(Outbox.migrations)
    let entries = try await ledger.read { transaction throws(LedgerError) in
      try Outbox.entries(in: transaction)
    }
    #expect(entries.map(\.firstAttempt) == [200] && entries.map(\.due) == [300])
  }
}
