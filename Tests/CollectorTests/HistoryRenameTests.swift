import EventLoop
import Ledger
import Limits
import MuninWire
import RRD
import TestNodes
import TestSupport
import Testing

@testable import Collector
@testable import Recording

/// Other names for nodes, graphs and fields whose history, states and numbers go on.
@Suite(.timeLimit(.minutes(1))) struct HistoryRenameTests {
  @LoopActor
  private static func node(_ service: String = "load", field: String = "load") throws -> TestNode {
    try TestNode([
      .init(
        service, "graph_title Load\n\(field).label load\n\(field).critical 5", "\(field).value 7")
    ])
  }

  /// A collector that has polled `g;web01` three times; nothing waits in its journal.
  @LoopActor
  private static func station(_ node: TestNode, more: [(String, TestNode)] = []) async throws
    -> Station
  {
    let station = try await Station(
      [("g;web01", node)] + more, conf: "contact.a.email a@example.com")
    for _ in 0..<3 { await station.poll() }
    await station.collector.finish()
    return station
  }

  @LoopActor
  private static func plan(
    _ old: String, _ new: String, _ station: Station
  ) async throws -> HistoryRename {
    try await HistoryRename.plan(
      old, new, ledger: station.ledger, configured: ["g;web01"],
      directory: station.scratch.path + "/db")
  }

  @LoopActor
  private static func rename(_ old: String, _ new: String, _ station: Station) async throws {
    try await plan(old, new, station).begin(station.ledger)
    let outcome = try await HistoryWork.resume(
      station.ledger, station.writer, in: station.scratch.path + "/db")
    #expect(outcome?.isComplete == true, "\(outcome as Any)")
  }

  private static func files(_ station: Station) -> [String] {
    station.scratch.files(below: "db", ending: ".rrd")
  }

  /// The level of the only field, and since when it has it.
  @LoopActor
  private static func state(_ station: Station) -> (Level, Int?)? {
    let graphs = station.collector.snapshot().nodes.first?.graphs ?? []
    return graphs.first?.fields.first.map { ($0.level, $0.since) }
  }

  /// What every rename must keep: the series' number, its state, its history in one file, and one incident.
  @LoopActor
  private static func expectItGoesOn(
    _ station: Station, _ nodes: [(String, TestNode)], file: String,
    location: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try await series(station)
    try await station.restart(with: nodes)
    await station.poll()
    #expect(files(station) == [file], sourceLocation: location)
    let now = station.clock.epoch
    let rows = try await station.rows(file, from: now - 1200, to: now)
    #expect(rows.compactMap { $0 } == [7, 7, 7, 7], sourceLocation: location)
    let found = try #require(state(station), sourceLocation: location)
    #expect(found.0 == .critical && found.1 == now - 900, sourceLocation: location)
    #expect(try await station.subjects().count == 1, sourceLocation: location)
    #expect(try await series(station) == before, sourceLocation: location)
  }

  @LoopActor
  private static func series(_ station: Station) async throws -> [Int] {
    try await station.ledger.read { transaction throws(LedgerError) in
      try transaction.query("SELECT number FROM series ORDER BY number").map {
        $0[0].integer ?? -1
      }
    }
  }

  @Test func aNodeGoesOnUnderAnotherName() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
      try await Self.rename("g;web01", "other;sub;www", station)
      #expect(Self.files(station) == ["other/sub/www-load-load-g.rrd"])
      #expect(station.scratch.files(below: "db", ending: "g") == [])
      try await Self.expectItGoesOn(
        station, [("other;sub;www", node)], file: "other/sub/www-load-load-g.rrd")
    }
  }

  @Test func aGroupGoesOnUnderAnotherName() async throws {
    try await onTestLoop {
      let (node, second) = (try Self.node(), try Self.node())
      defer { node.close() }
      defer { second.close() }
      let station = try await Self.station(node, more: [("gg;web01", second)])
      try await Self.rename("g", "h;i", station)
      #expect(Self.files(station) == ["gg/web01-load-load-g.rrd", "h/i/web01-load-load-g.rrd"])
      try await station.restart(with: [("h;i;web01", node)])
      #expect(Self.state(station)?.0 == .critical)
    }
  }

  @Test func aServiceGoesOnUnderAnotherName() async throws {
    try await onTestLoop {
      let (node, renamed) = (try Self.node(), try Self.node("load2"))
      defer { node.close() }
      defer { renamed.close() }
      let station = try await Self.station(node)
      try await Self.rename("g;web01:load", "g;web01:load2", station)
      // Its page is there before the first poll.
      try await station.restart(with: [("g;web01", renamed)])
      #expect(station.collector.snapshot().nodes[0].graphs.map(\.graph.name) == ["load2"])
      try await Self.expectItGoesOn(
        station, [("g;web01", renamed)], file: "g/web01-load2-load-g.rrd")
    }
  }

  @Test func aFieldGoesOnUnderAnotherName() async throws {
    try await onTestLoop {
      let (node, renamed) = (try Self.node(), try Self.node(field: "average"))
      defer { node.close() }
      defer { renamed.close() }
      let station = try await Self.station(node)
      try await Self.rename("g;web01:load.load", "g;web01:load.average", station)
      try await Self.expectItGoesOn(
        station, [("g;web01", renamed)], file: "g/web01-load-average-g.rrd")
    }
  }

  @Test func aPlanChangesNothing() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
      let plan = try await Self.plan("g;web01", "g;web02", station)
      #expect(plan.series == 1)
      #expect(
        plan.intent.files == [
          .init(old: "g/web01-load-load-g.rrd", new: "g/web02-load-load-g.rrd")
        ])
      #expect(Self.files(station) == ["g/web01-load-load-g.rrd"])
      let intent = try await station.ledger.read { transaction throws(LedgerError) in
        try HistoryTables.read(in: transaction)
      }
      #expect(intent == nil)
    }
  }

  @Test(arguments: [
    ("g;web01", "g;web02", "g/web02-load-load-g.rrd exists: two histories are never made one"),
    ("g;web01", "g;web01", "are the same"),
    (
      // With its ending it would be a name, and not with that of a file that is set aside.
      "g;web01", "g;" + String(repeating: "a", count: 225),
      "the new name of a file is too long: expected at most 231 bytes"
    ),
    ("g;web09", "g;web10", "no history of g;web09 in "),
    ("g;web01:none", "g;web01:load", "no history of g;web01:none in "),
    ("g;web01:load", "g;web02:load", "expected another name on the same node, g;web01"),
    ("g;web01", "g;web01:load", "expected a name like 'g;web01'"),
    ("g;web01", "../x;web01", "expected GROUP"),
  ])
  func whatCannotBeDoneIsRefused(old: String, new: String, reason: String) async throws {
    try await onTestLoop {
      let (node, second) = (try Self.node(), try Self.node())
      defer { node.close() }
      defer { second.close() }
      let station = try await Self.station(node, more: [("g;web02", second)])
      let before = Self.files(station)
      let error = await #expect(throws: HistoryError.self) {
        _ = try await Self.plan(old, new, station)
      }
      #expect(error?.description.contains(reason) == true, "\(error as Any)")
      #expect(Self.files(station) == before)
    }
  }

  /// The files of both have different names, as those of different types have: they would be two halves of one history.
  @Test(arguments: [("g;web01", "g;web02"), ("g;web01:load", "g;web01:disk")])
  func aNameThatHasAHistoryIsTaken(old: String, new: String) async throws {
    try await onTestLoop {
      let node = try TestNode(
        ["load", "disk"].map { .init($0, "graph_title T\n\($0).label l", "\($0).value 7") })
      let second = try Self.node("memory", field: "free")
      defer { node.close() }
      defer { second.close() }
      let station = try await Self.station(node, more: [("g;web02", second)])
      let before = Self.files(station)
      let error = await #expect(throws: HistoryError.self) {
        _ = try await Self.plan(old, new, station)
      }
      #expect(
        error?.description.contains("exists: two histories are never made one") == true,
        "\(error as Any)")
      #expect(Self.files(station) == before)
    }
  }

  /// A node that was polled under its new name already, without files (they were moved away): its numbers make room.
  @Test func theOldNodeReplacesOneWithoutFiles() async throws {
    try await onTestLoop {
      let (node, second) = (try Self.node(), try Self.node())
      defer { node.close() }
      defer { second.close() }
      let station = try await Self.station(node, more: [("g;web02", second)])
      #expect(try await Self.series(station) == [1, 2])
      try await station.writer.rename(
        station.file("g/web02-load-load-g.rrd"), to: station.file("kept"))
      try await Self.rename("g;web01", "g;web02", station)
      #expect(try await Self.series(station) == [1])
      try await station.restart(with: [("g;web02", node)])
      await station.poll()
      #expect(Self.state(station)?.0 == .critical)
      #expect(try await Self.series(station) == [1])
    }
  }

  @Test func valuesInTheJournalAreWaitedFor() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
      // A collector that is killed before it writes.
      try await station.ledger.transaction { transaction throws(LedgerError) in
        try transaction.execute("INSERT INTO journal VALUES (99, 1, x'01')")
      }
      let error = await #expect(throws: HistoryError.self) {
        _ = try await Self.plan("g;web01:load", "g;web01:load2", station)
      }
      #expect(error?.description.contains("values of g;web01 wait in the journal") == true)
    }
  }

  /// Killed after any of its files, it is finished by the next start.
  @Test(arguments: 0...4) func aRenameThatWasKilledIsFinished(after count: Int) async throws {
    try await onTestLoop {
      let fields = (1...4).map { "f\($0)" }
      let node = try TestNode([
        .init(
          "load", "graph_title L\n" + fields.map { "\($0).label x\n" }.joined(),
          fields.map { "\($0).value 7" }.joined(separator: "\n"))
      ])
      defer { node.close() }
      let station = try await Self.station(node)
      let directory = station.scratch.path + "/db"
      let plan = try await Self.plan("g;web01", "h;web02", station)
      try #require(plan.intent.files.count == 4)
      let intent = plan.intent
      try await station.ledger.transaction { transaction throws(LedgerError) in
        try HistoryTables.write(intent, in: transaction)
      }
      for file in intent.files.prefix(count) {
        try await station.writer.move("\(directory)/\(file.old)", to: "\(directory)/\(file.new)")
      }
      let done = try await HistoryWork.resume(station.ledger, RRDWriter(), in: directory)
      #expect(done?.intent == intent && done?.isComplete == true)
      #expect(Self.files(station) == fields.map { "h/web02-load-\($0)-g.rrd" })
      #expect(try await HistoryWork.resume(station.ledger, RRDWriter(), in: directory) == nil)
      try await station.restart(with: [("h;web02", node)])
      await station.poll()
      #expect(Self.files(station).count == 4)
      #expect(try await Self.series(station) == [1, 2, 3, 4])
    }
  }

  /// A node with four files, and an intent in the ledger to rename it: as a killed process leaves it.
  private static func withIntent(
    _ new: String, renamed count: Int = 0,
    _ body:
      @escaping @LoopActor @Sendable (Station, TestNode, HistoryTables.Intent) async throws ->
      Void
  ) async throws {
    try await onTestLoop {
      let fields = (1...4).map { "f\($0)" }
      let node = try TestNode([
        .init(
          "load", "graph_title L\n" + fields.map { "\($0).label x\n" }.joined(),
          fields.map { "\($0).value 7" }.joined(separator: "\n"))
      ])
      defer { node.close() }
      let station = try await station(node)
      let directory = station.scratch.path + "/db"
      var intent = try await plan("g;web01", "h;web02", station).intent
      try #require(intent.files.count == 4)
      // Names that no plan would let through: the disk may refuse any.
      intent.files = intent.files.map {
        .init(old: $0.old, new: $0.new.replacing("h/web02", with: new))
      }
      let written = intent
      try await station.ledger.transaction { transaction throws(LedgerError) in
        try HistoryTables.write(written, in: transaction)
      }
      for file in intent.files.prefix(count) {
        try await station.writer.move("\(directory)/\(file.old)", to: "\(directory)/\(file.new)")
      }
      try await body(station, node, intent)
    }
  }

  private static let oldFiles = (1...4).map { "g/web01-load-f\($0)-g.rrd" }

  @LoopActor private static func intent(_ station: Station) async throws -> HistoryTables.Intent? {
    try await station.ledger.read { transaction throws(LedgerError) in
      try HistoryTables.read(in: transaction)
    }
  }

  /// The disk refuses one of the new names: history goes on under the old one, and no later start fails.
  @Test(arguments: [0, 2]) func aRenameThatFailsIsGivenUp(after count: Int) async throws {
    try await Self.withIntent("h/web02", renamed: count) { station, node, intent in
      // In the place of the last file's new name stands another one.
      station.scratch.makeFolder("db/h")
      station.scratch.write("another", to: "db/\(intent.files[3].new)")
      let directory = station.scratch.path + "/db"
      let outcome = try #require(
        try await HistoryWork.resume(station.ledger, RRDWriter(), in: directory))
      #expect(!outcome.isComplete)
      let (old, new) = (
        "\(directory)/\(intent.files[3].old)", "\(directory)/\(intent.files[3].new)"
      )
      #expect(
        outcome.description
          == "g;web01 was not renamed to h;web02: \(old) and \(new) both exist; its history goes on under the old name"
      )
      #expect(Self.files(station) == Self.oldFiles + [intent.files[3].new])
      #expect(station.scratch.read("db/\(intent.files[3].new)") == "another")
      #expect(try await Self.intent(station) == nil)
      try await station.restart()
      await station.poll()
      await station.collector.finish()
      let now = station.clock.epoch
      let rows = try await station.rows("g/web01-load-f1-g.rrd", from: now - 1200, to: now)
      #expect(rows.compactMap { $0 } == [7, 7, 7, 7])
    }
  }

  @Test func aNameThatTheDiskRefusesIsGivenUp() async throws {
    let name = "h/" + String(repeating: "x", count: 250)
    try await Self.withIntent(name) { station, node, intent in
      let outcome = try await HistoryWork.resume(
        station.ledger, RRDWriter(), in: station.scratch.path + "/db")
      #expect(
        outcome?.description.hasSuffix(
          ": File name too long; its history goes on under the old name") == true,
        "\(outcome as Any)"
      )
      #expect(Self.files(station) == Self.oldFiles)
      // Folders that were made for the new names are removed.
      #expect(station.scratch.files(below: "db", ending: "h") == [])
      #expect(try await Self.intent(station) == nil)
    }
  }

  /// The ledger refuses the new names, and in place of the old folder there is a file: that is told, file by file.
  @Test func filesThatCannotGetTheirOldNamesBackAreNamed() async throws {
    try await Self.withIntent("h/web02", renamed: 4) { station, node, intent in
      station.scratch.remove("db/g")
      station.scratch.write("in the way", to: "db/g")
      try await station.ledger.transaction { transaction throws(LedgerError) in
        try transaction.execute(
          "CREATE TRIGGER refuse BEFORE UPDATE ON node BEGIN SELECT RAISE(ABORT, 'not now'); END")
      }
      let outcome = try await HistoryWork.resume(
        station.ledger, RRDWriter(), in: station.scratch.path + "/db")
      let text = outcome?.description ?? ""
      #expect(text.hasPrefix("g;web01 was not renamed to h;web02: cannot run "), "\(text)")
      #expect(text.contains("not now; cannot rename "), "\(text)")
      #expect(text.hasSuffix(" (and 3 more): rename these by hand, for its history to go on"))
      #expect(try await Self.intent(station) == nil)
      #expect(Self.files(station) == intent.files.map(\.new))
    }
  }
}
