import MuninWire
import Testing

/// Graph, field, time and text of each value, one a line.
private func shown(_ reply: String, service: String = "load") -> String {
  FetchAnswer(reply.utf8.span, service: service).graphs.flatMap { graph in
    graph.values.map { value in
      let time = value.reading.time.map { "\($0):" } ?? ""
      let text = value.reading.isMalformed ? "malformed \(value.reading.text)" : value.reading.text
      return "\(graph.name) \(value.field) \(time)\(text)"
    } + graph.extinfo.map { "\(graph.name) \($0.name) = \($0.value)" }
  }.joined(separator: "\n")
}

@Test(arguments: [
  ("load.value 0.26\n", "load load 0.26"),
  ("a.value 1\nb.value U\r\n# x\n\n", "load a 1\nload b U"),
  ("a.value 1\na.value 2\n", "load a 2"),
  ("a.value 100:1\na.value 200:2\n", "load a 100:1\nload a 200:2"),
  ("a.value 5 trailing words\n", "load a 5"),
  ("a.value\t5", "load a 5"),
  ("a.value many\n", "load a malformed 'many'"), ("a.value\n", "load a malformed ''"),
  ("a.value nan\n", "load a malformed 'nan'"), ("a.value N:5\n", "load a malformed 'N:5'"),
  ("a-b.value 1\n", "load a_b 1"),
  ("a.value 1\na.extinfo the worst: <b>\n", "load a 1\nload a = the worst: <b>"),
  ("multigraph x.y\na.value 1\nmultigraph z\na.value 2\n", "x.y a 1\nz a 2"),
  ("a.value 0\nmultigraph x\na.value 1\nmultigraph load\nb.value 2\n", "load a 0\nload b 2\nx a 1"),
  ("multigraph a/b\na.value 1\nmultigraph c\na.value 2\n", "c a 2"),
  ("graph_title x\na.label y\nvalue 1\n.value 3\n", ""),
])
func valuesAreTaken(reply: String, expected: String) {
  #expect(shown(reply) == expected)
}

@Test(arguments: [
  ("a.value 1,5\n", "line 1: value '1,5' is not a number"),
  ("\n.value 3\n", "line 2: field name '' is not allowed"),
  ("multigraph .\n", "line 1: multigraph name '.' is not allowed"),
  (
    "a.value \u{7}\(String(repeating: "x", count: 50))\n",
    "line 1: value '?\(String(repeating: "x", count: 39))…' is not a number"
  ),
])
func whatIsWrongIsNamed(reply: String, fault: String) {
  #expect(FetchAnswer(reply.utf8.span, service: "s").faults.map(\.description) == [fault])
}

@Test func countersKeepEveryDigit() {
  #expect(shown("a.value 18446744073709551615\n") == "load a 18446744073709551615")
}

/// Also among many fields, in any order: the last value without a time counts, those with times all do.
@Test(arguments: [3, 15, 16, 17, 18, 40]) func theLastValueWithoutATimeCounts(fields: Int) {
  var reply = ""
  for round in 1...3 {
    for field in 0..<fields {
      let number = round == 2 ? fields - 1 - field : field
      reply += "f\(number).value \(round)\n"
      if number % 5 == 0 { reply += "f\(number).value \(1_700_000_000 + round):9\n" }
    }
  }
  let values = FetchAnswer(reply.utf8.span, service: "s").graphs[0].values
  let plain = values.filter { $0.reading.time == nil }
  #expect(Set(plain.map(\.field)).count == fields && plain.count == fields)
  #expect(plain.allSatisfy { $0.reading.value == 3 })
  #expect(values.count - plain.count == 3 * ((fields + 4) / 5))
}
