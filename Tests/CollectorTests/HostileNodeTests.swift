import EventLoop
import Ledger
import MuninWire
import Recording
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Nodes that do all they should not: nothing stops the collector, and no value is dropped without being counted.
@Suite(.timeLimit(.minutes(1))) struct HostileNodeTests {
  /// Names, texts and numbers that a plugin can print.
  private struct World {
    var noise: Noise
    /// The newest time stamp so far.
    var newest: Int

    private static let services = [
      "load", "df", "if_eth0", "smart-sda", "a", "a-b", "LONG", "..", "x/y", "caf\u{e9}", "1",
      "a.b", "a b", "load",
    ]
    private static let graphs = [
      "load", "df", "a.b", "a-b", "a.b.c", "a.b-c", "..", "../x", "x/y", ".", "a..b", "\0", "LONG",
      "",
    ]
    private static let fields = [
      "x", "y", "load", "web-1_tx", "root", "9nine", "a/b", "..", "\0", "LONG", "é", "x y",
    ]
    private static let texts = [
      "Load: 1 \\ 'quoted' \"double\"", "%s%n", "\u{1b}[31m", "<b>&", "LONG", "", "a:b\\:c", "\0",
      "DEF:v=/etc/passwd:42:AVERAGE",
    ]
    private static let numbers = [
      "1", "0", "-5", "U", "1e30", "1.5", "abc", "", "N:5", "18446744073709551615", "0x1F", "nan",
      "inf",
      "LONG DIGITS", "1 2", "--", "12,5",
    ]
    private static let words = [
      ("type", ["GAUGE", "DERIVE", "COUNTER", "ABSOLUTE", "DDERIVE", "gauge", ""]),
      ("min", ["0", "U", "-1e400", "x"]), ("max", ["10", "U", "0"]),
      ("warning", ["5", "1:5", "5:1", ":", "x", "92%"]), ("critical", ["10", "10:", "-"]),
      ("cdef", ["x,8,*", "load,PREV(x),+", "/etc/passwd", "x,x,x", "1,0,/", ",,,"]),
      ("negative", ["y", "z", "..", "x"]), ("draw", ["LINE2", "AREASTACK", "x"]),
      ("graph_data_size", ["huge", "custom 1d", "custom 1000000d, 1s for 99y", "x"]),
      ("update_rate", ["10", "0", "-1", "1e9", "99999999999"]), ("oldname", ["y", "../x", "load"]),
      ("sum", ["g;web01:load.load x", "x", "a:b:c.d.e"]), ("colour", ["ff0000", "COLOUR0", "zz"]),
      ("unknown_limit", ["0", "-1", "9999999999999"]), ("unheard", ["of"]),
    ]
    private static let graphWords = [
      ("graph_order", ["x y", "y=g;web01:load.load", "LONG", "a=b=c"]),
      ("graph_args", ["--base 1024 -l 0", "-o /etc/passwd", "'", "--base 0"]),
      ("graph_period", ["minute", "x"]), ("graph_category", ["disk", "../x", "LONG"]),
      ("update_rate", ["10", "x"]),
      ("graph", ["no", "maybe"]), ("graph_scale", ["no"]),
      ("graph_vlabel", ["a ${graph_period}", "LONG"]),
    ]

    mutating func pick(_ list: [String]) -> String {
      let word = list.randomElement(using: &noise) ?? ""
      switch word {
      case "LONG": return String(repeating: "long_", count: 2000)
      case "LONG DIGITS": return String(repeating: "9", count: 400)
      default: return word
      }
    }

    mutating func chance(_ percent: Int) -> Bool {
      Int.random(in: 0..<100, using: &noise) < percent
    }

    /// - Parameter graphs: their names; empty for that of the service.
    mutating func config(_ graphs: [String]) -> String {
      var lines: [String] = []
      for graph in graphs {
        if !graph.isEmpty { lines.append("multigraph \(graph)") }
        lines.append("graph_title \(pick(Self.texts))")
        for _ in 0..<Int.random(in: 0..<3, using: &noise) {
          let (word, values) = Self.graphWords.randomElement(using: &noise)!
          lines.append("\(word) \(pick(values))")
        }
        for _ in 0..<Int.random(in: 2..<9, using: &noise) {
          let field = pick(Self.fields)
          lines.append("\(field).label \(pick(Self.texts))")
          while chance(50) {
            let (word, values) = Self.words.randomElement(using: &noise)!
            lines.append("\(field).\(word) \(pick(values))")
          }
        }
        if chance(10) { lines.append(pick(Self.texts)) }
      }
      if chance(20) { lines.shuffle(using: &noise) }
      return lines.joined(separator: "\n")
    }

    /// - Parameter now: time stamps of each field grow, in whatever order they are printed; some are impossible.
    mutating func values(_ graphs: [String], now: Int) -> String {
      var lines: [String] = []
      for graph in graphs {
        if !graph.isEmpty { lines.append("multigraph \(graph)") }
        var fields = Self.fields
        fields.shuffle(using: &noise)
        for field in fields.prefix(Int.random(in: 2..<9, using: &noise)) {
          let name = field == "LONG" ? pick(["LONG"]) : field
          if chance(70) {
            lines.append("\(name).value \(pick(Self.numbers))")
            continue
          }
          for time in [newest + 10, newest + 20, now, now + 100_000_000, 5].shuffled(using: &noise)
          {
            lines.append("\(name).value \(time):\(pick(Self.numbers))")
          }
        }
        if chance(20) { lines.append("x.extinfo \(pick(Self.texts))") }
        if chance(10) { lines.append(pick(Self.texts)) }
      }
      return lines.joined(separator: "\n")
    }

    mutating func services(now: Int) -> [TestNode.Service] {
      defer { newest = now }
      return (0..<Int.random(in: 1..<10, using: &noise)).map { _ in
        let graphs = (0..<Int.random(in: 1..<4, using: &noise)).map { _ in
          chance(40) ? "" : pick(Self.graphs)
        }
        return .init(
          pick(Self.services), config(graphs),
          values(chance(80) ? graphs : ["", pick(Self.graphs)], now: now))
      }
    }
  }

  /// What came as values is in the journal, or counted as lost; files are made below the collector's folder only, and pages are served of it all.
  @Test(arguments: 0..<24) func aNodeThatChangesEverythingInEachPoll(seed: Int) async throws {
    try await onTestLoop {
      let node = try TestNode([])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      var world = World(noise: Noise(UInt64(seed)), newest: Station.noon)
      var came = 0
      for poll in 1...8 {
        let now = Station.noon + poll * 300
        node.services = world.services(now: now)
        station.clock.advance(by: .seconds(300))
        await station.collector.visit(station.collector.nodes[0])
        came += station.collector.takeCycle().values
        if poll == 5 { _ = station.collector.snapshot() }
      }
      _ = await station.collector.recorder.flushCommits()
      let number = station.collector.nodes[0].number
      let kept = try await station.ledger.read { transaction throws(LedgerError) in
        try JournalTable.rows(of: number, in: transaction).reduce(0) { sum, row in
          sum + row.values.count { !$0.text.isEmpty }
        }
      }
      let lost = station.collector.lost
      let dropped = lost.undescribed + lost.impossibleTimes + lost.closedFiles
      let repeated = station.collector.repeatedValues
      #expect(kept + dropped + repeated == came, "\(kept) kept, \(repeated) repeated, \(lost)")
      #expect(came > 50)

      let metrics = station.collector.metrics()
      var text: [UInt8] = []
      while let part = metrics.next() { text += part }
      _ = try OpenMetricsReader(String(decoding: text, as: UTF8.self))
      await station.collector.finish()
      try await station.restart()
      node.services = [.init("load", "graph_title L\nload.label l", "load.value 7")]
      for _ in 0..<5 { await station.poll() }
      let graph = station.collector.snapshot().nodes[0].graphs.first { $0.graph.name == "load" }
      #expect(graph?.fields.map(\.value) == [7])
      for file in station.scratch.files(below: ".", ending: ".rrd") {
        #expect(file.hasPrefix("db/g/web01-") || file.hasPrefix("./db/g/web01-"), "\(file)")
      }
    }
  }

  /// A graph has 10,000 fields at most: the values of the others are counted and told, and other nodes notice nothing.
  @Test func aReplyOfAHundredThousandFields() async throws {
    try await onTestLoop {
      let (count, most) = (100_000, 10_000)
      var (config, values) = ("graph_title Many\n", "")
      for number in 0..<count {
        config += "f\(number).label f\n"
        values += "f\(number).value \(number)\n"
      }
      let node = try TestNode([.init("many", config, values)])
      let other = try TestNode([.init("load", "graph_title L\nload.label l", "load.value 7")])
      defer {
        node.close()
        other.close()
      }
      // Files of so many would take gigabytes.
      let station = try await Station(
        [("g;web01", node), ("g;web02", other)], conf: "rrd_write off")
      for poll in 1...2 {
        let report = await station.poll()
        #expect(report.values == count + 1 && report.silent == 0)
        #expect(station.collector.lost.undescribed == poll * (count - most))
      }
      #expect(station.collector.lost.total == 2 * (count - most))
      let nodes = station.collector.snapshot().nodes
      #expect(nodes[0].graphs[0].fields.count == most)
      #expect(nodes[0].graphs[0].fields.last?.value == Double(most - 1))
      #expect(nodes[1].graphs[0].fields[0].value == 7)
      #expect(station.logged.contains { $0.contains("more than \(most) fields") })
      #expect(station.logged.count == 2, "\(station.logged)")
    }
  }
}
