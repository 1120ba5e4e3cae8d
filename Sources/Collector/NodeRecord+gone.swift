/// Services with limits that the node lists no longer: they stay described, so that their trouble can be told, and stand in nobody's way.
extension NodeRecord {
  /// Whether any value of a service is judged; of one that its plugin no longer describes that it is unknown.
  func isJudged(_ service: String) -> Bool {
    judged[service] != nil || goneFields.values.contains { $0.service == service }
  }

  /// Whether a service was described and is not gone.
  func isOffered(_ service: String) -> Bool {
    configs[service] != nil && !goneServices.contains(service)
  }

  /// Whether a graph keeps its files to itself: one of a service that is gone gives them to others.
  func hasFiles(_ graph: String) -> Bool {
    graphs[graph].map { !goneServices.contains($0.service) } ?? false
  }

  /// Takes the files of a graph's name from a graph of a service that is gone, of this node or of another one.
  func takeFilesFromGone(for name: String) {
    let fileName = NodeRecord.fileName(name)
    if !goneServices.isEmpty {
      for twin in graphs.keys where twin != name && NodeRecord.fileName(twin) == fileName {
        drop(twin)
      }
    }
    for clash in clashes {
      guard let node = clash.node, let other = clash.name(for: fileName),
        let graph = node.dashed[other], !node.hasFiles(graph)
      else { continue }
      node.drop(graph)
    }
  }
}
