internal import EventLoop
internal import Ledger
internal import Limits
internal import Logbook

/// Writes what polls bring into the ledger, one transaction at a time. What cannot be written waits, in order, and goes with
/// the next transaction.
@LoopActor
final class CommitQueue {
  /// What one poll brings: all of it is committed together, or nothing.
  struct Entry: Sendable {
    var journal: JournalRow?
    var rows: [any LedgerRows] = []
    /// How many messages to people are among the rows.
    var notifications = 0

    var isEmpty: Bool { journal == nil && rows.isEmpty }

    var byteCount: Int { (journal?.byteCount ?? 0) + rows.reduce(64) { $0 + $1.byteCount } }
  }

  /// What transactions have brought into the ledger.
  struct Committed: Sendable {
    var rows: [JournalRow] = []
    var notifications = 0
  }

  /// What may wait: a ledger that fails for days must not fill the memory.
  private let limit: Int
  private let ledger: Ledger
  private let log: Logbook
  private var waiting: [Entry] = []
  private var byteCount = 0
  private var isWriting = false
  private let watch: StallWatch
  /// Opened for the one who has begun to write.
  private var end = Gate()
  /// What transactions have brought into the ledger and nobody has taken over yet.
  private var done = Committed()
  /// Why the ledger takes nothing; `nil` while it does.
  private(set) var trouble: String?
  /// Values that were given up because too much waited.
  private var dropped = 0
  /// Whether commits were made since the last ``sync()``.
  private var isUnsynced = false
  /// Those who wait for the end of a sync; `nil` while there is none.
  private var syncWaiters: [Gate]?

  init(ledger: Ledger, log: Logbook, watch: StallWatch, limit: Int = 64 << 20) {
    self.ledger = ledger
    self.watch = watch
    self.log = log
    self.limit = limit
  }

  /// For the log.
  private var work: String { "writing the ledger \(ledger.path)" }

  /// Whether what comes now will wait: the ledger refuses, or a write of it hangs.
  var takesNothing: Bool { trouble != nil || watch.hangs(work) }

  /// Whether nothing waits.
  var isEmpty: Bool { waiting.isEmpty && !isWriting }

  /// Writes an entry, and what could not be written before. One writer at a time: what comes meanwhile goes into its next
  /// transaction. A disk that hangs keeps the transaction, and not the caller.
  /// - Returns: everything that was written since the last call, which may include entries of others and not this one.
  func commit(_ entry: Entry) async -> Committed {
    add(entry)
    if !isWriting, !waiting.isEmpty {
      isWriting = true
      let end = Gate()
      self.end = end
      EventLoop.start {
        await self.writeWaiting()
        end.open()
      }
      await end.wait()
    }
    defer { done = Committed() }
    return done
  }

  private func writeWaiting() async {
    defer { isWriting = false }
    while !waiting.isEmpty {
      let entries = waiting
      waiting = []
      do throws(LedgerError) {
        try await write(entries)
      } catch {
        waiting = entries + waiting
        if trouble != error.description {
          log.note("cannot write the ledger: \(error); retrying at each poll")
        }
        trouble = error.description
        return
      }
      byteCount -= entries.reduce(0) { $0 + $1.byteCount }
      for entry in entries {
        if let row = entry.journal { done.rows.append(row) }
        done.notifications += entry.notifications
      }
      if trouble != nil {
        log.note(
          dropped == 0
            ? "the ledger is written again, nothing is lost"
            : "the ledger is written again, \(dropped) values were given up meanwhile")
      }
      trouble = nil
    }
  }

  private func write(_ entries: [Entry]) async throws(LedgerError) {
    // A message must not be sent before it is certain to be remembered.
    let isUrgent = entries.contains { $0.notifications > 0 }
    do throws(LedgerError) {
      try await watch.run(work, opening: end) {
        () async throws(LedgerError) in
        try await ledger.transaction(synced: isUrgent) { transaction throws(LedgerError) in
          for entry in entries {
            for row in entry.rows { try row.write(in: transaction) }
            try entry.journal?.write(in: transaction)
          }
        }
      }
    } catch {
      guard error.kind == .constraint else { throw error }
      // One poll's rows must not keep out the others'.
      guard entries.count > 1 else {
        log.note("the ledger refuses the rows of a poll: \(error)", .failure)
        return
      }
      for entry in entries { try await write([entry]) }
      return
    }
    isUnsynced = !isUrgent
  }

  /// Brings the commits so far to the disk.
  func sync() async {
    // What somebody else brings to the disk is not there before that call ends.
    while syncWaiters != nil {
      let gate = Gate()
      syncWaiters?.append(gate)
      await gate.wait()
    }
    guard isUnsynced else { return }
    isUnsynced = false
    syncWaiters = []
    defer {
      let waiters = syncWaiters ?? []
      syncWaiters = nil
      for gate in waiters { gate.open() }
    }
    do throws(LedgerError) {
      try await watch.run("syncing the ledger \(ledger.path)") { () async throws(LedgerError) in
        try await ledger.sync()
      }
    } catch {
      isUnsynced = true
      if trouble != error.description { log.note("cannot sync the ledger: \(error)") }
      trouble = error.description
    }
  }

  private func add(_ entry: Entry) {
    guard !entry.isEmpty else { return }
    waiting.append(entry)
    byteCount += entry.byteCount
    guard byteCount > limit else { return }
    // Values first, the oldest first: states and messages are few, and worth more.
    for index in waiting.indices where byteCount > limit {
      guard let row = waiting[index].journal else { continue }
      waiting[index].journal = nil
      byteCount -= row.byteCount
      dropped += row.count
    }
    while byteCount > limit, waiting.count > 1 {
      byteCount -= waiting.removeFirst().byteCount
    }
  }

  /// How many values were given up since the last call.
  func takeDropped() -> Int {
    defer { dropped = 0 }
    return dropped
  }
}
