internal import MuninWire
internal import Recording

/// A graph as munin's `datafile` has it: what the plugin says, with what munin-update adds.
struct DatafileGraph: Sendable {
  let name: String
  let attributes: [Attribute]
  let fields: [(name: String, attributes: [Attribute])]

  /// - Parameters:
  ///   - dataSize: munin.conf's `graph_data_size`, for a plugin that has none.
  ///   - updateRate: munin.conf's `update_rate`, likewise.
  init(_ graph: Graph, dataSize: String, updateRate: String) {
    name = graph.name
    // Consumed by the poll; munin does not keep it either.
    var attributes = graph.attributes.filter { $0.name != "host_name" }
    let order = ([graph["graph_order"]].compactMap { $0 } + graph.fields.map(\.name))
    attributes.removeAll { $0.name == "graph_order" }
    attributes.append(Attribute("graph_order", order.joined(separator: " ")))
    self.attributes = attributes
    let files = [
      Attribute("graph_data_size", graph["graph_data_size"] ?? dataSize),
      Attribute("update_rate", graph["update_rate"] ?? updateRate),
    ]
    fields = graph.fields.map { field in
      var own = field.attributes
      if field.label == nil { own.append(Attribute("label", "No .label provided")) }
      return (field.name, own + files.filter { field[$0.name] == nil })
    }
  }

  /// Appends its lines.
  /// - Parameter node: `group;host:`.
  func append(to text: inout [UInt8], node: String) {
    for attribute in attributes { append(attribute, of: nil, to: &text, node) }
    for field in fields {
      for attribute in field.attributes { append(attribute, of: field.name, to: &text, node) }
    }
  }

  private func append(
    _ attribute: Attribute, of field: String?, to text: inout [UInt8], _ node: String
  ) {
    text += node.utf8
    text += name.utf8
    text.append(UInt8(ascii: "."))
    if let field {
      text += field.utf8
      text.append(UInt8(ascii: "."))
    }
    text += attribute.name.utf8
    text.append(UInt8(ascii: " "))
    text += attribute.value.utf8
    text.append(UInt8(ascii: "\n"))
  }
}

/// A node's services as `datafile.storable` has them: a place for each graph and field, nested as their names are. A place may be a
/// field and a graph at once: field `sda` of `disk`, and graph `disk.sda`.
struct DatafileTree: Sendable {
  private(set) var strings: [Attribute] = []
  private(set) var children: [(name: String, tree: DatafileTree)] = []
  private var places: [String: Int] = [:]

  mutating func add(_ graph: DatafileGraph) {
    add(graph, at: graph.name.split(separator: ".")[...])
  }

  private mutating func add(_ graph: DatafileGraph, at path: ArraySlice<Substring>) {
    guard let first = path.first else {
      set(graph.attributes)
      for field in graph.fields { children[place(of: field.name)].tree.set(field.attributes) }
      return
    }
    children[place(of: String(first))].tree.add(graph, at: path.dropFirst())
  }

  private mutating func place(of name: String) -> Int {
    if let known = places[name] { return known }
    // One key cannot have two values.
    strings.removeAll { $0.name == name }
    places[name] = children.count
    children.append((name, DatafileTree()))
    return children.count - 1
  }

  private mutating func set(_ attributes: [Attribute]) {
    for attribute in attributes where places[attribute.name] == nil {
      if let known = strings.firstIndex(where: { $0.name == attribute.name }) {
        strings[known] = attribute
      } else {
        strings.append(attribute)
      }
    }
  }

  /// Writes it as an item of the hash around it.
  func write(
    to writer: inout StorableWriter, name: String, in parent: StorableWriter.Tag
  ) {
    let tag = writer.hash(count: 2 + strings.count + children.count)
    writer.string(name, key: DatafileKey.name)
    writer.weakReference(to: parent, key: DatafileKey.parent)
    for one in strings { writer.string(one.value, key: one.name) }
    for child in children { child.tree.write(to: &writer, name: child.name, in: tag) }
    writer.key(name)
  }
}

/// The keys by which munin's programs find their way in the tree.
enum DatafileKey {
  static let name = "#%#name"
  static let parent = "#%#parent"
}
