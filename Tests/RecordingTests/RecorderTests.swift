import EventLoop
import Glibc
import Ledger
import Limits
import Logbook
import MuninWire
import RRD
import TestSupport
import Testing
import Text

@testable import Recording

/// A recorder in a folder of its own, on a clock that the test moves.
@LoopActor
private final class Desk {
  static let noon = 1_700_006_400
  let folder: TemporaryFolder
  let clock = LoopClock(standingAt: Desk.noon)
  let ledger: Ledger
  let log: Logbook
  private(set) var recorder: Recorder

  init(
    _ mode: Recorder.Mode, in folder: TemporaryFolder? = nil, after time: Duration = .zero,
    sink: (any RRDSink)? = nil
  ) async throws {
    clock.advance(by: time)
    self.folder = try folder ?? TemporaryFolder()
    ledger = try Ledger(path: self.folder.ledger)
    try await ledger.migrate(JournalTable.migrations + [Desk.notes])
    log = try Logbook(to: .file(self.folder.path + "/log"))
    recorder = Recorder(
      ledger: ledger, writer: RRDWriter(undoPath: self.folder.path + "/undo"), sink: sink,
      directory: self.folder.path, mode: mode, log: log, clock: clock)
    await setFiles(
      (1...3).map { (SeriesNumber($0), FileForm(ending: "/s\($0).rrd", spec: RRDSpec())) })
    try await recorder.restore()
  }

  func setFiles(_ news: [(SeriesNumber, FileForm)]) async {
    await recorder.setFiles(news, of: NodeNumber(11), at: folder.path)
  }

  static let notes = Migration(part: "test", version: 1, sql: "CREATE TABLE note (text TEXT)")

  /// All lines of the log without their stamps.
  var logged: [String] {
    (folder.read("log") ?? "").split(separator: "\n").map {
      String($0.split(separator: "] ", maxSplits: 1).last ?? "")
    }
  }

  func path(_ series: UInt32) -> String { "\(folder.path)/s\(series).rrd" }

  /// One more poll, five minutes later.
  func poll(_ texts: [UInt32: String], with rows: [any LedgerRows] = []) async {
    clock.advance(by: .seconds(300))
    var values = JournalDraft(time: clock.epoch)
    for (series, text) in texts.sorted(by: { $0.key < $1.key }) {
      values.append(SeriesValue(series: SeriesNumber(series), time: clock.epoch, text: text))
    }
    await recorder.record(values, of: NodeNumber(11), with: rows)
  }

  var journalled: Int {
    get async throws {
      try await ledger.read { transaction throws(LedgerError) in
        try transaction.query("SELECT count(*) FROM journal")[0][0].integer ?? -1
      }
    }
  }

  func last(_ series: UInt32) async throws -> Int { try await RRDWriter().lastUpdate(path(series)) }

  func rows(_ series: UInt32) async throws -> [Double] {
    let rows = try await RRDWriter().fetch(
      path(series), .average, start: Desk.noon, end: clock.epoch, resolution: 1)
    return rows.values.filter { !$0.isNaN }
  }
}

/// What a file holds.
private func bytes(_ path: String) -> [UInt8]? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 20)
  let count = fread(&bytes, 1, bytes.count, file)
  return Array(bytes[..<count])
}

/// Takes values, and does not end before it is told to.
@LoopActor
private final class HangingDisk: RRDSink {
  private(set) var waiting: [Gate] = []

  func apply(_ updates: [RRDUpdate], now: Int) async -> [RRDFailure] {
    await hang()
    return []
  }

  func sync(_ directory: String, generation: Int) async throws(RRDError) { await hang() }

  private func hang() async {
    let gate = Gate()
    waiting.append(gate)
    await gate.wait()
  }

  func goOn() {
    for gate in waiting { gate.open() }
    waiting = []
  }
}

private struct Note: LedgerRows {
  let text: String
  func write(in transaction: borrowing Transaction) throws(LedgerError) {
    try transaction.execute("INSERT INTO note VALUES (?)", [.text(text)])
  }
  var byteCount: Int { text.utf8.count }
}

@Suite(.timeLimit(.minutes(1))) struct RecorderTests {
  @Test func valuesAndRowsAreOneTransaction() async throws {
    try await onTestLoop {
      let desk = try await Desk(.behind)
      await desk.poll([1: "5"], with: [Note(text: "one")])
      let counts = try await desk.ledger.read { transaction throws(LedgerError) in
        [
          try transaction.query("SELECT count(*) FROM journal")[0][0].integer,
          try transaction.query("SELECT count(*) FROM note")[0][0].integer,
        ]
      }
      #expect(counts == [1, 1])
      #expect(access(desk.path(1), F_OK) != 0)
    }
  }

  /// Twelve polls, one call per file; the journal is shortened after the sync.
  @Test func filesFollowAfterTwelvePolls() async throws {
    try await onTestLoop {
      let desk = try await Desk(.behind)
      for poll in 1...12 {
        await desk.poll([1: "\(poll)", 2: "\(poll * 10)"])
        #expect(await desk.recorder.writeDue().flatMap(\.failures) == [])
        // The first poll makes the file, and then it is left alone.
        #expect(try await desk.last(1) == Desk.noon + 300)
      }
      await desk.poll([1: "13", 2: "130"])
      #expect(await desk.recorder.writeDue().flatMap(\.failures) == [])
      #expect(try await desk.rows(1) == (1...13).map(Double.init))
      #expect(try await desk.rows(2) == (1...13).map { Double($0 * 10) })
      #expect(try await desk.journalled == 13)
      await desk.recorder.sync()
      #expect(try await desk.journalled == 0)
      #expect(desk.recorder.waiting.rows == 0)
    }
  }

  @Test func aFileThatIsLookedAtHoldsEverything() async throws {
    try await onTestLoop {
      let desk = try await Desk(.behind)
      await desk.poll([1: "1"])
      await desk.poll([1: "2"])
      #expect(await desk.recorder.write([NodeNumber(11)]).flatMap(\.failures) == [])
      #expect(try await desk.last(1) == desk.clock.epoch)
      #expect(try await desk.journalled == 2)
    }
  }

  /// Killed between commit and files: the next run writes the values, once.
  @Test func whatAKillLeavesInTheJournalIsWritten() async throws {
    try await onTestLoop {
      let desk = try await Desk(.behind)
      for poll in 1...3 { await desk.poll([1: "\(poll)"]) }
      let next = try await Desk(.behind, in: desk.folder)
      next.clock.advance(by: .seconds(900))
      #expect(await next.recorder.writeAll().flatMap(\.failures) == [])
      #expect(try await next.rows(1) == [1, 2, 3])
      #expect(try await next.journalled == 0)
      // The numbers of rows go on, and what is in the files already is passed over.
      let again = try await Desk(.behind, in: desk.folder)
      again.clock.advance(by: .seconds(600))
      await again.poll([1: "99"])
      #expect(await again.recorder.writeAll().flatMap(\.failures) == [])
      #expect(try await again.rows(1) == [1, 2, 3])
    }
  }

  /// Killed between the files and their sync: what the files were is put back, and the journal brings them where they were.
  @Test func filesThatWereNotSyncedAreWrittenAnew() async throws {
    try await onTestLoop {
      let desk = try await Desk(.direct)
      for poll in 1...3 { await desk.poll([1: "\(poll)"]) }
      _ = await desk.recorder.writeAll()
      for poll in 4...6 {
        await desk.poll([1: "\(poll)", 2: "5"])
        #expect(await desk.recorder.writeDue().flatMap(\.failures) == [])
      }
      let before = try #require(bytes(desk.path(1)))
      let next = try await Desk(.direct, in: desk.folder)
      #expect(try await next.last(1) == Desk.noon + 900 && access(next.path(2), F_OK) != 0)
      #expect(next.folder.read("log")?.contains("2 files were written and not synced") == true)
      next.clock.advance(by: .seconds(1800))
      #expect(await next.recorder.writeAll().flatMap(\.failures) == [])
      let isSame = try #require(bytes(desk.path(1))) == before
      #expect(isSame)
      #expect(try await next.rows(2) == [5, 5, 5])
      // After a sync there is nothing to be put back.
      let again = try await Desk(.direct, in: desk.folder)
      #expect(try await again.last(1) == Desk.noon + 1800)
    }
  }

  /// Rows of another version lie aside for a month, named, and then they go.
  @Test func rowsThatCannotBeReadArePutAside() async throws {
    try await onTestLoop {
      let desk = try await Desk(.behind)
      await desk.poll([1: "1"])
      try await desk.ledger.transaction { transaction throws(LedgerError) in
        for body in [[9, 9, 9], [], [1, 0]] as [[UInt8]] {
          try transaction.execute(
            "INSERT INTO journal (node, body) VALUES (11, ?)", [.blob(body)])
        }
      }
      let next = try await Desk(.behind, in: desk.folder, after: .seconds(300))
      #expect(try await next.journalled == 2)
      #expect(next.recorder.findings.count == 1)
      #expect(next.recorder.findings.first?.hasSuffix(": 2") == true)
      #expect(
        next.recorder.findings.first?.hasPrefix("rows of the journal that cannot be read since ")
          == true)
      #expect(next.folder.read("log")?.contains("2 rows of the journal cannot be read") == true)
      _ = await next.recorder.writeAll()
      #expect(try await next.rows(1) == [1])
      let late = try await Desk(.behind, in: desk.folder, after: .seconds(31 * 86_400))
      #expect(late.recorder.findings == [])
      #expect(
        late.folder.read("log")?.contains("2 rows of the journal that could not be read") == true)
    }
  }

  /// What a former run has left waits since it was polled, and is due at once.
  @Test func restoredRowsWaitSinceTheirPoll() async throws {
    try await onTestLoop {
      let desk = try await Desk(.behind)
      for poll in 1...3 { await desk.poll([1: "\(poll)"]) }
      let next = try await Desk(.behind, in: desk.folder, after: .seconds(1000))
      #expect(next.recorder.waiting.since == Desk.noon + 300)
      #expect(await next.recorder.writeDue().count == 1)
      #expect(next.recorder.waiting.since == nil)
    }
  }

  @Test func aFileThatCannotBeWrittenIsNamed() async throws {
    try await onTestLoop {
      let desk = try await Desk(.direct)
      await desk.poll([1: "1", 2: "1"])
      _ = await desk.recorder.writeDue()
      unlink(desk.path(1))
      mkdir(desk.path(1), 0o755)
      await desk.poll([1: "2", 2: "2"])
      let report = try #require(await desk.recorder.writeDue().first)
      #expect(report.trouble == nil)
      #expect(report.series == [SeriesNumber(1), SeriesNumber(2)])
      #expect(Array(report.faults.keys) == [SeriesNumber(1)])
      #expect(report.faults[SeriesNumber(1)]?.contains(desk.path(1)) == true)
    }
  }

  @Test func aFullDiskLosesNothing() async throws {
    try await onTestLoop {
      let desk = try await Desk(.direct)
      await desk.poll([1: "1"])
      #expect(await desk.recorder.writeDue().flatMap(\.failures) == [])
      // A folder in the file's place is what even root cannot write to.
      unlink(desk.path(1))
      mkdir(desk.path(1), 0o755)
      await desk.poll([1: "2", 2: "2"])
      var failures = await desk.recorder.writeDue().flatMap(\.failures)
      #expect(failures.map(\.fate) == [.later] && failures.map(\.series) == [SeriesNumber(1)])
      #expect(failures.first?.description.contains(desk.path(1)) == true)
      #expect(try await desk.last(2) == desk.clock.epoch)
      await desk.recorder.sync()
      #expect(try await desk.journalled == 1)
      // Not at each look.
      #expect(await desk.recorder.writeDue().flatMap(\.failures) == [])
      rmdir(desk.path(1))
      await desk.poll([1: "3", 2: "3"])
      failures = await desk.recorder.writeDue().flatMap(\.failures)
      #expect(failures == [])
      #expect(try await desk.rows(1) == [2, 3])
      await desk.recorder.sync()
      #expect(try await desk.journalled == 0)
    }
  }

  @Test func aRefusedValueIsCountedAndHoldsUpNobody() async throws {
    try await onTestLoop {
      let desk = try await Desk(.direct)
      await desk.setFiles([
        (SeriesNumber(3), FileForm(ending: "/s3.rrd", spec: RRDSpec(type: .derive)))
      ])
      await desk.poll([1: "1", 3: "1.5", 4: "7"])
      let failures = await desk.recorder.writeDue().flatMap(\.failures)
      #expect(failures.map(\.series) == [SeriesNumber(3), SeriesNumber(4)])
      #expect(failures.allSatisfy { $0.fate == .refused && $0.count == 1 })
      #expect(try await desk.last(1) == desk.clock.epoch)
      await desk.recorder.sync()
      #expect(try await desk.journalled == 0)
    }
  }

  /// A disk that hangs gives no error: it is told once, with when it began, and that it is over.
  @Test func aRoundThatDoesNotEndIsTold() async throws {
    try await onTestLoop {
      let disk = HangingDisk()
      let desk = try await Desk(.direct, sink: disk)
      await desk.poll([1: "1"])
      let round = EventLoop.start { await desk.recorder.writeDue() }
      try await reach("the round") { disk.waiting.count == 1 }
      desk.clock.advance(by: .seconds(59))
      #expect(desk.recorder.stalls == [])
      desk.clock.advance(by: .seconds(1))
      let since = CalendarTime.local(Desk.noon + 300).text
      let work = "writing files below \(desk.folder.path)"
      #expect(desk.recorder.stalls == ["\(work) has not ended since \(since): does the disk hang?"])
      // The ledger takes all: no message need go out without it.
      #expect(!desk.recorder.takesNothing)
      // Polls go on meanwhile.
      await desk.poll([1: "2"])
      #expect(try await desk.journalled == 2)
      desk.clock.advance(by: .seconds(600))
      disk.goOn()
      #expect(await round.value.flatMap(\.failures) == [])
      #expect(desk.recorder.stalls == [])
      let lines = desk.logged.filter { $0.contains(work) }
      #expect(
        lines == [
          "\(work): not ended after 1 min: does the disk hang? Nodes are polled meanwhile",
          "\(work): ended after 16 min",
        ])
      // The next one is watched anew, and so is the sync.
      let sync = EventLoop.start { await desk.recorder.sync() }
      try await reach("the sync") { disk.waiting.count == 1 }
      desk.clock.advance(by: .seconds(60))
      #expect(desk.recorder.stalls.first?.hasPrefix("syncing files below ") == true)
      disk.goOn()
      await sync.value
      #expect(desk.recorder.stalls == [])
    }
  }

  @Test func whileTheLedgerFailsValuesWaitInOrder() async throws {
    try await onTestLoop {
      let desk = try await Desk(.direct)
      func refuse(_ on: Bool) async throws {
        try await desk.ledger.read { transaction throws(LedgerError) in
          _ = try transaction.query("PRAGMA query_only = \(on ? "ON" : "OFF")")
        }
      }
      try await refuse(true)
      for poll in 1...3 { await desk.poll([1: "\(poll)"], with: [Note(text: "\(poll)")]) }
      #expect(desk.recorder.trouble != nil && access(desk.path(1), F_OK) != 0)
      try await refuse(false)
      #expect(await desk.recorder.flushCommits().isKept)
      #expect(await desk.recorder.writeAll().flatMap(\.failures) == [])
      #expect(try await desk.rows(1) == [1, 2, 3])
      let notes = try await desk.ledger.read { transaction throws(LedgerError) in
        try transaction.query("SELECT text FROM note").map { $0[0].text }
      }
      #expect(notes == ["1", "2", "3"] && desk.recorder.trouble == nil)
    }
  }

  @Test func withRecordingOffNothingIsWritten() async throws {
    try await onTestLoop {
      let desk = try await Desk(.off)
      await desk.poll([1: "1"], with: [Note(text: "kept")])
      #expect(await desk.recorder.writeAll().flatMap(\.failures) == [])
      #expect(try await desk.journalled == 0)
      #expect(access(desk.path(1), F_OK) != 0)
    }
  }

  /// A field that becomes a counter: what came before goes into its old file.
  @Test func valuesGoWhereTheyWereMeantToGo() async throws {
    try await onTestLoop {
      let desk = try await Desk(.behind)
      await desk.poll([1: "1"])
      let moved = desk.folder.path + "/moved.rrd"
      await desk.setFiles([(SeriesNumber(1), FileForm(ending: "/moved.rrd", spec: RRDSpec()))])
      await desk.poll([1: "2"])
      #expect(await desk.recorder.writeAll().flatMap(\.failures) == [])
      #expect(try await desk.last(1) == desk.clock.epoch - 300)
      #expect(try await RRDWriter().lastUpdate(moved) == desk.clock.epoch)
    }
  }

  /// A page asks for a file that is being written.
  @Test func twoWhoAskForANodeBothWait() async throws {
    try await onTestLoop {
      let desk = try await Desk(.behind)
      for poll in 1...3 { await desk.poll([1: "\(poll)", 2: "1", 3: "1"]) }
      let nodes = [NodeNumber(11)]
      let asked = (0..<4).map { _ in
        EventLoop.start {
          let reports = await desk.recorder.write(nodes)
          // Whoever returns finds everything in the file.
          return (reports, try? await desk.last(3))
        }
      }
      for task in asked {
        let (reports, last) = await task.value
        #expect(reports.flatMap(\.failures) == [])
        #expect(last == desk.clock.epoch)
      }
    }
  }
}
