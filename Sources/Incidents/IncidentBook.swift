public import Limits

/// Whether each node can be reached, and the open incidents.
public struct IncidentBook: Sendable {
  private var reach: [NodeNumber: Reachability] = [:]
  /// The thread of each open incident, by the number of the graph's name; 0 is the node itself.
  private var threads: [NodeNumber: [Int: String]] = [:]

  public init() {}

  /// Goes on with what a former run has stored.
  public init(_ contents: IncidentTables.Contents) {
    reach = contents.reach
    threads = contents.incidents
  }

  /// Whether a node can be reached; as of before its first poll for one that is new.
  public subscript(node: NodeNumber) -> Reachability { reach[node] ?? Reachability() }

  /// Counts the end of a poll, see ``Reachability/observe(_:now:tolerated:)``.
  public mutating func observe(
    _ trouble: String?, of node: NodeNumber, now: Int, tolerated: Int
  ) -> Reachability.Change? {
    reach[node, default: Reachability()].observe(trouble, now: now, tolerated: tolerated)
  }

  /// The thread of an open incident; `nil` when none is open.
  /// - Parameter graph: the number of the graph's name; 0 is the node itself.
  public func thread(of graph: Int, on node: NodeNumber) -> String? { threads[node]?[graph] }

  /// Whether any incident of the node is open.
  public func hasOpen(on node: NodeNumber) -> Bool { threads[node] != nil }

  /// Opens an incident, or ends it with `nil`.
  /// - Returns: whether that changed anything.
  public mutating func set(_ thread: String?, of graph: Int, on node: NodeNumber) -> Bool {
    guard threads[node]?[graph] != thread else { return false }
    threads[node, default: [:]][graph] = thread
    if threads[node]?.isEmpty == true { threads[node] = nil }
    return true
  }
}
