import MuninWire
import TestSupport
import Testing

@Test func graphIsRenderedInMuninsOrder() {
  let graph = Graph(
    "Swap in/out", category: "system", args: "-l 0 --base 1000",
    vlabel: "pages per ${graph_period} in (-) / out (+)", scale: false, order: "swap_in swap_out",
    fields: [
      Field("swap_in", label: "swap", type: .derive, min: 0, max: 100_000, graph: false),
      Field("swap_out", label: "swap", type: .derive, negative: "swap_in", warning: "10:"),
    ])
  #expect(
    graph.wireText == """
      graph_title Swap in/out
      graph_args -l 0 --base 1000
      graph_vlabel pages per ${graph_period} in (-) / out (+)
      graph_scale no
      graph_category system
      graph_order swap_in swap_out
      swap_in.label swap
      swap_in.type DERIVE
      swap_in.min 0
      swap_in.max 100000
      swap_in.graph no
      swap_out.label swap
      swap_out.type DERIVE
      swap_out.negative swap_in
      swap_out.warning 10:

      """)
}

@Test func lineBreakInATextMakesNoLine() {
  var graph = Graph("one\ntwo\r.", category: "x", fields: [Field("a", label: "b\n.\nquit")])
  graph.name = "g"
  var bytes: [UInt8] = []
  graph.render(into: &bytes, multigraph: true)
  #expect(
    String(copying: bytes.span) == """
      multigraph g
      graph_title one two .
      graph_category x
      a.label b . quit

      """)
}

@Test(arguments: [
  ("", "a b c"), ("c a", "c a b"), ("c c x a=b.c:d", "c a b"), ("-b c", "c a"),
  ("  b\tb ", "b a c"),
])
func orderNamesEachFieldOnce(given: String, expected: String) {
  var graph = Graph("t", category: "", fields: ["a", "b", "c"].map { Field($0) })
  graph["graph_order"] = given
  #expect(graph.order.joined(separator: " ") == expected)
}

@Test func attributesHaveMuninsDefaults() {
  var graph = Graph(name: "load")
  #expect(graph.title == "load")
  #expect(graph.category == "other")
  #expect(graph.period == "second")
  #expect(graph.scale)
  graph["graph_category"] = "DISK"
  graph["graph_noscale"] = "yes"
  graph["graph_vtitle"] = "old"
  #expect(graph.category == "disk")
  #expect(!graph.scale)
  #expect(graph.vlabel == "old")
  #expect(Field("a").type == .gauge)
  #expect(Field("a").label == "a")
}

@Test(
  arguments: [
    ("300", 300), ("5m", 300), ("1h aligned", 3600), ("1t", 2_678_400), ("0", nil), ("often", nil),
    ("", nil), ("-5", nil), ("99999999999y", nil),
  ] as [(String, Int?)])
func updateRateHasUnits(text: String, seconds: Int?) {
  var graph = Graph(name: "x")
  graph["update_rate"] = text
  #expect(graph.updateRate == seconds)
}

@Test func firstGraphAttributeAndLastFieldAttributeCount() {
  let twice = [Attribute("x", "1"), Attribute("y", "0"), Attribute("x", "2")]
  var graph = Graph(name: "g", attributes: twice)
  var field = Field(name: "f", attributes: twice)
  #expect(graph["x"] == "1")
  #expect(field["x"] == "2")
  graph["x"] = "3"
  field["x"] = "3"
  #expect(graph["x"] == "3")
  #expect(field["x"] == "3")
  #expect(field.attributes == [Attribute("x", "3"), Attribute("y", "0")])
  field["x"] = nil
  graph["x"] = nil
  #expect(field["x"] == nil)
  #expect(graph["x"] == nil)
}

@Test func limitsOfAFieldArePlainNumbers() {
  var field = Field("a", min: -5)
  #expect(field.min == "-5")
  #expect(field.max == nil)
  for (given, plain) in [("1e9", "1000000000"), ("U", nil), ("1:GAUGE", nil), ("0:1", nil)] {
    field["max"] = given
    #expect(field.max == plain)
  }
}

@Test(arguments: [
  ("GAUGE", "g"), ("DERIVE", "d"), ("COUNTER", "c"), ("ABSOLUTE", "a"), ("gauge", "g"),
])
func typeNamesTheFile(type: String, letter: String) {
  var field = Field("a")
  field["type"] = type
  #expect(field.type.letter == letter)
}
