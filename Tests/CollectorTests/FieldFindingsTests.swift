import EventLoop
import Limits
import MuninWire
import RRD
import Recording
import Settings
import TestNodes
import TestSupport
import Testing
import Text

@testable import Collector

/// What nodes say that librrd or munin's rules do not take as it stands: it is recorded as well as can be, and told.
@Suite(.timeLimit(.minutes(1))) struct FieldFindingsTests {
  private static let oddNames = """
    graph_title Traffic
    graph_order 5m web-1_rx web-1_tx -15m
    web-1_rx.label rx
    web-1_rx.graph no
    web-1_tx.label tx
    web-1_tx.negative web-1_rx
    5m.label five
    5m.cdef 5m,8,*
    5m.oldname five-minutes
    15m.label fifteen
    15m.cdef web-1_tx,15m,-,PREV(5m),+,5,-

    """

  private func layout(_ conf: String, _ config: String) throws -> GraphLayout {
    let parsed = MasterSettings.parse([
      SettingsFile(name: "munin.conf", text: "dbdir /db\n[g;h]\naddress a\n" + conf)
    ])
    #expect(parsed.problems == [])
    let graph = try #require(
      ConfigAnswer(Array(config.utf8).span, service: "traffic").graphs.first)
    return GraphLayout(graph, host: parsed.settings.hosts[0], settings: parsed.settings)
  }

  @Test func referencesAreCleanedAsTheirFieldsAre() throws {
    let graph = try layout("", Self.oddNames).graph
    #expect(graph.fields.map(\.name) == ["web_1_rx", "web_1_tx", "_m", "_5m"])
    #expect(graph.order == ["_m", "web_1_rx", "web_1_tx"])
    #expect(graph.field("web_1_tx")?.negative == "web_1_rx")
    #expect(graph.field("_m")?.cdef == "_m,8,*")
    #expect(graph.field("_5m")?.cdef == "web_1_tx,_5m,-,PREV(_m),+,5,-")
  }

  @Test func theFormerNameIsCleanedToo() throws {
    let fields = try layout("", Self.oddNames).fields
    #expect(fields.compactMap(\.file.formerEnding) == ["-traffic-five_minutes-g.rrd"])
  }

  /// In munin.conf too, where people write what the plugin's manual says.
  @Test func settingsMayNameTheFieldAsThePluginDoes() throws {
    let graph = try layout(
      "traffic.web-1_tx.label mine\ntraffic.5m.cdef 15m,2,*\ntraffic.graph_order web-1_tx 15m\n",
      Self.oddNames
    ).graph
    #expect(graph.field("web_1_tx")?.label == "mine")
    #expect(graph.field("_m")?.cdef == "_5m,2,*")
    #expect(graph.order.prefix(2) == ["web_1_tx", "_5m"])
  }

  /// A number stays a number, and an operator an operator, whatever the fields are called.
  @Test func numbersAndOperatorsAreNoReferences() throws {
    let graph = try layout(
      "", "graph_title T\n5.label five\n-.label dash\n+.label plus\nx.label x\nx.cdef x,5,-,1,+\n"
    ).graph
    #expect(graph.field("x")?.cdef == "x,5,-,1,+")
  }

  @Test(arguments: [
    ("x.type DERIVE\nx.min 0\nx.max -1000000", "0", "U"),
    ("x.type DERIVE\nx.min 0\nx.max 0", "0", "U"),
    ("x.min 5\nx.max 5", "U", "U"), ("x.min 1e3\nx.max 10", "U", "U"),
    ("x.min 0\nx.max 10", "0", "10"), ("x.min U\nx.max -5", "U", "-5"),
  ])
  func contradictingLimitsAreDropped(config: String, min: String, max: String) throws {
    let layout = try layout("", "graph_title T\nx.label x\n\(config)\n")
    let spec = layout.fields[0].spec
    #expect(spec.min == min && spec.max == max)
    #expect(layout.fields[0].shared.possible.min == Double(min))
    #expect(layout.fields[0].shared.possible.max == Double(max))
  }

  /// As `if_` says on many virtual machines.
  @Test func valuesWithContradictingLimitsAreRecorded() async throws {
    try await onTestLoop {
      let config = "graph_title T\nup.label up\nup.type DERIVE\nup.min 0\nup.max -1000000"
      let node = try TestNode([.init("if_tun0", config, "up.value 1000")])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      node.says("if_tun0", "up.value 1600")
      await station.poll()
      let file = "g/web01-if_tun0-up-d.rrd"
      #expect(
        try await station.rows(file, from: Station.noon, to: Station.noon + 600).prefix(2)
          == [nil, 2])
      #expect(
        station.logged == [
          "g;web01: graph if_tun0: up: max -1000000 is not above min 0: max ignored"
        ])
      // A file made when the limits made sense follows.
      node.describes("if_tun0", config.replacing("-1000000", with: "100"))
      await station.poll()
      #expect(
        try await station.writer.info(station.file(file))["ds[42].max"] == "1.0000000000e+02")
      node.describes("if_tun0", config)
      await station.poll()
      #expect(try await station.writer.info(station.file(file))["ds[42].max"] == "NaN")
    }
  }

  /// librrd takes whole numbers only for these types.
  @Test func fractionsOfCountersAreCutOff() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "cpu", "graph_title T\na.label a\na.type DERIVE\nb.label b\nb.type COUNTER",
          "a.value 6837.046\nb.value 1.5003e3")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      node.says("cpu", "a.value 7437.999\nb.value 1800.7")
      await station.poll()
      node.says("cpu", "a.value -0.5\nb.value -0.5")
      await station.poll()
      let noon = Station.noon
      #expect(
        try await station.rows("g/web01-cpu-a-d.rrd", from: noon, to: noon + 600).prefix(2)
          == [nil, 2])
      #expect(
        try await station.rows("g/web01-cpu-b-c.rrd", from: noon, to: noon + 600).prefix(2)
          == [nil, 1])
      #expect(
        try await station.writer.info(station.file("g/web01-cpu-a-d.rrd"))["ds[42].last_ds"]
          == "\"0\"")
      #expect(
        station.logged == [
          "g;web01: graph cpu: a: DERIVE takes whole numbers: fractions are cut off; "
            + "b: COUNTER takes whole numbers: fractions are cut off"
        ])
    }
  }

  /// librrd reckons with 29 digits, and would take more for fewer.
  @Test func countersBeyondLibrrdsDigitsAreUnknown() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "big",
          "graph_title T\na.label a\na.type DERIVE\nb.label b\nb.type COUNTER\nc.label c\nc.type COUNTER",
          "a.value 1e40\nb.value -7\nc.value 18446744073709551616")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      node.says("big", "a.value 1e40\nb.value -7\nc.value 18446744073709552216")
      await station.poll()
      let noon = Station.noon
      #expect(
        try await station.rows("g/web01-big-c-c.rrd", from: noon, to: noon + 600).prefix(2)
          == [nil, 2])
      #expect(
        station.logged == [
          "g;web01: graph big: a: value of more than 29 digits: stored as unknown; "
            + "b: COUNTER takes no negative numbers: stored as unknown"
        ])
      #expect(
        try await station.writer.lastUpdate(station.file("g/web01-big-b-c.rrd")) == noon + 600)
    }
  }

  /// No value is dropped without being counted and told.
  @Test func valuesThatAreNoNumbersAreCountedAndTold() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "odd",
          "graph_title T\na.label a\nb.label b\nc.label c\nd.label d\ne.label e\nf.label f\nf.type DERIVE",
          "a.value abc\nb.value N:5\nc.value 0x10\nd.value 1e400\ne.value 1e70\nf.value 1e30")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      for _ in 0..<2 { await station.poll() }
      let findings = [
        "a: value 'abc' is not a number: stored as unknown",
        "b: value 'N:5' is not a number: stored as unknown",
        "c: value '0x10' is not a number: stored as unknown",
        "d: value '1e400' is not a number: stored as unknown",
        "e: value of more than 60 digits: stored as unknown",
        "f: value of more than 29 digits: stored as unknown",
      ]
      let snapshot = station.collector.snapshot()
      #expect(snapshot.nodes[0].graphs[0].findings == findings)
      #expect(snapshot.nodes[0].graphs[0].fields.allSatisfy { $0.value == nil })
      #expect(snapshot.lost.malformed == 8 && snapshot.lost.unstorable == 4)
      #expect(snapshot.lost.total == 12)
      #expect(
        station.logged == ["g;web01: graph odd: " + findings.joined(separator: "; ")])
      // What is a number again is told no longer.
      node.says("odd", "a.value 1\nb.value 5\nc.value 16\nd.value 4\ne.value 7\nf.value 1")
      await station.poll()
      #expect(
        station.collector.snapshot().nodes[0].graphs[0].findings == Array(findings.suffix(2)))
      #expect(station.collector.snapshot().lost.total == 12)
    }
  }

  /// A value that cannot be stored is judged as unknown too.
  @Test func whatIsStoredAsUnknownIsJudgedAsUnknown() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "big",
          "graph_title T\na.label a\na.type COUNTER\na.warning 100:\na.unknown_limit 0",
          "a.value 1e30")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      for _ in 0..<3 { await station.poll() }
      #expect(station.collector.snapshot().nodes[0].graphs[0].fields[0].level == .unknown)
    }
  }

  @Test func howManyFaultsAreNotListedIsTold() async throws {
    try await onTestLoop {
      let lines = (0..<9).map { "a-\($0).value 1" }.joined(separator: "\n")
      let fields = (0..<9).map { "a_\($0).label a" }.joined(separator: "\n")
      let services = ["one", "two"].map {
        TestNode.Service($0, "graph_title T\n\(fields)", lines)
      }
      let node = try TestNode(services)
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      let line = try #require(station.logged.first)
      #expect(
        line.hasPrefix("g;web01: replies: fetch one: line 1: field name 'a-0' taken as 'a_0'; "))
      #expect(line.contains("fetch one: 6 more lines of that kind; "))
      #expect(line.hasSuffix("; and 3 more"))
    }
  }

  @Test(arguments: [
    (
      "x.warning 9:3",
      "x: warning: the upper limit of '9:3' is below the lower one: every value is outside"
    ),
    ("x.critical abc", "x: critical: expected a range of numbers, found 'abc'"),
    (
      "x.draw BLAH",
      "x.draw: expected LINE1, AREA, STACK, AREASTACK or LINESTACK1, found 'BLAH': drawn as LINE1"
    ),
    (
      "x.colour xyz",
      "x.colour: expected six hexadecimal digits or COLOUR and a number, found 'xyz': ignored"
    ),
    ("graph_period week", "graph_period: expected second, minute or hour, found 'week'"),
    ("graph_order y x", "graph_order: the graph has no field 'y'"),
    ("x.negative nosuch", "x.negative: the graph has no field 'nosuch'"),
    (
      "graph_vlabel Bytes\ngraph_args --base 1024 -l 0\nx.warning 15:",
      "x: warning: '15:' is in bytes, and less than 1 kB cannot be meant"
    ),
  ])
  func whatAPluginCannotMeanIsAFinding(config: String, finding: String) throws {
    #expect(try layout("", "graph_title T\n\(config)\nx.label x\n").findings == [finding])
  }

  @Test(arguments: [
    "x.warning 3:9", "x.draw linestack1.5", "x.colour COLOUR3", "x.colour ff000080",
    "graph_period hour",
    "graph_order -x", "x.negative z", "graph_args --base 1024\nx.warning 15",
    "graph_vlabel Bytes\ngraph_args --base=1024\nx.warning 2048", "x.warning 0:0",
  ])
  func whatAPluginMayMeanIsNoFinding(config: String) throws {
    #expect(
      try layout("", "graph_title T\n\(config)\nx.label x\nz.label z\n").findings == [])
  }

  /// What munin.conf says is told where it stands, and not with each graph again.
  @Test func limitsOfSettingsAreToldWithTheirLine() throws {
    let config = "graph_title T\ngraph_vlabel bytes\ngraph_args --base 1024\nx.label x\n"
    #expect(try layout("traffic.x.warning 9000:3000\n", config).findings == [])
    #expect(
      try layout("traffic.x.warning 15\n", config).findings
        == ["munin.conf:4: x: warning: '15' is in bytes, and less than 1 kB cannot be meant"])
  }

  /// The log says it once: not with the replies and with the graph.
  @Test func aBadLimitIsToldOnce() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("load", "graph_title L\nload.label load\nload.warning 92%", "load.value 1")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      for _ in 0..<2 { await station.poll() }
      #expect(
        station.logged == [
          "g;web01: graph load: load: warning: '92%' is a share of the field's max, but the field has no max: write '92% of FIELD' or '92% of 16G'"
        ])
    }
  }

  /// A clock that ran ahead has closed the file until then.
  @Test func aFileFromTheFutureIsTold() async throws {
    try await onTestLoop {
      let node = try TestNode([.init("load", "graph_title L\nload.label load", "load.value 1")])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      let file = station.file("g/web01-load-load-g.rrd")
      let future = Station.noon + 86_400
      try await station.writer.create(file, RRDSpec(), start: Station.noon - 300)
      try await station.writer.update(file, [(future, "1")])
      for _ in 0..<3 { await station.poll() }
      let told = station.logged
      #expect(told.count == 1)
      #expect(told.first?.hasPrefix("g;web01: graph load: load: ") == true)
      #expect(told.first?.contains(CalendarTime.local(future).text) == true)
      #expect(try await station.writer.lastUpdate(file) == future)
      // When that time has come all is as it was.
      await station.poll(after: 86_400)
      #expect(station.logged.count == 2)
      #expect(try await station.writer.lastUpdate(file) == Station.noon + 900 + 86_400)
    }
  }

  /// No value is dropped without being counted and told.
  @Test func valuesWithoutADescriptionAreCountedAndTold() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "load", "graph_title L\nload.label load",
          "load.value 1\nother.value 2\nmultigraph stranger\nx.value 1\ny.value 2")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      for _ in 0..<2 { await station.poll() }
      #expect(
        station.logged.sorted() == [
          "g;web01: graph load: values of fields without a description, not kept: other",
          "g;web01: values of load: graphs not kept: stranger (its config does not describe it)",
        ])
      #expect(station.collector.snapshot().lost.undescribed == 6)
      #expect(station.collector.snapshot().lost.total == 6)
    }
  }

  /// Our own clock was set back: values until then are lost, and that is told too.
  @Test func aClockThatWasSetBackIsTold() async throws {
    try await onTestLoop {
      let node = try TestNode([.init("load", "graph_title L\nload.label load", "load.value 1")])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll(after: 86_400)
      await station.poll(after: -80_000)
      await station.poll()
      #expect(station.logged.count == 1)
      #expect(
        station.logged.first?.contains(CalendarTime.local(Station.noon + 86_400).text) == true)
    }
  }

  /// A state is worth showing before the first poll.
  @Test func theStoredValueIsShownAfterARestart() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("load", "graph_title L\nload.label load\nload.critical 10", "load.value 12")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      try await station.restart()
      let field = station.collector.snapshot().nodes[0].graphs[0].fields[0]
      #expect(field.level == .critical && field.value == 12)
    }
  }

  @Test func optionsThatLibrrdDoesNotKnowAreTold() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "load",
          "graph_title L\ngraph_args --base 1000 --upperlimit 100 --imginfo x\nload.label load\nload.cdef load,nosuch,*",
          "load.value 1")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      await station.poll()
      #expect(
        station.logged == [
          "g;web01: graph load: graph_args: unknown option '--upperlimit 100' ignored, "
            + "did you mean --upper-limit?; graph_args: option '--imginfo x' is not allowed, ignored; "
            + "load.cdef: 'load,nosuch,*' is not an expression over the fields of the graph"
        ])
    }
  }
}
