internal import Limits
internal import MuninWire
internal import Settings

/// A node's graph with what munin.conf says of it laid over.
///
/// What munin.conf says at the very place, a field or a graph, goes before what the node says there; what it says at a place
/// around that (the graph of a field, the node, its groups, the top level) counts where nothing nearer says anything.
struct GraphOverrides {
  /// The graph as it is drawn and judged.
  private(set) var graph: Graph
  private let name: String
  private let host: HostSettings
  private let settings: MasterSettings
  /// Whether the graph or a field of it has a limit of its own.
  private var hasLimit = false
  /// Where munin.conf says what it has replaced; the field is `nil` for the graph itself.
  private var places: [Place: String] = [:]

  private struct Place: Hashable {
    let field: Int?
    let name: String
  }

  /// A value and, when it is munin.conf's, where it stands: `munin.conf:12`.
  struct Source {
    let value: String
    let place: String?
  }

  /// Words of a graph that a node, a group or the top level may have for all graphs below.
  private static let wide = [
    "graph_args", "graph_args_after", "graph_category", "graph_height", "graph_noscale",
    "graph_period", "graph_printf", "graph_scale", "graph_total", "graph_width",
  ]
  /// Words of a field that a graph, in munin.conf, may have for all its fields.
  private static let ofAllFields = ["draw", "max", "min", "type"]

  init(_ given: Graph, host: HostSettings, settings: MasterSettings) {
    graph = given
    name = given.name
    self.host = host
    self.settings = settings
    for override in settings.overrides(for: host) { apply(override) }
    for word in Self.wide where graph[word] == nil {
      if let value = wider(word)?.value { graph[word] = value }
    }
    if graph.vlabel == nil {
      graph["graph_vlabel"] = wider("graph_vlabel")?.value ?? wider("graph_vtitle")?.value
    }
    for word in Self.ofAllFields {
      guard let wide = wider(word) else { continue }
      for index in graph.fields.indices where graph.fields[index][word] == nil {
        graph.fields[index][word] = wide.value
        places[Place(field: index, name: word)] = wide.place
      }
    }
    graph.cleanReferences()
    hasLimit = Self.limits.contains { word in
      graph[word] != nil || graph.fields.contains { $0[word] != nil }
    }
  }

  private mutating func apply(_ override: MasterSettings.Override) {
    let place = "\(override.file):\(override.line)"
    // `disk.sda.graph` may be a field's or a nested graph's; the node knows.
    let isNested =
      override.field.map {
        override.service.utf8.count + 1 + $0.utf8.count == name.utf8.count
          && name == "\(override.service).\($0)"
      } ?? false
    if isNested || (override.service == name && override.field == nil) {
      graph[override.name] = override.value
      places[Place(field: nil, name: override.name)] = place
    } else if override.service == name, let field = override.field, let index = index(of: field) {
      graph.fields[index][override.name] = override.value
      places[Place(field: index, name: override.name)] = place
    }
  }

  /// In munin.conf a field may have the name that the plugin gives it.
  private func index(of field: String) -> Int? {
    graph.fields.firstIndex { $0.name == field }
      ?? graph.fields.firstIndex { $0.name == FieldCleaning.master.clean(field) }
  }

  /// What the graph itself says, after munin.conf.
  func own(_ word: String) -> Source? {
    graph[word].map { Source(value: $0, place: places[Place(field: nil, name: word)]) }
  }

  /// What a field itself says, after munin.conf.
  func own(_ word: String, field: Int) -> Source? {
    graph.fields[field][word].map {
      Source(value: $0, place: places[Place(field: field, name: word)])
    }
  }

  /// What counts for a word of a field's rules: at the field, at the graph, at the node and around it, at each place munin.conf before the
  /// plugin.
  ///
  /// As in munin, a limit of the node or of what is around it reaches only graphs that have a limit of their own: every other graph of the node
  /// would be judged by it too.
  func source(of word: String, field: Int) -> RuleSource? {
    if let own = own(word, field: field) ?? own(word) {
      return RuleSource(own.value, at: own.place)
    }
    if Self.limits.contains(word), !hasLimit { return nil }
    return wider(word).map { RuleSource($0.value, at: $0.place) }
  }

  private static let limits = ["warning", "critical", "rate", "rate_critical"]

  /// What munin.conf says for the graph, at it or around it.
  func wider(_ word: String) -> Source? {
    settings.attribute(word, group: host.groups, host: host.name, service: name).map {
      Source(value: $0, place: settings.place(of: word, for: host, service: name))
    }
  }
}
