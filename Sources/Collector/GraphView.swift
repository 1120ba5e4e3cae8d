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

  /// The worst level of its fields.
  public var level: Level { fields.map(\.level).max() ?? .ok }

  public init(
    graph: Graph, updated: Int? = nil, findings: [String] = [], fields: [FieldView]
  ) {
    self.findings = findings
    self.graph = graph
    self.updated = updated
    self.fields = fields
  }
}
