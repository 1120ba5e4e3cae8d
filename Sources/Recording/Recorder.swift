public import EventLoop
public import Ledger
public import Limits
public import Logbook
public import RRD
internal import Text

/// Keeps what polls bring: first in the ledger, all of a poll in one transaction, then the values in their files.
///
/// A value is kept from the moment its poll is committed. Files are written later, many values of a file in one call, and the
/// rows of the journal go only when the files are on the disk: after a kill they are written again, and librrd passes over
/// what a file has already.
@LoopActor
public final class Recorder {
  /// When files are written.
  public enum Mode: Sendable, Hashable {
    /// Twelve polls of a node together, after an hour at the latest, and at once before a file is looked at.
    case behind
    /// As ``behind``, by processes that take one poll each: a node's files are written at the same minute of each hour.
    case kept
    /// After each poll.
    case direct
    /// Never: values are judged and shown, and not recorded.
    case off
  }

  private let commits: CommitQueue
  private let ledger: Ledger
  private let writer: RRDWriter
  /// What the values are given to.
  private let sink: any RRDSink
  private let directory: String
  private var mode: Mode
  private let log: Logbook
  private let clock: LoopClock
  private let watch: StallWatch
  private var behind: WriteBehind
  /// What the files of series are, by the series' numbers; `nil` for a series without a file.
  private var forms: [FileForm?] = []
  /// What the names of the nodes' files begin with.
  private var starts: [NodeNumber: String] = [:]
  private var nextRow = 1
  /// Rows whose values are in their files, which may not be on the disk yet.
  private var written: [Int] = []
  /// The nodes whose files are being written.
  private var writing: [NodeNumber: [Gate]] = [:]
  /// The sync after which the rows of the journal came.
  private var generation = 0
  /// Why the files' disk could not be synced; `nil` while it can.
  private var syncTrouble: String?
  private var isSyncing = false
  /// Rows of the journal that nobody can read.
  private var unreadable = JournalTable.Unreadable()

  /// What the rows that wait may hold in memory, in bytes.
  private static let memory = 64 << 20
  /// How many nodes share a sync of the journal before their files are written.
  private static let groupSize = 32
  /// Polls of a node whose files cannot be written; a day's at munin's rate.
  private static let mostRows = 288

  /// - Parameters:
  ///   - ledger: migrated by ``JournalTable/migrations`` already.
  ///   - writer: makes, looks at and renames files.
  ///   - sink: what values are given to; the writer itself when there is no other.
  ///   - directory: the folder of all files, which is synced before the journal is shortened.
  public init(
    ledger: Ledger, writer: RRDWriter, sink: (any RRDSink)? = nil, directory: String, mode: Mode,
    log: Logbook, clock: LoopClock = .real
  ) {
    self.ledger = ledger
    self.writer = writer
    self.sink = sink ?? writer
    self.directory = directory
    self.mode = mode
    self.log = log
    self.clock = clock
    behind = WriteBehind(WriteBehind.Rule(mode))
    watch = StallWatch(log: log, clock: clock)
    commits = CommitQueue(ledger: ledger, log: log, watch: watch)
  }

  /// Takes over what a former run did not bring into the files. It is written with the next ``writeDue()``.
  ///
  /// The files of its series have to be set before that: ``setFiles(_:of:at:)``.
  public func restore() async throws(LedgerError) {
    let contents = try await ledger.read { transaction throws(LedgerError) in
      try JournalTable.read(in: transaction)
    }
    nextRow = contents.newest + 1
    generation = contents.generation
    let now = clock.epoch
    unreadable = try await ledger.transaction { transaction throws(LedgerError) in
      try JournalTable.setAside(contents.unreadable, now: now, in: transaction)
    }
    if !contents.unreadable.isEmpty {
      log.note(
        "\(contents.unreadable.count) rows of the journal cannot be read: put aside in the table "
          + "unreadable_journal of \(ledger.path), for \(JournalTable.unreadableAge / 86_400) days",
        .warning)
    }
    if unreadable.removed > 0 {
      log.note(
        "\(unreadable.removed) rows of the journal that could not be read for "
          + "\(JournalTable.unreadableAge / 86_400) days are removed", .warning)
    }
    do throws(RRDError) {
      let count = try await InterruptedWrites.restore(contents, writer, in: directory)
      if let text = InterruptedWrites.text(count) { log.note(text) }
    } catch {
      log.note("\(error)", .failure)
    }
    var slices = WorkSlices()
    for row in contents.rows {
      behind.restore(row, now: now)
      await slices.pause()
    }
  }

  /// What is to be known of the journal beside ``trouble``.
  public var findings: [String] {
    guard unreadable.count > 0 else { return [] }
    let since = unreadable.since.map { " since \(CalendarTime.local($0).text)" } ?? ""
    return ["rows of the journal that cannot be read\(since): \(unreadable.count)"]
  }

  /// Goes on with another mode. What was recorded until now is written by its rule.
  public func change(_ mode: Mode) {
    self.mode = mode
    behind.rule = WriteBehind.Rule(mode)
  }

  // MARK: A poll

  /// Sets what the files of some series of a node are from now on. Values that wait go where they were meant to go.
  /// - Parameters:
  ///   - start: what the names of the node's files begin with.
  ///   - areNew: whether a poll has just brought the news, and not the ledger at a start: the poll's values are
  ///     written at once, so that files are made and what is wrong with them is told.
  /// - Returns: what came of writing these, where that was necessary.
  @discardableResult
  public func setFiles(
    _ news: [(series: SeriesNumber, form: FileForm)], of node: NodeNumber, at start: String,
    areNew: Bool = false
  ) async -> [FileReport] {
    guard !news.isEmpty else { return [] }
    // A field with another type has another file.
    let moved = news.filter { new in
      form(of: new.series).map { $0.ending != new.form.ending } ?? false
    }
    var reports: [FileReport] = []
    if !moved.isEmpty {
      reports = await write([node])
      for new in moved { await writer.forget(new.series.raw) }
    }
    starts[node] = start
    let last = news.reduce(0) { max($0, Int($1.series.raw)) }
    if last >= forms.count {
      forms.append(contentsOf: repeatElement(nil, count: last + 1 - forms.count))
    }
    for new in news { forms[Int(new.series.raw)] = new.form }
    if areNew { behind.expectFile(of: node) }
    return reports
  }

  /// Whether it is known where the values of a series go.
  public func hasFile(_ series: SeriesNumber) -> Bool { form(of: series) != nil }

  private func form(of series: SeriesNumber) -> FileForm? {
    Int(series.raw) < forms.count ? forms[Int(series.raw)] : nil
  }

  /// Commits what a poll of a node brings, in one transaction.
  /// - Parameters:
  ///   - rows: what other stages want in the ledger.
  ///   - notifications: how many messages to people are among the rows.
  /// - Returns: how many messages have come into the ledger by this call.
  @discardableResult
  public func record(
    _ values: JournalDraft, of node: NodeNumber, with rows: [any LedgerRows],
    notifications: Int = 0
  ) async -> Int {
    var entry = CommitQueue.Entry(rows: rows, notifications: notifications)
    if values.count > 0, mode != .off {
      entry.journal = JournalRow(number: nextRow, node: node, values)
      nextRow += 1
    }
    return adopt(await commits.commit(entry))
  }

  private func adopt(_ committed: CommitQueue.Committed) -> Int {
    for row in committed.rows { behind.add(row, now: clock.epoch) }
    return committed.notifications
  }

  /// Tries once more to commit what waits.
  /// - Returns: whether everything is in the ledger, and how many messages have come there.
  public func flushCommits() async -> (isKept: Bool, notifications: Int) {
    let notifications = adopt(await commits.commit(CommitQueue.Entry()))
    return (commits.isEmpty, notifications)
  }

  /// What of writing to the disk does not end; empty when all is well.
  public var stalls: [String] { watch.stalls }

  /// Why the ledger takes nothing; `nil` while it does.
  public var trouble: String? { commits.trouble }

  /// Whether what is recorded now waits for the ledger: it refuses, or hangs. Files that hang hold up nothing of it.
  public var takesNothing: Bool { commits.takesNothing }

  /// Brings the newest commits to the disk.
  public func syncCommits() async { await commits.sync() }

  /// Values given up since the last call, because the ledger has taken nothing for too long.
  public func takeDropped() -> Int { commits.takeDropped() }

  // MARK: Files

  /// How many polls wait to be written to files, what they hold in bytes, and since when the oldest waits.
  public var waiting: (rows: Int, bytes: Int, since: Int?) {
    (behind.rowCount, behind.byteCount, behind.oldest)
  }

  /// The nodes of which something waits to be written.
  public var waitingNodes: [NodeNumber] { behind.all }

  /// The newest poll of each node of which something waits to be written.
  public var newestRows: [JournalRow] { behind.newestRows }

  /// Writes the files of all nodes that are due.
  public func writeDue() async -> [FileReport] {
    await write(behind.due(now: clock.epoch, limit: Recorder.memory))
  }

  /// Writes everything that waits and brings it to the disk.
  public func writeAll() async -> [FileReport] {
    let reports = await write(behind.all)
    await sync()
    return reports
  }

  /// Writes what must not wait for another process, and brings it to the disk.
  public func writeBeforeEnd() async -> [FileReport] {
    guard mode == .kept else { return await writeAll() }
    let reports = await writeDue()
    await sync()
    return reports
  }

  /// Writes the files of some nodes. When it returns the files hold all that was recorded before.
  /// - Returns: a report of each node for which something was written.
  public func write(_ nodes: [NodeNumber]) async -> [FileReport] {
    var reports: [FileReport] = []
    for start in stride(from: 0, to: nodes.count, by: Recorder.groupSize) {
      // All take nodes in the same order, so that no two wait for each other.
      let group = nodes[start..<min(nodes.count, start + Recorder.groupSize)].sorted()
      for node in group { await begin(node) }
      let taken = group.map {
        Taken(node: $0, failures: behind.failures(of: $0), rows: behind.take($0))
      }
      // After a loss of power the journal must have whatever a file may have.
      if taken.contains(where: { !$0.rows.isEmpty }) { await commits.sync() }
      for taken in taken {
        if let report = await write(taken) { reports.append(report) }
        let waiters = writing.removeValue(forKey: taken.node) ?? []
        for gate in waiters { gate.open() }
      }
    }
    return reports
  }

  /// Waits until nobody else writes the files of a node.
  private func begin(_ node: NodeNumber) async {
    // All who waited are woken together: the first of them goes on, and the others wait for it.
    while writing[node] != nil {
      let gate = Gate()
      writing[node]?.append(gate)
      await gate.wait()
    }
    writing[node] = []
  }

  /// What is about to be written of a node.
  private struct Taken {
    let node: NodeNumber
    /// How often in a row its files could not be written.
    let failures: Int
    let rows: [JournalRow]
  }

  private func write(_ taken: Taken) async -> FileReport? {
    let node = taken.node
    var rows = taken.rows
    guard !rows.isEmpty else { return nil }
    let round = FileRound(rows, start: starts[node] ?? "", forms: forms)
    let failed = await watch.run("writing files below \(directory)") {
      await sink.apply(round.updates, now: clock.epoch)
    }
    var failures = round.failures(failed, of: node)
    if failures.contains(where: { $0.fate == .later }) {
      if rows.count > Recorder.mostRows {
        let given = rows.prefix(rows.count - Recorder.mostRows)
        written += given.map(\.number)
        failures += round.givenUp(given, of: node, because: failures)
        rows.removeFirst(given.count)
      }
      behind.giveBack(rows, of: node, failures: taken.failures, now: clock.epoch)
    } else {
      written += rows.map(\.number)
    }
    return FileReport(
      node, failures, of: round.series, values: round.updates.count,
      isDiskFull: failed.contains { $0.fate == .later && $0.error.kind == .noSpace })
  }

  /// Brings the files that were written to the disk, and then shortens the journal.
  public func sync() async {
    guard !written.isEmpty, !isSyncing else { return }
    isSyncing = true
    defer { isSyncing = false }
    let rows = written
    written = []
    do {
      let next = generation &+ 1
      try await watch.run("syncing files below \(directory)") { () async throws(RRDError) in
        try await sink.sync(directory, generation: next)
      }
      // On the disk too: the log of the generation before is overwritten by that after it.
      try await ledger.transaction { transaction throws(LedgerError) in
        try JournalTable.remove(rows, generation: next, in: transaction)
      }
      generation = next
      if syncTrouble != nil { log.note("\(directory): synced again") }
      syncTrouble = nil
    } catch {
      written = rows + written
      if syncTrouble != "\(error)" { log.note("journal not shortened: \(error); retrying") }
      syncTrouble = "\(error)"
    }
  }

  // MARK: Running

  /// Seconds between two syncs of the files.
  private static let syncPeriod = 60

  /// Writes files as they become due, and syncs, until the task is cancelled.
  /// - Parameters:
  ///   - journalSync: how many seconds a commit may wait for the disk.
  ///   - report: gets what came of writing.
  public func run(
    journalSync: Int = 1, report: @LoopActor ([FileReport]) -> Void
  ) async {
    var lastSync = clock.epoch
    while (try? await clock.sleep(for: .seconds(max(1, journalSync)))) != nil {
      await syncCommits()
      let reports = await writeDue()
      if !reports.isEmpty { report(reports) }
      let now = clock.epoch
      if now < lastSync || now - lastSync >= Recorder.syncPeriod {
        lastSync = now
        await sync()
      }
    }
  }
}

extension WriteBehind.Rule {
  init(_ mode: Recorder.Mode) {
    self =
      mode == .direct
      ? .direct : WriteBehind.Rule(polls: 12, age: 3600, isKept: mode == .kept)
  }
}
