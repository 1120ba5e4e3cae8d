import EventLoop
import Foundation
import Inventory
import Ledger
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// munin's own state files, as munin's programs read them.
@Suite(.timeLimit(.minutes(1))) struct MuninStateTests {
  @LoopActor
  private static func node(_ services: TestNode.Service...) throws -> TestNode {
    try TestNode(services)
  }

  private static let load = TestNode.Service(
    "load",
    "graph_title Load # 1\ngraph_order load\nload.label load \\# x\nload.warning 10\nhost_name me",
    "load.value 7")

  private static let disk = TestNode.Service(
    "disk",
    """
    multigraph disk
    graph_title Disk
    sda.label first
    sda.type DERIVE
    sdb.label second
    multigraph disk.sda
    graph_title sda
    graph_order wr
    update_rate 10
    graph_data_size custom 1d
    rd.label rd
    wr.info no label
    """,
    "multigraph disk\nsda.value 1\nsdb.value 2\nmultigraph disk.sda\nrd.value 1\nwr.value 2")

  /// What a perl program prints.
  private static func perl(_ program: String, _ argument: String) -> String {
    let quoted = program.replacingOccurrences(of: "'", with: "'\\''")
    guard let pipe = popen("perl -MStorable=retrieve -e '\(quoted)' '\(argument)' 2>&1", "r") else {
      return ""
    }
    defer { pclose(pipe) }
    var buffer = [UInt8](repeating: 0, count: 65536)
    var bytes: [UInt8] = []
    while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 {
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func theDatafileIsMuninsOwn() async throws {
    try await onTestLoop {
      let node = try Self.node(Self.load, Self.disk)
      defer { node.close() }
      let station = try await Station([("g;sub;web01", node)], conf: "datafile yes")
      await station.poll()
      #expect(
        station.scratch.read("db/datafile") == """
          version 2.0.73
          g;sub;web01:disk.graph_title Disk
          g;sub;web01:disk.graph_order sda sdb
          g;sub;web01:disk.sda.label first
          g;sub;web01:disk.sda.type DERIVE
          g;sub;web01:disk.sda.graph_data_size normal
          g;sub;web01:disk.sda.update_rate 300
          g;sub;web01:disk.sdb.label second
          g;sub;web01:disk.sdb.graph_data_size normal
          g;sub;web01:disk.sdb.update_rate 300
          g;sub;web01:disk.sda.graph_title sda
          g;sub;web01:disk.sda.update_rate 10
          g;sub;web01:disk.sda.graph_data_size custom 1d
          g;sub;web01:disk.sda.graph_order wr rd wr
          g;sub;web01:disk.sda.rd.label rd
          g;sub;web01:disk.sda.rd.graph_data_size custom 1d
          g;sub;web01:disk.sda.rd.update_rate 10
          g;sub;web01:disk.sda.wr.info no label
          g;sub;web01:disk.sda.wr.label No .label provided
          g;sub;web01:disk.sda.wr.graph_data_size custom 1d
          g;sub;web01:disk.sda.wr.update_rate 10
          g;sub;web01:load.graph_title Load # 1
          g;sub;web01:load.graph_order load load
          g;sub;web01:load.load.label load \\# x
          g;sub;web01:load.load.warning 10
          g;sub;web01:load.load.graph_data_size normal
          g;sub;web01:load.load.update_rate 300

          """)
      let statistics = station.scratch.read("db/munin-update.stats")
      #expect(
        statistics.wholeMatch(of: /UD\|g;sub;web01\|\d+\.\d\d\nUT\|\d+\.\d\d\n/) != nil,
        "\(statistics)")
    }
  }

  /// Each place of the tree has its name and a weak reference to the place around it, and all values are those of the text.
  @Test func perlReadsTheTree() async throws {
    try await onTestLoop {
      let long = TestNode.Service(
        "long", "graph_title \(String(repeating: "ä", count: 300))\nv.label v", "v.value 1")
      let (node, second) = (try Self.node(Self.load, Self.disk), try Self.node(long))
      defer { node.close() }
      defer { second.close() }
      // A node whose name is that of a group beside it.
      let station = try await Station(
        [("g;sub;web01", node), ("g;sub", second), ("h;web02", second)], conf: "datafile yes")
      await station.poll()
      let walk = """
        use Scalar::Util "isweak";
        sub show {
          my ($hash, $path, $parent) = @_;
          for my $key (sort keys %$hash) {
            my $value = $hash->{$key};
            if ($key eq "#%#parent") { print "lost $path\\n" unless $value == $parent && isweak($hash->{$key}) }
            elsif ($key eq "#%#name") { print "misnamed $path\\n" unless $path =~ m,(^|/)\\Q$value\\E/$, }
            elsif (ref $value) { show($value, "$path$key/", $hash) }
            else { print "$path$key $value\\n" }
          }
        }
        show(retrieve($ARGV[0]), "", 0);
        """
      let found = Self.perl(walk, "\(station.scratch.path)/db/datafile.storable")
      // `disk.sda` is a field and a graph: in one place, the graph's words count.
      var expected: [String: String] = [:]
      for line in station.scratch.read("db/datafile").split(separator: "\n").dropFirst() {
        let parts = line.split(separator: " ", maxSplits: 1)
        let key = parts[0].replacing(";", with: "/").replacing(":", with: "/")
        let slash = key.lastIndex(of: "/")!
        expected[String(key[...slash]) + key[slash...].dropFirst().replacing(".", with: "/")] =
          String(parts[1])
      }
      // The name of a host has dots as well, and there is none here.
      let lines = expected.map { "\($0.key) \($0.value)" }
      #expect(found.split(separator: "\n").map(String.init).sorted() == lines.sorted())
      #expect(lines.count > 30)
    }
  }

  @Test func filesAreWrittenWhereMuninHasThemAndOnlyForAReason() async throws {
    try await onTestLoop {
      let node = try Self.node(Self.load)
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      #expect(station.scratch.files(below: "db", ending: "") == ["g", "g/web01-load-load-g.rrd"])

      // munin's is there: it is replaced, for the same munin.
      station.scratch.write("version 2.0.67\nold\n", to: "db/datafile")
      await station.poll()
      #expect(
        station.scratch.read("db/datafile").hasPrefix(
          "version 2.0.67\ng;web01:load.graph_title Load # 1\n"))
      #expect(
        station.scratch.files(below: "db", ending: "")
          == ["datafile", "datafile.storable", "g", "g/web01-load-load-g.rrd"])

      // Nothing has changed since.
      station.scratch.write("version 2.0.67\nold\n", to: "db/datafile")
      await station.poll()
      #expect(station.scratch.read("db/datafile") == "version 2.0.67\nold\n")
      node.services[0].config = "graph_title Other\nload.label load"
      await station.poll()
      let written = station.scratch.read("db/datafile")
      #expect(written.hasPrefix("version 2.0.67\ng;web01:load.graph_title Other\n"))

      // Once in five minutes.
      node.services[0].config = "graph_title Third\nload.label load"
      await station.poll(after: 60)
      #expect(station.scratch.read("db/datafile") == written)
      await station.poll(after: 240)
      #expect(station.scratch.read("db/datafile").contains("graph_title Third"))
    }
  }

  @Test func aNodeThatFailsKeepsItsPlaceAndOneThatIsNotInMuninConfHasNone() async throws {
    try await onTestLoop {
      let (node, second) = (try Self.node(Self.load), try Self.node(Self.load))
      defer { second.close() }
      let station = try await Station(
        [("g;web01", node), ("g;web02", second)], conf: "datafile yes")
      await station.poll()
      node.close()
      second.services[0].config = "graph_title Other\nload.label load"
      await station.poll()
      #expect(station.scratch.read("db/datafile").contains("g;web01:load.graph_title Load"))
      try await station.reload([("g;web02", second)])
      #expect(station.scratch.read("db/datafile").contains("g;web01:"))
      await station.poll(after: 600)
      // The reload has no `datafile yes`, but the file is there.
      #expect(!station.scratch.read("db/datafile").contains("g;web01:"))
    }
  }

  @Test func aFileThatCannotBeWrittenIsToldOnce() async throws {
    try await onTestLoop {
      let node = try Self.node(Self.load)
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "datafile yes")
      try FileManager.default.createDirectory(
        atPath: "\(station.scratch.path)/db/datafile/x", withIntermediateDirectories: true)
      await station.poll()
      await station.poll()
      let told = station.logged.filter { $0.contains("datafile") }
      #expect(told == ["cannot write \(station.scratch.path)/db/datafile: Is a directory"])
      station.scratch.remove("db/datafile")
      await station.poll()
      #expect(station.logged.contains("\(station.scratch.path)/db/datafile: written again"))
      #expect(station.scratch.files(below: "db", ending: "apus-new") == [])
    }
  }
}

/// What the log says of a node that does not answer.
@Suite(.timeLimit(.minutes(1))) struct DeadNodeLogTests {
  @Test func aDeadNodeIsToldOnceAlsoByProcessesThatFollow() async throws {
    try await onTestLoop {
      let node = try TestNode([.init("load", "graph_title L\nload.label l", "load.value 1")])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      node.mood = .denies
      #expect(await station.poll().newFailures == 1)
      #expect(await station.poll().newFailures == 0)
      // It is dead in another way now; and another process polls.
      node.mood = .closes(at: "list web01")
      try await station.restart()
      let report = await station.poll()
      #expect(report.silent == 1 && report.newFailures == 0)
      // The line, and the incident.
      #expect(station.logged.count { $0.hasPrefix("g;web01:") } == 2, "\(station.logged)")
      node.mood = .well
      try await station.restart()
      await station.poll()
      #expect(station.logged.contains("g;web01: reachable again"))
      #expect(station.logged.count { $0.hasPrefix("g;web01:") } == 4, "\(station.logged)")
    }
  }

  @Test func whoeverWatchesIsToldEachTime() async throws {
    try await onTestLoop {
      let node = try TestNode([.init("load", "graph_title L\nload.label l", "load.value 1")])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      station.collector.repeatsTroubles = true
      node.mood = .denies
      await station.poll()
      await station.poll()
      let told = station.logged.filter { $0.hasPrefix("g;web01:") && !$0.contains("incident") }
      #expect(told.count == 2 && told[1].contains("still failing: "), "\(told)")
    }
  }
}
