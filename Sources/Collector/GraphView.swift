public import Inventory
public import Limits
public import MuninWire

/// One graph of a node.
public struct GraphView: Sendable {
  /// The node's description with munin.conf's settings applied. Its name may be nested: `disk.sda`.
  public var graph: Graph
  /// When the newest values came.
  public var updated: Int?
  /// What its plugin's author or the operator should correct.
  public var findings: [String]
  /// Its drawn and hidden fields, in the graph's order.
  public var fields: [FieldView]
  /// How it is drawn, where it has fields that are made of fields of other graphs.
  public var drawing: VirtualDrawing?
  /// Why its service does not bring all of its values, and since when.
  public var fault: String?
  public var faultSince: Int?
  /// Whether its service is not offered any more; its history can be drawn.
  public var isGone = false
  /// When that was noticed, in seconds since 1970.
  public var gone: Int?
  /// The nodes of those fields, `group;host`.
  public var sources: Set<String>

  /// Whether any of its fields has limits, and its service is offered.
  public var isJudged: Bool { !isGone && fields.contains(where: \.isJudged) }

  /// The worst level of its fields.
  public var level: Level { fields.map(\.level).max() ?? .ok }

  public init(
    graph: Graph, updated: Int? = nil, findings: [String] = [], fields: [FieldView],
    drawing: VirtualDrawing? = nil, sources: Set<String> = []
  ) {
    self.drawing = drawing
    self.sources = sources
    self.findings = findings
    self.graph = graph
    self.updated = updated
    self.fields = fields
  }

  /// What is drawn, once it is known which files there are: a graph whose fields each have a file.
  public func plain(
    hasFile: (String) -> Bool
  ) -> (graph: Graph, files: [String: String], isFilled: Bool) {
    if let drawing {
      let (graph, files) = drawing.plain(hasFile: hasFile)
      return (limited(graph), files, drawing.isFilled)
    }
    return (
      limited(graph),
      Dictionary(fields.map { ($0.name, $0.path) }, uniquingKeysWith: { first, _ in first }),
      false
    )
  }

  /// The graph with the limits that are in force, wherever they come from.
  private func limited(_ graph: Graph) -> Graph {
    var graph = graph
    for field in fields {
      guard let index = graph.fields.firstIndex(where: { $0.name == field.name }) else { continue }
      graph.fields[index]["warning"] = field.warning
      graph.fields[index]["critical"] = field.critical
    }
    return graph
  }
}
