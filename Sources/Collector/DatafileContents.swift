internal import Inventory
internal import MuninWire
internal import Recording
internal import Settings

/// The content of munin's `datafile`: what every node of munin.conf says of its graphs.
///
/// As munin-update writes it, without what munin.conf says of graphs and fields: munin's other programs lay that over it.
struct DatafileContents: Sendable {
  private struct Node: Sendable {
    /// The groups and the host.
    let parts: [String]
    let services: [ServiceLayouts.Service]
  }

  private let nodes: [Node]
  private let configs: [Int: [UInt8]]
  private let version: String
  private let dataSize: String
  private let updateRate: String

  /// What is written at once.
  private static let piece = 1 << 18

  /// - Parameter version: the munin that the files are for.
  init(_ layouts: ServiceLayouts, settings: MasterSettings, version: String) {
    nodes = settings.hosts.compactMap { host in
      layouts.nodes[host.path].map { Node(parts: host.groups + [host.name], services: $0) }
    }
    configs = layouts.configs
    self.version = version
    dataSize = settings.attribute("graph_data_size", group: []) ?? "normal"
    updateRate = "\(settings.updateRate)"
  }

  /// The graphs of layouts, parsed once each.
  private struct Graphs {
    let contents: DatafileContents
    private var parsed: [Int: [DatafileGraph]] = [:]

    init(_ contents: DatafileContents) { self.contents = contents }

    /// The graphs of a node. What one service brought is not taken from another.
    mutating func of(_ node: Node) -> [DatafileGraph] {
      var names: Set<String> = []
      var graphs: [DatafileGraph] = []
      for service in node.services {
        graphs += of(service).filter { names.insert($0.name).inserted }
      }
      return graphs
    }

    private mutating func of(_ service: ServiceLayouts.Service) -> [DatafileGraph] {
      if let known = parsed[service.layout] { return known }
      let config = contents.configs[service.layout] ?? []
      let answer = ConfigAnswer(config.span, service: service.name)
      let graphs = answer.graphs.map {
        DatafileGraph($0, dataSize: contents.dataSize, updateRate: contents.updateRate)
      }
      parsed[service.layout] = graphs
      return graphs
    }
  }

  // MARK: datafile

  /// Writes the text form, in pieces.
  func writeText<Failure: Error>(_ put: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    var graphs = Graphs(self)
    var text = Array("version \(version)\n".utf8)
    for node in nodes {
      let start = node.parts.joined(separator: ";") + ":"
      for graph in graphs.of(node) { graph.append(to: &text, node: start) }
      guard text.count > DatafileContents.piece else { continue }
      try put(text)
      text.removeAll(keepingCapacity: true)
    }
    try put(text)
  }

  // MARK: datafile.storable

  /// Groups and hosts by their names. A host may have the name of a group beside it.
  private struct Place {
    var node: Node?
    var children: [(name: String, place: Place)] = []
    var places: [String: Int] = [:]

    mutating func add(_ node: Node, at path: ArraySlice<String>) {
      guard let first = path.first else {
        self.node = node
        return
      }
      if places[first] == nil {
        places[first] = children.count
        children.append((first, Place()))
      }
      children[places[first]!].place.add(node, at: path.dropFirst())
    }
  }

  /// Writes Perl's form, in pieces.
  func writeTree<Failure: Error>(_ put: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    var root = Place()
    for node in nodes { root.add(node, at: node.parts[...]) }
    var graphs = Graphs(self)
    var writer = StorableWriter(count: root.children.count)
    for child in root.children {
      try write(
        child.place, child.name, in: StorableWriter.root, to: &writer, &graphs, put)
    }
    try put(writer.takeBytes())
  }

  private func write<Failure: Error>(
    _ place: Place, _ name: String, in parent: StorableWriter.Tag,
    to writer: inout StorableWriter, _ graphs: inout Graphs,
    _ put: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    var services = DatafileTree()
    if let node = place.node { for graph in graphs.of(node) { services.add(graph) } }
    let own = services.children.filter { place.places[$0.name] == nil }
    let tag = writer.hash(count: 2 + own.count + place.children.count)
    writer.string(name, key: DatafileKey.name)
    writer.weakReference(to: parent, key: DatafileKey.parent)
    for service in own { service.tree.write(to: &writer, name: service.name, in: tag) }
    for child in place.children {
      try write(child.place, child.name, in: tag, to: &writer, &graphs, put)
    }
    writer.key(name)
    if writer.bytes.count > DatafileContents.piece { try put(writer.takeBytes()) }
  }
}
