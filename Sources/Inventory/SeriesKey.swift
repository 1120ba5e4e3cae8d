/// A field of a node, by the names of its graph and its own.
public struct SeriesKey: Hashable, Sendable {
  public let graph: String
  public let field: String

  public init(graph: String, field: String) {
    self.graph = graph
    self.field = field
  }
}
