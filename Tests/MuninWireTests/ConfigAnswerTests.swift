import MuninWire
import TestSupport
import Testing

private func answer(_ text: String, service: String = "load") -> ConfigAnswer {
  ConfigAnswer(text.utf8.span, service: service)
}

@Test func plainConfigIsOneGraph() throws {
  let config = answer(
    """
    # a comment
    graph_title Load average
    graph_args --base 1000 -l 0

    load.label load
    graph_info The load
    load.info 5 minute load average\r
    load.warning 8:

    """, service: "my-load")
  let graph = try #require(config.graphs.first)
  #expect(config.graphs.count == 1)
  #expect(graph.name == "my_load")
  #expect(graph.title == "Load average")
  #expect(graph.info == "The load")
  #expect(graph.fields.map(\.name) == ["load"])
  #expect(graph.fields[0].info == "5 minute load average")
  #expect(config.faults.isEmpty)
  #expect(config.refusal == nil)
  #expect(!config.hasReadings)
}

@Test func multigraphHasAGraphPerPart() {
  let config = answer(
    """
    multigraph netstat
    graph_title Netstat, combined
    active.label active
    multigraph netstat.established
    graph_title Established
    established.label e
    multigraph netstat
    passive.label passive
    """, service: "netstat")
  #expect(config.graphs.map(\.name) == ["netstat", "netstat.established"])
  #expect(config.graphs[0].fields.map(\.name) == ["active", "passive"])
  #expect(config.faults.isEmpty)
}

@Test func dirtyConfigBringsItsReadings() {
  let config = answer(
    """
    graph_title Load
    load.label load
    load.value 1700000000:0.5
    load.value 1700000300:U
    """)
  #expect(config.hasReadings)
  #expect(config.graphs[0].fields[0].readings.map(\.text) == ["0.5", "U"])
  #expect(config.graphs[0].fields[0].readings.map(\.time) == [1_700_000_000, 1_700_000_300])
}

@Test(
  arguments: [
    ("# Timed out\n", .timedOut), ("# Bad exit\n", .badExit),
    ("# Unknown service\n", .unknownService),
    ("# anything else\n", nil), ("", nil),
  ] as [(String, Refusal?)])
func refusalIsNamed(reply: String, refusal: Refusal?) {
  #expect(answer(reply).refusal == refusal)
  #expect(answer(reply).graphs.isEmpty)
  #expect(FetchAnswer(reply.utf8.span, service: "load").refusal == refusal)
}

@Test func hostOfAPluginIsKnown() {
  let config = answer(
    "host_name switch1\nmultigraph if\ngraph_title If\nrecv.label r\n", service: "snmp_switch1_if")
  #expect(config.hostName == "switch1")
  #expect(config.graphs.map(\.name) == ["if"])
}

@Test(arguments: [
  ("9x.label a", "line 2: field name '9x' taken as '_x'"),
  ("a-b.label a", "line 2: field name 'a-b' taken as 'a_b'"),
  (".label a", "line 2: field name '' is not allowed"),
  (
    "a.label x\na.type gauge",
    "line 3: field 'a': type 'gauge' is not GAUGE, DERIVE, COUNTER or ABSOLUTE"
  ),
  ("a.label x\na.max 5%", "line 3: field 'a': max '5%' is not a number"),
  ("a.label x\na.critical 92%", "line 3: field 'a': critical '92%' is not a range of numbers"),
  ("a.label x\na.value many", "line 3: value 'many' is not a number"),
  ("a.label x\na.value", "line 3: value '' is not a number"),
  ("a.draw AREA", "line 2: field 'a' has no label"),
  ("a.label x\na.<b> c", "line 3: attribute name '<b>' is not allowed"),
  ("<b> c", "line 2: attribute name '<b>' is not allowed"),
  ("multigraph a..b\nx.label x", "line 2: multigraph name 'a..b' is not allowed"),
  ("multigraph ../../etc\nx.label x", "line 2: multigraph name '../../etc' is not allowed"),
  ("multigraph g\nx.label x", "line 2: graph 'g' has no graph_title"),
])
func faultNamesItsLine(lines: String, fault: String) {
  #expect(answer("graph_title t\n" + lines).faults.map(\.description) == [fault])
}

@Test(arguments: [
  "a.label x\na.info", "alone", "#", "a.type GAUGE\na.label x\na.max U", " a.label x ",
])
func harmlessOdditiesAreNoFaults(lines: String) {
  #expect(answer("graph_title t\n" + lines).faults.isEmpty)
}

@Test func partWithABadNameIsSkippedAlone() {
  let config = answer(
    "multigraph a/b\nx.label x\nx.value 1\ngraph_title no\nmultigraph good\ngraph_title t\ny.label y"
  )
  #expect(config.graphs.map(\.name) == ["good"])
  #expect(config.graphs[0].fields.map(\.name) == ["y"])
}

@Test func firstGraphLineAndLastFieldLineCount() {
  let graph = answer("graph_title a\ngraph_title b\nx.label a\nx.draw AREA\nx.label b").graphs[0]
  #expect(graph.attributes == [Attribute("graph_title", "a")])
  #expect(graph.fields[0].attributes == [Attribute("label", "b"), Attribute("draw", "AREA")])
}

@Test func latin1TextIsReadAndNamed() {
  let bytes = Array("graph_title gr".utf8) + [0xFC] + Array("n\na.label \u{1b}[1mü\n".utf8)
  let config = ConfigAnswer(bytes.span, service: "x")
  #expect(config.graphs[0].title == "grün")
  #expect(config.graphs[0].fields[0].label == "[1mü")
  #expect(
    config.faults.map(\.description) == ["line 1: text is not UTF-8, taken as ISO 8859-1"])
}

@Test func hostileAmountsAreBounded() {
  let fields = (0..<10_100).map { "f\($0).label x\n" }.joined()
  #expect(answer("graph_title t\n" + fields).graphs[0].fields.count == 10_000)
  let graphs = (0..<2_100).map { "multigraph g\($0)\ngraph_title x\n" }.joined()
  #expect(answer(graphs).graphs.count == 1_999)
  let attributes = (0..<200).map { "a\($0) x\nf.a\($0) x\n" }.joined()
  let wide = answer(attributes).graphs[0]
  #expect(wide.attributes.count == 100)
  #expect(wide.fields[0].attributes.count == 100)
  let faults = String(repeating: "<x> y\n", count: 500)
  #expect(answer(faults).faults.count == 51)
  let long = answer("graph_title t\na.label " + String(repeating: "x", count: 70_000))
  #expect(long.faults.map(\.description) == ["line 2: 70008 bytes, expected at most 65536"])
}

@Test func randomBytesNeverTrapAReply() {
  var random = Noise(6)
  let pieces = [
    "\n", "\r\n", "multigraph ", "graph_title ", "a.", "b.value ", ".label x\n", ".value ", " ",
    "#",
    "1700000000:", "12", "U", ".type DERIVE\n", "# Timed out\n", "host_name x\n", "extinfo ",
  ]
  for _ in 0..<3_000 {
    let bytes = random.text(of: pieces, count: Int.random(in: 0...120, using: &random))
    let config = ConfigAnswer(bytes.span, service: "random")
    for graph in config.graphs {
      #expect(isGraphName(graph.name))
      let spoken = graph.attributes.contains { $0.name != "host_name" } || !graph.fields.isEmpty
      #expect(spoken)
      for field in graph.fields { #expect(isFieldName(field.name)) }
      // What was understood is understood again, and says the same.
      let again = ConfigAnswer(graph.wireText.utf8.span, service: graph.name)
      #expect((again.graphs.first?.wireText ?? "") == graph.wireText)
    }
    for graph in FetchAnswer(bytes.span, service: "random").graphs {
      #expect(isGraphName(graph.name))
      for value in graph.values { #expect(isFieldName(value.field)) }
    }
  }
}
