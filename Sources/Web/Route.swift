internal import Collector
internal import EventLoop
internal import HTTP
internal import MuninWire

/// What a path leads to: everything is looked up among what is known, nothing in the file system.
enum Route {
  case overview(group: [String])
  case node(NodeView)
  case graph(GraphView, of: NodeView)
  case picture(GraphView, of: NodeView, Period)
  case list
  case health
  case metrics
  case styleSheet
  case icon
  /// The same thing has its page elsewhere.
  case elsewhere(SiteLink)

  @LoopActor
  init?(_ request: HTTPRequest, in source: any SiteSource, node view: (NodeName) -> NodeView?) {
    let path = request.path
    if path.isEmpty {
      self = .overview(group: [])
    } else if path.count == 1, !request.isFolder, let fixed = Self.fixed[path[0]] {
      self = fixed
    } else if let name = Route.node(at: path, among: source.names), let node = view(name) {
      guard let route = Route(below: node, request) else { return nil }
      self = route
    } else if source.names.contains(where: { $0.groups.starts(with: path) }) {
      self = request.isFolder ? .overview(group: path) : .elsewhere(.group(path))
    } else {
      return nil
    }
  }

  private static let fixed: [String: Route] = [
    "nodes.json": .list, "healthz": .health, "metrics": .metrics,
    "style.css": .styleSheet, "icon.svg": .icon,
  ]

  /// What a path that begins with a node's leads to.
  init?(below node: NodeView, _ request: HTTPRequest) {
    let rest = request.path.dropFirst(node.groups.count + 1)
    self.init(rest.joined(separator: "."), of: node, isFolder: request.isFolder)
  }

  /// What stands below a node: `load`, `load-day.png`, `disk.sda`.
  private init?(_ name: String, of node: NodeView, isFolder: Bool) {
    if name.isEmpty {
      self = isFolder ? .node(node) : .elsewhere(.node(node))
      return
    }
    if let view = node.graph(name) {
      self = isFolder ? .elsewhere(.graph(view, of: node)) : .graph(view, of: node)
      return
    }
    guard !isFolder, name.hasSuffix(".png") else { return nil }
    for period in Period.allCases where name.hasSuffix("-\(period.rawValue).png") {
      let ending = period.rawValue.utf8.count + 5
      guard let view = node.graph(String(name.dropLast(ending))) else { return nil }
      self = .picture(view, of: node, period)
      return
    }
    return nil
  }
}

extension Route {
  /// The node whose groups and name the path begins with; the deepest, when one node's name is another's group.
  static func node(at path: [String], among names: [NodeName]) -> NodeName? {
    var found: NodeName?
    for node in names where node.groups.count + 1 <= path.count {
      let depth = node.groups.count
      guard path[depth] == node.name, path.starts(with: node.groups) else { continue }
      if depth >= (found?.groups.count ?? 0) { found = node }
    }
    return found
  }
}

extension NodeView {
  /// A graph, also one that is not offered any more.
  func graph(_ name: String) -> GraphView? {
    graphs.first { $0.graph.name == name } ?? archive?.gone.first { $0.graph.name == name }
  }

  /// The graphs that are shown and are no part of another one.
  var mainGraphs: [GraphView] {
    let names = Set(graphs.map(\.graph.name))
    return graphs.filter { $0.isShown && ($0.parentName.map { !names.contains($0) } ?? true) }
  }

  /// The graphs that are a part of `parent`, at any depth.
  func parts(of parent: GraphView) -> [GraphView] {
    graphs.filter { $0.isShown && $0.graph.name.hasPrefix(parent.graph.name + ".") }
  }

  /// Its main graphs by category, both in order.
  var categories: [(name: String, graphs: [GraphView])] {
    Dictionary(grouping: mainGraphs, by: \.graph.category).sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }
}

extension GraphView {
  /// `graph no` of a service says that it is only recorded and judged.
  var isShown: Bool {
    !["no", "0", "false", "off"].contains(graph["graph"]?.lowercased() ?? "yes")
  }

  /// `disk` of `disk.sda`.
  var parentName: String? {
    graph.name.lastIndex(of: ".").map { String(graph.name[..<$0]) }
  }
}
