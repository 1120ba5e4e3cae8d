internal import EventLoop
internal import Settings

/// A node of the same group whose files may have the names of this one's: graph `01-load` of node `web` and graph `load` of node `web-01`
/// both have `web-01-load-…`. munin lets both write into one file. Here the graph that was first has the file; the other one is not
/// recorded, and that is told.
struct FileClash {
  private(set) weak var node: NodeRecord?
  /// What the longer of the two names has beyond the other one and a dash.
  let rest: String
  /// Whether the other node has the longer name.
  let isLonger: Bool

  /// The name in files that a graph of the other node has if its files are those of a graph of this one; `nil` where it cannot be.
  /// - Parameter fileName: the name of this node's graph in the names of its files.
  func name(for fileName: String) -> String? {
    guard isLonger else { return "\(rest)-\(fileName)" }
    guard fileName.hasPrefix(rest + "-") else { return nil }
    let name = fileName.dropFirst(rest.count + 1)
    return name.isEmpty ? nil : String(name)
  }
}

extension FileClash {
  /// Tells nodes of those whose files may have the same names.
  @LoopActor
  static func link(_ nodes: [NodeRecord]) {
    let byStart = Dictionary(
      nodes.map { ($0.fileStart, $0) }, uniquingKeysWith: { first, _ in first })
    var found: [ObjectIdentifier: [FileClash]] = [:]
    for node in nodes {
      let start = node.fileStart
      // Dashes of the groups stand before the host's part.
      let host = start.utf8.lastIndex(of: UInt8(ascii: "/")).map(start.utf8.index(after:))
      for dash in start.utf8.indices
      where dash > host ?? start.startIndex && start.utf8[dash] == UInt8(ascii: "-") {
        guard let shorter = byStart[String(start[..<dash])], shorter !== node else { continue }
        let rest = String(start[start.utf8.index(after: dash)...])
        guard !rest.isEmpty else { continue }
        found[ObjectIdentifier(node), default: []].append(
          FileClash(node: shorter, rest: rest, isLonger: false))
        found[ObjectIdentifier(shorter), default: []].append(
          FileClash(node: node, rest: rest, isLonger: true))
      }
    }
    for node in nodes { node.setClashes(found[ObjectIdentifier(node)] ?? []) }
  }
}

extension NodeRecord {
  /// The graph of another node that has the files which a graph of this name would have.
  func clashingGraph(of name: String) -> (graph: String, node: String)? {
    guard !clashes.isEmpty else { return nil }
    let fileName = NodeRecord.fileName(name)
    for clash in clashes {
      guard let node = clash.node, let other = clash.name(for: fileName),
        let graph = node.graph(withFileName: other)
      else { continue }
      return (graph, node.path)
    }
    return nil
  }

  /// Whether a graph could have the files of a graph of another node.
  func mayClash(_ name: String) -> Bool {
    guard !clashes.isEmpty else { return false }
    let fileName = NodeRecord.fileName(name)
    return clashes.contains { $0.name(for: fileName) != nil }
  }
}
