import Foundation
import Ledger
import TestSupport
import Testing

private let birds = [
  Migration(part: "birds", version: 1, sql: "CREATE TABLE birds (name TEXT PRIMARY KEY, weight)")
]

@Suite struct LedgerTests {
  @Test(arguments: [
    Value.null, .integer(.min), .integer(.max), .real(0.1), .real(-1e300), .text(""),
    .text("Zaunkönig\u{0}'; DROP"), .blob([]), .blob([0, 255, 10]),
  ])
  func valueComesBackAsItWent(value: Value) async throws {
    let ledger = try Ledger(path: ":memory:")
    let row = try await ledger.read { transaction throws(LedgerError) in
      try transaction.query("SELECT ? AS cell", [value])
    }
    #expect(row.map { $0["cell"] } == [value])
  }

  @Test func committedRowsSurviveAKill() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    try await ledger.migrate(birds)
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("INSERT INTO birds VALUES (?, ?)", ["swift", .integer(42)])
    }
    let left = try folder.asLeftByAKill()
    let reopened = try Ledger(path: left.ledger)
    try await reopened.migrate(birds)
    #expect(try await weights(reopened) == ["swift": 42])
  }

  @Test func aThrowingBodyLeavesNothing() async throws {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(birds)
    let failure = await #expect(throws: LedgerError.self) {
      try await ledger.transaction { transaction throws(LedgerError) in
        try transaction.execute("INSERT INTO birds VALUES ('swift', 42)")
        try transaction.execute("INSERT INTO birds VALUES ('swift', 43)")
      }
    }
    #expect(failure?.kind == .constraint)
    #expect(failure?.description.hasSuffix("UNIQUE constraint failed: birds.name") == true)
    #expect(try await weights(ledger) == [:])
  }

  @Test func anUnfinishedTransactionIsGoneAfterAKill() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    try await ledger.migrate(birds)
    let left = try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("INSERT INTO birds VALUES ('swift', 42)")
      return Result { try folder.asLeftByAKill() }
    }.get()
    let reopened = try Ledger(path: left.ledger)
    #expect(try await weights(reopened) == [:])
  }

  @Test func changesAndRowNumbersAreTold() async throws {
    let ledger = try Ledger(path: ":memory:")
    let counts = try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)")
      try transaction.execute("INSERT INTO t (x) VALUES (1), (2), (3)")
      let last = transaction.lastInsertedRow
      return [last, try transaction.execute("DELETE FROM t WHERE x > ?", [1])]
    }
    #expect(counts == [3, 2])
  }

  @Test(arguments: [
    ("SELECT", [], "incomplete input"),
    ("SELECT ?", [], "expected 1 values, found 0"),
    ("SELECT 1; SELECT 2", [], "expected one statement"),
    ("", [], "expected one statement"),
    ("SELECT * FROM nests", [], "no such table: nests"),
    ("SELECT ?", [Value.null, .null], "expected 1 values, found 2"),
  ])
  func wrongStatementIsNamed(sql: String, values: [Value], message: String) async throws {
    let ledger = try Ledger(path: ":memory:")
    let failure = await #expect(throws: LedgerError.self) {
      try await ledger.transaction { transaction throws(LedgerError) in
        try transaction.execute(sql, values)
      }
    }
    #expect(failure?.description.hasSuffix(message) == true, "\(String(describing: failure))")
    #expect(failure?.description.contains(":memory:") == true)
  }

  @Test func moreStatementsThanTheCacheHoldsWork() async throws {
    let ledger = try Ledger(path: ":memory:")
    let sum = try await ledger.read { transaction throws(LedgerError) in
      var sum = 0
      for number in 0..<1000 { sum += try transaction.query("SELECT \(number)")[0][0].integer ?? 0 }
      return sum
    }
    #expect(sum == 499_500)
  }

  @Test func aSecondWriterIsToldToWait() async throws {
    let folder = try TemporaryFolder()
    let first = try Ledger(path: folder.ledger)
    let second = try Ledger(path: folder.ledger, busyTimeout: 0)
    try await first.migrate(birds)
    // One process, two connections: while the first holds the lock the second is refused, but reads.
    let done = try await first.transaction { transaction throws(LedgerError) in
      try transaction.execute("INSERT INTO birds VALUES ('swift', 42)")
      return blockingKind { try await second.migrate(birds) }
    }
    #expect(done == .busy)
    #expect(try await weights(second) == ["swift": 42])
  }
}

@Suite struct OpeningTests {
  @Test func missingFolderIsNamed() {
    #expect(throws: LedgerError.self) { try Ledger(path: "/nonexistent/state.db") }
  }

  @Test func aFileOfRubbishIsDamaged() async throws {
    let folder = try TemporaryFolder()
    var generator = Noise(7)
    for size in [20, 100, 4096, 20000] {
      let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
      try Data(bytes).write(to: URL(fileURLWithPath: folder.ledger))
      let failure = await #expect(throws: LedgerError.self) {
        try await Ledger(path: folder.ledger).migrate(birds)
      }
      #expect(failure?.kind == .damaged, "\(size) bytes: \(String(describing: failure))")
      // What it is and what can be done, and no word of SQL.
      let text = failure?.description ?? ""
      #expect(
        text.hasPrefix("the ledger \(folder.ledger) is damaged (file is not a database): ")
          && text.contains("move it and \(folder.ledger)-wal away"), "\(text)")
    }
  }

  /// A ledger with some damaged pages in its middle opens as any other.
  @Test func damageInTheMiddleIsFound() async throws {
    let folder = try TemporaryFolder()
    do {
      let ledger = try Ledger(path: folder.ledger)
      try await ledger.migrate(birds)
      try await ledger.transaction { transaction throws(LedgerError) in
        for number in 0..<5000 {
          try transaction.execute(
            "INSERT INTO birds VALUES (?, ?)", [.text("a bird called \(number)"), .integer(number)])
        }
      }
      try await ledger.verify()
      _ = try await ledger.read { transaction throws(LedgerError) in
        try transaction.query("PRAGMA wal_checkpoint(TRUNCATE)")
      }
    }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.ledger))
    bytes.replaceSubrange(
      16_384..<24_576, with: Data((0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 7) }))
    try bytes.write(to: URL(fileURLWithPath: folder.ledger))
    let ledger = try Ledger(path: folder.ledger)
    let failure = await #expect(throws: LedgerError.self) { try await ledger.verify() }
    #expect(failure?.kind == .damaged)
    #expect(
      failure?.description.hasPrefix("the ledger \(folder.ledger) is damaged (") == true,
      "\(failure as Any)")
    let reading = await #expect(throws: LedgerError.self) { _ = try await weights(ledger) }
    #expect(reading?.description.contains("SELECT") == false, "\(reading as Any)")
  }

  /// The reason is the disk's: the statement says nothing.
  @Test func aFullDiskIsToldWithoutTheStatement() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    try await ledger.migrate(birds)
    let failure = await #expect(throws: LedgerError.self) {
      try await ledger.transaction { transaction throws(LedgerError) in
        _ = try transaction.query("PRAGMA max_page_count = 1")
        for number in 0..<5000 {
          try transaction.execute("INSERT INTO birds VALUES (?, 1)", [.text("bird \(number)")])
        }
      }
    }
    #expect(failure?.kind == .full)
    #expect(failure?.description == "cannot write \(folder.ledger): database or disk is full")
  }

  @Test func anotherProgramsDatabaseIsLeftAlone() async throws {
    let folder = try TemporaryFolder()
    let foreign = try Ledger(path: folder.ledger)
    try await foreign.transaction { transaction throws(LedgerError) in
      try transaction.execute("CREATE TABLE bookmarks (url)")
    }
    let failure = await #expect(throws: LedgerError.self) { try await foreign.migrate(birds) }
    #expect(failure?.kind == .damaged)
  }
}

@Suite struct MigrationTests {
  private let grown =
    birds + [
      Migration(
        part: "birds", version: 2,
        sql: "ALTER TABLE birds ADD COLUMN song; UPDATE birds SET song = 'sriiirr';")
    ]

  @Test func stepsRunOnceAndInOrder() async throws {
    let folder = try TemporaryFolder()
    let old = try Ledger(path: folder.ledger)
    try await old.migrate(birds)
    try await old.transaction { transaction throws(LedgerError) in
      try transaction.execute("INSERT INTO birds VALUES ('swift', 42)")
    }
    let new = try Ledger(path: folder.ledger)
    try await new.migrate(grown)
    try await new.migrate(grown)
    let songs = try await new.read { transaction throws(LedgerError) in
      try transaction.query("SELECT song FROM birds")
    }
    #expect(songs.map(\.values) == [["sriiirr"]])
  }

  @Test func newerTablesAreRefused() async throws {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(grown)
    let failure = await #expect(throws: LedgerError.self) { try await ledger.migrate(birds) }
    #expect(failure?.kind == .newer)
    #expect(
      failure?.description.contains("birds tables have version 2, this program knows 1") == true)
  }

  @Test func aFailingStepUndoesAll() async throws {
    let ledger = try Ledger(path: ":memory:")
    let broken = birds + [Migration(part: "nests", version: 1, sql: "CREATE nonsense")]
    await #expect(throws: LedgerError.self) { try await ledger.migrate(broken) }
    try await ledger.migrate(birds)
    #expect(try await weights(ledger) == [:])
  }

  /// One part takes over another's tables: steps run in the order given, and a step of code that fails leaves all as it was.
  @Test func stepsOfCodeRunInTheOrderGiven() async throws {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(birds)
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("INSERT INTO birds VALUES ('swift', 42)")
    }
    func steps(_ failing: Bool) -> [Migration] {
      birds + [
        Migration(part: "birds", version: 2, sql: "ALTER TABLE birds RENAME TO former"),
        Migration(part: "animals", version: 1, sql: "CREATE TABLE birds (name TEXT, weight)"),
        Migration(part: "birds", version: 3) { transaction throws(LedgerError) in
          for row in try transaction.query("SELECT * FROM former") {
            try transaction.execute(
              "INSERT INTO birds VALUES (?, ?)",
              [row["name"], .integer(row["weight"].integer! + 1)])
          }
          try transaction.execute(failing ? "nonsense" : "DROP TABLE former")
        },
      ]
    }
    await #expect(throws: LedgerError.self) { try await ledger.migrate(steps(true)) }
    #expect(try await weights(ledger) == ["swift": 42])
    try await ledger.migrate(steps(false))
    try await ledger.migrate(steps(false))
    #expect(try await weights(ledger) == ["swift": 43])
  }

  @Test func rowsAreReadOneByOne() async throws {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(birds)
    let seen = try await ledger.transaction { transaction throws(LedgerError) in
      for number in 0..<1000 {
        try transaction.execute(
          "INSERT INTO birds VALUES (?, ?)", [.text("b\(number)"), .integer(number)])
      }
      var seen = (rows: 0, sum: 0, names: 0, bytes: 0)
      try transaction.each("SELECT name, weight, NULL, x'0102' FROM birds WHERE weight < ?", [500])
      {
        row throws(LedgerError) in
        seen.rows += 1
        seen.sum += row.integer(1) ?? 0
        seen.names += row.text(0) == "b\(row.integer(1) ?? -1)" ? 1 : 0
        seen.bytes += row.bytes(3).count + row.withBytes(2) { $0.count }
        #expect(row.integer(2) == nil && row.real(2) == nil && row.text(2) == nil)
      }
      return [seen.rows, seen.sum, seen.names, seen.bytes]
    }
    #expect(seen == [500, 124_750, 500, 1000])
  }

  /// A commit that is not on the disk yet outlives a kill of the process.
  @Test func anUnsyncedCommitSurvivesAKill() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    try await ledger.migrate(birds)
    try await ledger.transaction(synced: false) { transaction throws(LedgerError) in
      try transaction.execute("INSERT INTO birds VALUES ('swift', 42)")
    }
    let left = try folder.asLeftByAKill()
    #expect(try await weights(Ledger(path: left.ledger)) == ["swift": 42])
    try await ledger.sync()
    try await ledger.transaction { transaction throws(LedgerError) in
      try transaction.execute("UPDATE birds SET weight = 43")
    }
    let later = try folder.asLeftByAKill()
    #expect(try await weights(Ledger(path: later.ledger)) == ["swift": 43])
  }
}

private func weights(_ ledger: Ledger) async throws -> [String: Int] {
  let rows = try await ledger.read { transaction throws(LedgerError) in
    try transaction.query("SELECT name, weight FROM birds")
  }
  return Dictionary(
    uniqueKeysWithValues: rows.map { ($0["name"].text ?? "", $0["weight"].integer ?? 0) })
}

/// Waits on this thread for work of another actor, which has a thread of its own.
private func blockingKind(
  _ body: @escaping @Sendable () async throws -> Void
) -> LedgerError.Kind? {
  let done = DispatchSemaphore(value: 0)
  nonisolated(unsafe) var kind: LedgerError.Kind?
  Task.detached {
    do { try await body() } catch { kind = (error as? LedgerError)?.kind }
    done.signal()
  }
  done.wait()
  return kind
}
