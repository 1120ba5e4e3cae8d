/// Graphs of a node that are not recorded.
extension NodeRecord {
  /// Why values of a graph are not kept that a service has sent.
  func refusal(of graph: String) -> String {
    if let known = graphs[graph] { return "it is a graph of service \(known.service)" }
    if let twin = fileTwin(of: graph) { return "its files would be those of graph \(twin)" }
    if let twin = clashingGraph(of: graph) {
      return "its files would be those of graph \(twin.graph) of node \(twin.node)"
    }
    return "its config does not describe it"
  }

  /// The graph that has the files that a graph of another name would have: in the names of files, dots of nested graphs are dashes.
  func fileTwin(of name: String) -> String? {
    let fileName = NodeRecord.fileName(name)
    // One of the two has a dash.
    if name.utf8.contains(UInt8(ascii: "-")) {
      return graphs.keys.first {
        $0 != name && NodeRecord.fileName($0) == fileName && hasFiles($0)
      }
    }
    guard let twin = dashed[fileName], twin != name, hasFiles(twin) else { return nil }
    return twin
  }

  /// A graph's name as it stands in the names of its files.
  static func fileName(_ graph: String) -> String {
    guard graph.utf8.contains(UInt8(ascii: ".")) else { return graph }
    return String(
      decoding: graph.utf8.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "-") : $0 },
      as: UTF8.self)
  }
}
