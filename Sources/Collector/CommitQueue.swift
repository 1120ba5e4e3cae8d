internal import EventLoop
internal import Ledger
internal import Logbook

/// Writes what polls change into the ledger, one transaction at a time. What cannot be written waits, and goes with the next batch.
@LoopActor
final class CommitQueue {
  private let ledger: Ledger
  private let log: Logbook
  private let mailsCommitted: (Int) -> Void
  private var backlog = Backlog()
  private var isWriting = false
  /// Why the ledger takes nothing; `nil` while it does.
  private(set) var trouble: String?

  /// - Parameter mailsCommitted: is told how many mails a transaction brought.
  init(ledger: Ledger, log: Logbook, mailsCommitted: @escaping (Int) -> Void) {
    self.ledger = ledger
    self.log = log
    self.mailsCommitted = mailsCommitted
  }

  /// Writes a batch, and what could not be written before. One writer at a time: what comes meanwhile goes into its next transaction.
  func commit(_ batch: Store.Batch) async {
    backlog.add(batch)
    guard !isWriting else { return }
    isWriting = true
    defer { isWriting = false }
    while !backlog.isEmpty {
      let batches = backlog.takeAll()
      do throws(LedgerError) {
        try await write(batches)
      } catch {
        backlog.giveBack(batches)
        if trouble != error.description {
          log.note("cannot write the ledger: \(error); retrying at each poll")
        }
        trouble = error.description
        return
      }
      if trouble != nil { log.note("the ledger is written again, nothing is lost") }
      trouble = nil
    }
  }

  /// Tries once more to write what waits.
  /// - Returns: whether everything is in the ledger.
  func flush() async -> Bool {
    await commit(Store.Batch(node: ""))
    return backlog.isEmpty
  }

  private func write(_ batches: [Store.Batch]) async throws(LedgerError) {
    do throws(LedgerError) {
      try await ledger.transaction { transaction throws(LedgerError) in
        for batch in batches { try Store.write(batch, in: transaction) }
      }
    } catch {
      guard error.kind == .constraint else { throw error }
      // A commit that failed may have been kept after all: what is there already must not keep out the rest.
      guard batches.count > 1 else {
        log.note("\(batches[0].node): the ledger refuses states and mails: \(error)")
        return
      }
      for batch in batches { try await write([batch]) }
      return
    }
    let mails = batches.reduce(0) { $0 + $1.mails.count }
    if mails > 0 { mailsCommitted(mails) }
  }
}
