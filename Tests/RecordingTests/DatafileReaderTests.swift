import MuninWire
import TestSupport
import Testing

@testable import Recording

/// munin's datafile, also one that munin did not write.
@Suite struct DatafileReaderTests {
  private func read(_ text: String) -> DatafileReader { DatafileReader(Array(text.utf8).span) }

  private func config(_ graph: Graph) -> String {
    var bytes: [UInt8] = []
    graph.render(into: &bytes, multigraph: true)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func graphsAndFieldsAreFoundInAnyOrder() throws {
    let file = read(
      """
      version 2.0.73
      Some Group;sub;web01:disk.sda.graph_title sda
      Some Group;sub;web01:disk.sda.rd.label rd
      Some Group;sub;web01:disk.sda.graph_order wr rd rd wr
      Some Group;sub;web01:disk.sda.wr.type DERIVE
      Some Group;sub;web01:disk.sda.wr.label wr
      Some Group;sub;web01:disk.sda.wr.update_rate 300
      Some Group;sub;web01:disk.sda.wr.graph_data_size normal
      other;web02:load.load.label load
      Some Group;sub;web01:disk.sdb.label a field
      Some Group;sub;web01:disk.graph_title Disk # 1
      other;web02:load.graph_title Load
      other;web02:load.update_rate 60

      """)
    #expect(file.findings == [] && file.leftOut == 0)
    #expect(file.nodes.map(\.name) == ["Some Group;sub;web01", "other;web02"])
    #expect(
      file.nodes[0].graphs.map(config) == [
        "multigraph disk\ngraph_title Disk # 1\nsdb.label a field\n",
        "multigraph disk.sda\ngraph_title sda\ngraph_order wr rd rd wr\nwr.type DERIVE\nwr.label wr\nrd.label rd\n",
      ])
    #expect(file.nodes[1].graphs.first?.updateRate == 60)
  }

  /// Field `sda` of `disk` and graph `disk.sda` stand at one place.
  @Test func aPlaceMayBeAFieldAndAGraph() {
    let file = read(
      """
      g;h:disk.graph_title Disk
      g;h:disk.sda.label first
      g;h:disk.sda.type DERIVE
      g;h:disk.sda.graph_title sda
      g;h:disk.sda.update_rate 10
      g;h:disk.sda.rd.label rd

      """)
    #expect(
      file.nodes.first?.graphs.map(config) == [
        "multigraph disk\ngraph_title Disk\nsda.label first\nsda.type DERIVE\n",
        "multigraph disk.sda\ngraph_title sda\nupdate_rate 10\nrd.label rd\n",
      ])
  }

  @Test(arguments: [
    ("nonsense", "1: expected group;host:service.attribute value"),
    ("g;h:load.label", "1: expected group;host:service.attribute value"),
    ("g;../../etc:load.label x", "1: expected group;host, found 'g;../../etc'"),
    ("..;h:load.label x", "1: expected group;host, found '..;h'"),
    ("g/x;h:load.label x", "1: expected group;host, found 'g/x;h'"),
    ("h:load.label x", "1: expected group;host, found 'h'"),
    ("g;h\u{1}:load.label x", "1: expected group;host, found 'g;h?'"),
    ("g;h:label x", "1: expected service.attribute, found 'label'"),
    ("g;h:a..b.label x", "1: expected service.field.attribute, found 'a..b.label'"),
    ("g;h:../x.label x", "1: expected service.field.attribute, found '../x.label'"),
    ("g;h:" + String(repeating: "x", count: 200) + ".label x", "1: expected service.field"),
    ("g;h:load.a-b.label x", "1: expected a field of letters, digits and _, found 'a-b'"),
    ("g;h:a.label " + String(repeating: "x", count: 70_000), "1: 70012 bytes, expected at most"),
  ])
  func aLineThatIsWrongIsNamedAndCostsOnlyItself(line: String, finding: String) {
    let file = read(line + "\ng;h:load.graph_title Load\ng;h:load.load.label l\n")
    #expect(file.findings.count == 1 && file.leftOut == 1)
    #expect(file.findings.first?.hasPrefix(finding) == true, "\(file.findings)")
    #expect(file.nodes.map(\.name) == ["g;h"])
    #expect(file.nodes.first?.graphs.map(\.name) == ["load"])
  }

  @Test func whatIsTooMuchIsLeftOut() {
    let many = (0..<30_000).map { "g;h:a.f\($0).label x\n" }.joined()
    let places = read("g;h:a.graph_title A\n" + many)
    #expect(places.nodes.first?.graphs.first?.fields.count == 9_999)
    #expect(places.findings.count == 100 && places.leftOut == 20_001)
    #expect(places.findings.first == "10001: more than 10000 graphs and fields of one node")
    let attributes = read(
      "g;h:a.graph_title A\n" + (0..<300).map { "g;h:a.f.x\($0) y\n" }.joined())
    #expect(attributes.leftOut == 210)
  }

  @Test func controlCharactersBecomeBlanks() {
    let file = read("g;h:a.graph_title A\u{1}B\rC\ng;h:a.f.label \u{7F}\ng;h:a.f.info i\n")
    #expect(file.nodes.first?.graphs.first?.title == "A B C")
  }

  /// Any bytes are read to their end, and what comes out can be a config again.
  @Test func anyBytesAreRead() {
    var noise = Noise(9)
    let pieces = [
      "g;h:", "load", ".", "label", " ", "\n", "graph_title", ";", ":", "\0", "é", "version ", "x",
      "g;h:load.graph_title L\n", "g;h:load.f.label l\n",
    ]
    for _ in 0..<3000 {
      let count = Int.random(in: 0..<40, using: &noise)
      let text = noise.text(of: pieces, count: count, oneIn: 8)
      for node in DatafileReader(text.span).nodes {
        for graph in node.graphs {
          #expect(isGraphName(graph.name))
          #expect(!config(graph).utf8.contains { $0 < 0x20 && $0 != 0x0A })
          // It becomes a reply to `config`, which is read as any node's.
          let bytes = Array(config(graph).utf8)
          let answer = ConfigAnswer(bytes.span, service: "x")
          #expect(answer.graphs.map(\.name) == [graph.name])
          #expect(answer.graphs.first?.fields.map(\.name) == graph.fields.map(\.name))
        }
      }
    }
  }
}
