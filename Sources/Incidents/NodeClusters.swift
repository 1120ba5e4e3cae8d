internal import Limits

/// Nodes that may be lost together: those of a group, and those behind one address.
struct NodeClusters: Sendable {
  enum Key: Hashable, Sendable {
    case group([String])
    case endpoint(String)
  }

  struct Cluster: Sendable {
    /// All nodes that were polled, with their periods.
    var members: [NodeNumber: Int] = [:]
    /// Those that have missed their last poll only.
    var suspects: Set<NodeNumber> = []
    /// Those that missed two and are not told of yet.
    var waiting: Set<NodeNumber> = []
    /// A member that was not polled yet since a waiting node missed its first poll.
    var unasked: NodeNumber?
  }

  private(set) var clusters: [Key: Cluster] = [:]
  private(set) var keys: [NodeNumber: [Key]] = [:]
  private(set) var parents: [NodeNumber: NodeNumber] = [:]
  /// The nodes that are reached behind each.
  private(set) var children: [NodeNumber: Set<NodeNumber>] = [:]

  func isKnown(_ node: NodeNumber) -> Bool { keys[node] != nil }

  subscript(key: Key) -> Cluster { clusters[key] ?? Cluster() }

  mutating func register(_ node: NodeNumber, _ facts: NodeFacts) {
    remove(node)
    let keys = [Key.group(facts.groups)] + (facts.endpoint.map { [Key.endpoint($0)] } ?? [])
    self.keys[node] = keys
    for key in keys { clusters[key, default: Cluster()].members[node] = facts.period }
    if let parent = facts.parent, parent != node {
      parents[node] = parent
      children[parent, default: []].insert(node)
    }
  }

  mutating func remove(_ node: NodeNumber) {
    for key in keys.removeValue(forKey: node) ?? [] {
      clusters[key]?.members[node] = nil
      clusters[key]?.suspects.remove(node)
      clusters[key]?.waiting.remove(node)
      if clusters[key]?.unasked == node { clusters[key]?.unasked = nil }
      if clusters[key]?.members.isEmpty == true { clusters[key] = nil }
    }
    if let parent = parents.removeValue(forKey: node) { children[parent]?.remove(node) }
  }

  /// Says how a node is.
  mutating func set(_ node: NodeNumber, isSuspect: Bool, isWaiting: Bool) {
    for key in keys[node] ?? [] {
      if isSuspect {
        clusters[key]?.suspects.insert(node)
      } else {
        clusters[key]?.suspects.remove(node)
      }
      if isWaiting {
        clusters[key]?.waiting.insert(node)
      } else {
        clusters[key]?.waiting.remove(node)
      }
    }
  }

  /// A node was polled: it is not waited for any more.
  mutating func polled(_ node: NodeNumber) {
    for key in keys[node] ?? [] where clusters[key]?.unasked == node {
      clusters[key]?.unasked = nil
    }
  }

  mutating func waitFor(_ node: NodeNumber, in key: Key) { clusters[key]?.unasked = node }

  /// Whether any cluster of the node has somebody who waits.
  func hasWaiting(around node: NodeNumber) -> Bool {
    (keys[node] ?? []).contains { clusters[$0]?.waiting.isEmpty == false }
  }

  /// The nodes in front of a node, the nearest first. A circle ends where it would begin anew.
  func ancestors(of node: NodeNumber) -> [NodeNumber] {
    var found: [NodeNumber] = []
    var next = parents[node]
    while let parent = next, parent != node, !found.contains(parent),
      found.count < NodeClusters.mostLevels
    {
      found.append(parent)
      next = parents[parent]
    }
    return found
  }

  static let mostLevels = 8
}
