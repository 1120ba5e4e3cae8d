internal import Inventory
internal import MuninWire
internal import Settings

extension VirtualGraph {
  /// The names of the graphs for which munin.conf says that they borrow, in its order.
  static func names(on host: HostSettings, in overrides: [MasterSettings.Override]) -> [String] {
    var seen: Set<String> = []
    return overrides.compactMap { override in
      let isNeeded =
        ["sum", "stack"].contains(override.name) && override.field != nil
        || override.name == "graph_order" && override.value.utf8.contains(UInt8(ascii: "="))
      return isNeeded && seen.insert(override.service).inserted ? override.service : nil
    }
  }

  /// A graph with what munin.conf says of it.
  /// - Parameters:
  ///   - given: the node's graph, empty where the node has none of that name.
  ///   - own: the fields with values of their own; nil where that is not known.
  init(
    _ given: Graph, own: Set<String>?, on host: HostSettings, in settings: MasterSettings,
    _ overrides: [MasterSettings.Override]
  ) {
    var graph = given
    for override in overrides where override.service == given.name {
      guard let field = override.field else { continue }
      let name = isFieldName(field) ? field : FieldCleaning.master.clean(field)
      if graph.field(name) == nil { graph.fields.append(Field(name: name)) }
    }
    self.init(GraphOverrides(graph, host: host, settings: settings).graph, own: own)
  }
}
