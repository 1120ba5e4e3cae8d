/// What a node says of a service's graphs: the reply to `config`, understood by the master's rules.
public struct ConfigAnswer: Sendable {
  /// The graphs in the order they came: one, or the parts of a multigraph. Empty when there is no
  /// config, which makes a service disappear.
  public var graphs: [Graph] = []
  /// What is wrong with the reply.
  public var faults: [WireFault] = []
  /// Why the node gave no config, if it said so.
  public var refusal: Refusal?
  /// The host the plugin speaks for, when it is not the node's own.
  public var hostName: String?
  /// Whether the values came along (dirtyconfig), so that no fetch is needed.
  public var hasReadings: Bool {
    graphs.contains { $0.fields.contains { !$0.readings.isEmpty } }
  }

  /// Reads a whole reply, without its last line `.`.
  ///
  /// - Parameter service: the plugin's name as the node lists it; cleaned by the master's rule it is
  ///   the name of the graph that needs no `multigraph` line.
  public init(_ reply: Span<UInt8>, service: String) {
    var draft = ConfigDraft(service: masterServiceName(service))
    var lines = LineReader()
    while let line = lines.next(in: reply) {
      draft.read(line, number: lines.number, of: reply)
    }
    draft.finish()
    graphs = draft.graphs
    faults = draft.faults.faults
    refusal = draft.refusal
    hostName = draft.hostName
  }
}
