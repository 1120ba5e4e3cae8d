import MuninWire
import Recording

/// munin's datafile, in a folder that somebody wants to import.
func feedDatafile(_ input: [UInt8]) {
  let file = DatafileReader(input.span)
  demand(
    file.leftOut <= lineCount(input), "\(file.leftOut) of \(lineCount(input)) lines left out")
  demand(file.findings.count <= 100, "\(file.findings.count) findings")
  for node in file.nodes {
    demand(node.path.count > 1, "a node without a group: \(node.path)")
    for part in node.path {
      demand(
        !part.isEmpty && part != ".." && !part.utf8.contains(0x2F),
        "a path that leaves dbdir: \(part)")
    }
    for graph in node.graphs {
      // It becomes a reply to `config`, which is read as any node's.
      var config: [UInt8] = []
      graph.render(into: &config, multigraph: true)
      let answer = ConfigAnswer(config.span, service: "x")
      demand(
        answer.graphs.map(\.name) == [graph.name],
        "\(graph.name) becomes \(answer.graphs.map(\.name))")
      demand(
        answer.graphs[0].fields.map(\.name) == graph.fields.map(\.name),
        "the fields of \(graph.name) become others")
    }
  }
}
