import EventLoop
import Foundation
import Inventory
import Ledger
import Limits
import MuninWire
import RRD
import TestNodes
import TestSupport
import Testing

@testable import Collector
@testable import Recording

/// The history of a munin: pages before the first poll, and files that go on.
@Suite(.timeLimit(.minutes(1))) struct HistoryImportTests {
  private static let datafile = """
    version 2.0.73
    g;web01:load.graph_title Load
    g;web01:load.graph_order load load
    g;web01:load.load.label load
    g;web01:load.load.critical 5
    g;web01:load.load.graph_data_size normal
    g;web01:load.load.update_rate 300
    g;web01:diskstats_iops.graph_title IOs
    g;web01:diskstats_iops.sda.label sda
    g;web01:diskstats_iops.sda.type DERIVE
    g;web01:diskstats_iops.sda.graph_title sda
    g;web01:diskstats_iops.sda.rd.label rd

    """

  /// A node whose plugin `diskstats` has graphs of other names.
  @LoopActor private static func node() throws -> TestNode {
    try TestNode([
      .init("load", "graph_title Load\nload.label load\nload.critical 5", "load.value 7"),
      .init(
        "diskstats",
        "multigraph diskstats_iops\ngraph_title IOs\nsda.label sda\nsda.type DERIVE\n"
          + "multigraph diskstats_iops.sda\ngraph_title sda\nrd.label rd\nrd.warning 3",
        "multigraph diskstats_iops\nsda.value 5\nmultigraph diskstats_iops.sda\nrd.value 4"),
    ])
  }

  @LoopActor private static func series(_ station: Station) async throws -> [String] {
    try await station.ledger.read { transaction throws(LedgerError) in
      try transaction.query(
        """
        SELECT series.number, g.text, f.text, type FROM series
        JOIN name AS g ON g.number = graph JOIN name AS f ON f.number = field ORDER BY series.number
        """
      ).map {
        "\($0[0].integer ?? 0) \($0[1].text ?? "").\($0[2].text ?? "") \($0[3].integer ?? 0)"
      }
    }
  }

  @Test func pagesAreThereBeforeTheFirstPollAndValuesGoOn() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      let directory = station.scratch.path + "/db"
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      station.scratch.write(Self.datafile, to: "db/datafile")
      let plan = try HistoryImport(from: directory, into: directory, now: Station.noon)
      #expect(plan.isInPlace && plan.files == [] && plan.datafile.findings == [])
      let new = try await plan.describe(in: station.ledger, at: Station.noon)
      #expect(new == (2, 3))
      // Once more, nothing is new.
      #expect(try await plan.describe(in: station.ledger, at: Station.noon) == (0, 0))
      let numbers = try await Self.series(station)
      #expect(
        numbers == ["1 diskstats_iops.sda 1", "2 diskstats_iops.sda.rd 0", "3 load.load 0"])

      try await station.restart()
      let graphs = station.collector.snapshot().nodes[0].graphs
      #expect(graphs.map(\.graph.name) == ["diskstats_iops", "diskstats_iops.sda", "load"])
      #expect(graphs.map(\.graph.title) == ["IOs", "sda", "Load"])

      // The first poll already records under the plugin that the graphs are of.
      await station.poll()
      #expect(
        station.scratch.files(below: "db", ending: ".rrd") == [
          "g/web01-diskstats_iops-sda-d.rrd", "g/web01-diskstats_iops-sda-rd-g.rrd",
          "g/web01-load-load-g.rrd",
        ])
      #expect(station.collector.snapshot().lost == LostValues())
      let after = station.collector.snapshot().nodes[0].graphs
      // A warning counts in two of three polls.
      #expect(after.map { $0.fields.map(\.level) } == [[.ok], [.ok], [.critical]])
      #expect(try await Self.series(station) == numbers)
      await station.poll()
      #expect(!station.logged.contains { $0.contains("not kept") }, "\(station.logged)")
    }
  }

  /// The administrator stops munin-cron and starts the collector: nothing else is needed for pages, not even an answer of the nodes.
  @Test func aNewLedgerTakesOverTheDatafileByItself() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      let directory = station.scratch.path + "/db"
      func first() async throws -> FirstImport? {
        try await FirstImport.make(from: directory, into: station.ledger, now: Station.noon)
      }
      // Nothing was polled yet, but the nodes of munin.conf have their numbers.
      #expect(try await first() == nil)
      station.scratch.makeFolder("db/datafile")
      let folder = try await first()
      #expect(folder?.isRead == false)
      #expect(
        folder?.description.hasPrefix(
          "munin's graphs are not imported: cannot open \(directory)/datafile: expected a regular file, found "
        )
          == true, "\(folder as Any)")
      station.scratch.remove("db/datafile")
      station.scratch.write("version 2.0.73\n", to: "db/datafile")
      #expect(try await first() == nil)
      station.scratch.write(Self.datafile + "g;web01:a b.graph_title x\n", to: "db/datafile")
      let new = try #require(try await first())
      #expect(new.isRead)
      #expect(
        new.description.hasPrefix(
          "imported \(directory)/datafile of munin: 1 node, 3 graphs; 1 line left out, the first: 13: "
        ), "\(new)")
      // From here on the ledger says what there is.
      #expect(try await first() == nil)
      try await station.restart()
      #expect(
        station.collector.snapshot().nodes[0].graphs.map(\.graph.title) == ["IOs", "sda", "Load"])
      // The plugin `diskstats` has the graphs of the imported service `diskstats_iops`: nothing is gone.
      await station.poll()
      #expect(station.collector.nodes[0].configs.keys.sorted() == ["diskstats", "load"])
      for _ in 0..<5 { await station.poll() }
      #expect(!station.logged.contains { $0.contains("no longer offers") }, "\(station.logged)")
      #expect(station.collector.snapshot().nodes[0].graphs.count == 3)
      let archive = await station.collector.archive(of: "g;web01")
      #expect(archive?.gone.isEmpty == true)
    }
  }

  /// A spool names only what has something new: what is imported must not keep the graphs from the plugin.
  @Test func aPluginOfASpoolHasItsImportedGraphs() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      station.scratch.makeFolder("db")
      station.scratch.write(Self.datafile, to: "db/datafile")
      let directory = station.scratch.path + "/db"
      _ = try await FirstImport.make(from: directory, into: station.ledger, now: Station.noon)
      try await station.restart()
      let record = station.collector.nodes[0]
      let bytes = Array(node.services[1].config.utf8)
      let config = ServiceConfig(
        bytes.span, ConfigAnswer(bytes.span, service: "diskstats"), service: "diskstats")
      record.listed = nil
      record.describe("diskstats", config)
      #expect(record.graphs["diskstats_iops"]?.service == "diskstats")
      #expect(record.graphs["diskstats_iops.sda"]?.service == "diskstats")
      #expect(record.configs.keys.sorted() == ["diskstats", "load"])
      // One that has brought values keeps its graphs.
      await station.poll()
      record.listed = nil
      record.describe("other", config)
      #expect(record.graphs["diskstats_iops"]?.service == "diskstats")
    }
  }

  @Test func filesAreCopiedOnceAndNoneIsOverwritten() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let old = try await Station([("g;web01", node)], conf: "datafile yes")
      await old.poll()
      await old.collector.finish()
      let source = old.scratch.path + "/db"
      old.scratch.write("no RRD", to: "db/g/web01-x-y-g.rrd")
      let names = [
        "g/web01-diskstats_iops-sda-d.rrd", "g/web01-diskstats_iops-sda-rd-g.rrd",
        "g/web01-load-load-g.rrd",
      ]

      let station = try await Station([("g;web01", node)])
      let directory = station.scratch.path + "/db"
      let plan = try HistoryImport(from: source, into: directory, now: Station.noon + 600)
      #expect(!plan.isInPlace && plan.files == names && plan.existing == 0 && plan.bytes > 100_000)
      #expect(plan.damaged.count == 1 && plan.damaged[0].contains("web01-x-y-g.rrd: "))
      #expect(station.scratch.files(below: "db", ending: ".rrd") == [])
      var copied = 0
      try await plan.copy(into: directory, station.writer) { copied += 1 }
      #expect(copied == 3)
      for name in names {
        #expect(
          FileManager.default.contents(atPath: "\(directory)/\(name)")
            == FileManager.default.contents(atPath: "\(source)/\(name)"))
      }
      #expect(station.scratch.files(below: "db", ending: "import") == [])

      // What a killed import has left is passed over; what is there stays.
      station.scratch.write("mine", to: "db/\(names[0])")
      station.scratch.remove("db/\(names[1])")
      station.scratch.write("half", to: "db/\(names[1]).new-import")
      let again = try HistoryImport(from: source, into: directory, now: Station.noon + 600)
      #expect(again.files == [names[1]] && again.existing == 2)
      try await again.copy(into: directory, station.writer) {}
      #expect(station.scratch.read("db/\(names[0])") == "mine")
      #expect(station.scratch.files(below: "db", ending: "import") == [])
    }
  }

  @Test(arguments: [
    ("none", "cannot read "), ("file", "expected a folder"),
    ("empty", "no datafile and no RRD file"),
    ("odd", "expected a regular file, found a folder"),
  ])
  func whatCannotBeImportedIsNamed(name: String, reason: String) throws {
    let scratch = Scratch()
    scratch.write("x", to: "file")
    for folder in ["empty", "odd/datafile"] {
      try FileManager.default.createDirectory(
        atPath: "\(scratch.path)/\(folder)", withIntermediateDirectories: true)
    }
    let error = #expect(throws: HistoryError.self) {
      _ = try HistoryImport(from: "\(scratch.path)/\(name)", into: scratch.path, now: 1)
    }
    #expect(error?.description.contains(reason) == true, "\(error as Any)")
  }
}

/// The end of a history: files and names, all or nothing.
@Suite(.timeLimit(.minutes(1))) struct HistoryForgetTests {
  @LoopActor private static func node() throws -> TestNode {
    try TestNode([
      .init(
        "load", "graph_title L\na.label a\na.critical 5\nb.label b\nb.critical 5",
        "a.value 7\nb.value 7"),
      .init(
        "disk",
        "multigraph disk\ngraph_title D\nx.label x\nmultigraph disk.sda\ngraph_title S\ny.label y",
        "multigraph disk\nx.value 1\nmultigraph disk.sda\ny.value 1"),
    ])
  }

  @LoopActor private static func station(_ nodes: [(String, TestNode)]) async throws -> Station {
    let station = try await Station(nodes, conf: "contact.a.email a@example.com")
    for _ in 0..<2 { await station.poll() }
    await station.collector.finish()
    return station
  }

  /// How many rows each table has.
  @LoopActor private static func rows(_ station: Station) async throws -> [String: Int] {
    try await station.ledger.read { transaction throws(LedgerError) in
      var rows: [String: Int] = [:]
      for table in [
        "node", "service", "series", "series_state", "change", "incident_log", "journal",
        "rename_file",
      ] {
        rows[table] = try transaction.query("SELECT count(*) FROM \(table)")[0][0].integer
      }
      return rows
    }
  }

  @LoopActor private static func forget(_ text: String, _ station: Station) async throws {
    let directory = station.scratch.path + "/db"
    let plan = try await HistoryForget.plan(
      text, ledger: station.ledger, configured: [], directory: directory)
    try await plan.begin(station.ledger)
    _ = try await HistoryWork.resume(station.ledger, station.writer, in: directory)
  }

  @Test func aNodeIsForgottenWithAllThatIsKnownOfIt() async throws {
    try await onTestLoop {
      let (node, second) = (try Self.node(), try Self.node())
      defer { node.close() }
      defer { second.close() }
      let alone = try await Self.station([("g;web02", second)])
      let one = try await Self.rows(alone)
      let station = try await Self.station([("g;web01", node), ("g;web02", second)])
      let before = try await Self.rows(station)
      #expect(before["node"] == 2 && before["series"] == 8 && before["incident_log"] == 2)
      try await station.ledger.transaction { transaction throws(LedgerError) in
        try transaction.execute("INSERT INTO journal VALUES (99, 1, x'01')")
      }
      try await Self.forget("g;web01", station)
      #expect(try await Self.rows(station) == one)
      #expect(
        station.scratch.files(below: "db", ending: ".rrd")
          == alone.scratch.files(below: "db", ending: ".rrd"))
      // A collector that still polls it begins anew.
      try await station.restart()
      await station.poll()
      #expect(try await Self.rows(station)["series"] == 8)
      #expect(station.collector.snapshot().nodes[0].graphs.count == 3)
    }
  }

  @Test(arguments: [
    ("g;web01:load.a", 3, ["disk-sda-y", "disk-x", "load-b"]),
    ("g;web01:load", 2, ["disk-sda-y", "disk-x"]),
    ("g;web01:disk", 2, ["load-a", "load-b"]),
    ("g;web01:disk.sda.", 3, ["disk-x", "load-a", "load-b"]),
    ("g", 0, []),
  ])
  func partsAreForgotten(target: String, series: Int, left: [String]) async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station([("g;web01", node)])
      try await Self.forget(target, station)
      let rows = try await Self.rows(station)
      #expect(rows["series"] == series && rows["rename_file"] == 0)
      #expect(rows["incident_log"] == (left.contains { $0.hasPrefix("load") } ? 1 : 0))
      #expect(
        station.scratch.files(below: "db", ending: ".rrd") == left.map { "g/web01-\($0)-g.rrd" })
      #expect(FileManager.default.fileExists(atPath: station.file("g")) == !left.isEmpty)
      try await station.restart()
      await station.poll()
      #expect(try await Self.rows(station)["series"] == 4)
      #expect(station.scratch.files(below: "db", ending: ".rrd").count == 4)
    }
  }

  /// Killed after any of its files, it is finished by the next start.
  @Test(arguments: 0...4) func whatWasKilledIsFinished(after count: Int) async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station([("g;web01", node)])
      let directory = station.scratch.path + "/db"
      let plan = try await HistoryForget.plan(
        "g;web01", ledger: station.ledger, configured: [], directory: directory)
      #expect(plan.intent.files.count == 4 && plan.series == 4)
      try await plan.begin(station.ledger)
      for file in plan.intent.files.prefix(count) {
        try await station.writer.remove("\(directory)/\(file.old)")
      }
      let done = try await HistoryWork.resume(station.ledger, station.writer, in: directory)
      #expect(done?.intent == plan.intent && done?.description == "g;web01 is forgotten")
      #expect(try await Self.rows(station).values.reduce(0, +) == 0)
      #expect(station.scratch.files(below: "db", ending: ".rrd") == [])
    }
  }

  /// What cannot be removed is left and named; the ledger forgets, and the next start finds nothing to do.
  @Test func filesThatCannotBeRemovedAreNamed() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station([("g;web01", node)])
      let directory = station.scratch.path + "/db"
      let plan = try await HistoryForget.plan(
        "g;web01", ledger: station.ledger, configured: [], directory: directory)
      try await plan.begin(station.ledger)
      station.scratch.remove("db/g/web01-load-a-g.rrd")
      station.scratch.makeFolder("db/g/web01-load-a-g.rrd")
      let done = try await HistoryWork.resume(station.ledger, station.writer, in: directory)
      #expect(
        done?.description
          == "g;web01 is forgotten, but cannot remove \(directory)/g/web01-load-a-g.rrd: Is a directory: remove these by hand"
      )
      #expect(try await Self.rows(station).values.reduce(0, +) == 0)
      #expect(try await HistoryWork.resume(station.ledger, station.writer, in: directory) == nil)
    }
  }

  @Test func whatNobodyKnowsIsRefused() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station([("g;web01", node)])
      let error = await #expect(throws: HistoryError.self) {
        try await Self.forget("g;web09", station)
      }
      #expect(error?.description.hasPrefix("no history of g;web09 in ") == true)
    }
  }
}
