/// What the collector knows at one moment, as a value.
@dynamicMemberLookup
public struct Snapshot: Sendable {
  /// The collector itself.
  public var state: CollectorState
  /// All nodes, in the order of munin.conf; also those never reached.
  public var nodes: [NodeView]

  public init(state: CollectorState, nodes: [NodeView]) {
    self.state = state
    self.nodes = nodes
  }

  public subscript<Value>(dynamicMember path: WritableKeyPath<CollectorState, Value>) -> Value {
    get { state[keyPath: path] }
    set { state[keyPath: path] = newValue }
  }
}
