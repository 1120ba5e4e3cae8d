internal import Collector
internal import MuninWire

/// The sizes of a node's pictures, where they are known: a page with sizes does not jump when they come.
struct PictureSizes: Sendable {
  private var sizes: [String: [Period: (width: Int, height: Int)]] = [:]

  subscript(graph: String, period: Period) -> (width: Int, height: Int)? {
    get { sizes[graph]?[period] }
    set { sizes[graph, default: [:]][period] = newValue }
  }

  subscript(view: GraphView, period: Period) -> (width: Int, height: Int)? {
    self[view.graph.name, period]
  }
}
