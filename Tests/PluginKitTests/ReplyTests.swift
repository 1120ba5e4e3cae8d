import MuninWire
import PluginKit
import Testing

struct ReplyTests {
  @Test func valuesAreLines() {
    var reply = Reply()
    let whole: UInt64 = .max
    let negative: Int = -5
    reply.value("a", whole)
    reply.value("b" as StaticString, negative)
    reply.value("c", 0.375, digits: 2)
    reply.value("d", Array("0.37".utf8).span)
    reply.value("e_\(1)" as String, 7)
    reply.unknown("f")
    reply.multigraph("m.x")
    #expect(
      reply.text
        == "a.value 18446744073709551615\nb.value -5\nc.value 0.38\nd.value 0.37\ne_1.value 7\nf.value U\nmultigraph m.x\n"
    )
  }

  @Test func whatIsNoNumberIsUnknown() {
    var reply = Reply()
    reply.value("a", .nan, digits: 2)
    reply.value("b", .infinity, digits: 0)
    #expect(reply.text == "a.value U\nb.value U\n")
  }

  @Test func aHalfAnswerCanBeTakenBack() {
    var reply = Reply()
    reply.append("first\n" as StaticString)
    let count = reply.count
    reply.append("second\n" as String)
    reply.truncate(to: count)
    reply.append([65, 10])
    #expect(reply.text == "first\nA\n")
    reply.removeAll()
    #expect(reply.count == 0)
  }

  @Test func graphsAreConfigLines() {
    var graph = Graph("T", category: "c", fields: [Field("f")])
    graph.name = "g"
    var reply = Reply()
    reply.append(graph, multigraph: true)
    #expect(reply.text.hasPrefix("multigraph g\ngraph_title T\n"))
    reply.removeAll()
    reply.append(graph, multigraph: false)
    #expect(reply.text.hasPrefix("graph_title T\n"))
  }

  @Test func manualsAreText() {
    let manual = Manual(
      "what it is", details: "More of it.", settings: [.thresholds("f")],
      fields: [("f", "bytes"), ("longer", "days")], example: "[x]\nenv.f_warning 1")
    #expect(
      manual.text(for: "x") == """
        x: what it is

        More of it.

        Fields
          f       bytes
          longer  days

        Settings (plugin-conf.d)
          env.f_warning, env.f_critical
              thresholds of f (a range, min:max; default: none)

        Example
          [x]
          env.f_warning 1

        """)
  }

  @Test func errorsSayWhatWasExpected() {
    #expect(
      "\(PluginError(source: "/proc/x", expected: "a number", found: "'y'"))"
        == "/proc/x: expected a number, found 'y'")
  }
}
