public import Limits
internal import MuninWire

/// What an overview says of a node.
public struct NodeSummary: Sendable {
  /// A category of a node's graphs.
  public struct Category: Sendable {
    public let name: String
    /// How many graphs it has, parts of others left out.
    public fileprivate(set) var count = 0
    /// How many of these are not ok, by level.
    public fileprivate(set) var levels: [Level: Int] = [:]
  }

  /// The node, of whose graphs only those are here that somebody should look at: with a level that is not ok, or with findings.
  public let node: NodeView
  /// How many graphs it has.
  public let graphCount: Int
  /// In the order of their names.
  public let categories: [Category]

  init(_ node: NodeView, graphCount: Int, _ tally: Tally) {
    self.node = node
    self.graphCount = graphCount
    categories = tally.categories.values.sorted { $0.name < $1.name }
  }

  init(_ node: NodeView) {
    let names = Set(node.graphs.map(\.graph.name))
    var tally = Tally()
    for view in node.graphs where !Tally.isPart(view.graph.name, of: names.contains) {
      tally.add(view.graph.category, view.level)
    }
    var remarkable = node
    remarkable.graphs.removeAll { $0.level == .ok && $0.findings.isEmpty }
    self.init(remarkable, graphCount: node.graphs.count, tally)
  }

  /// Counts graphs by category.
  struct Tally {
    fileprivate var categories: [String: Category] = [:]

    mutating func add(_ category: String, _ level: Level) {
      categories[category, default: Category(name: category)].count += 1
      if level != .ok { categories[category]?.levels[level, default: 0] += 1 }
    }

    /// Whether a graph is a part of another one of its node: `disk.sda` of `disk`.
    static func isPart(_ name: String, of isKnown: (String) -> Bool) -> Bool {
      guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
      return isKnown(String(name[..<dot]))
    }
  }
}
