/// What a sign of life says of the collector.
public struct AliveFacts: Sendable, Hashable {
  /// How many nodes it polls, and how many of them do not answer.
  public var nodes: Int
  public var silent: Int
  /// The open incidents.
  public var incidents: Int
  /// Messages that wait for their delivery.
  public var waiting: Int
  /// The longest of the last polls, in seconds, and of which node; `nil` when no poll ended yet.
  public var slowest: Double?
  public var slowestNode: String?

  public init(
    nodes: Int, silent: Int = 0, incidents: Int = 0, waiting: Int = 0, slowest: Double? = nil,
    slowestNode: String? = nil
  ) {
    self.nodes = nodes
    self.silent = silent
    self.incidents = incidents
    self.waiting = waiting
    self.slowest = slowest
    self.slowestNode = slowestNode
  }
}

extension AliveFacts {
  func write(to writer: inout FactWriter) {
    writer.put(nodes)
    writer.put(silent)
    writer.put(incidents)
    writer.put(waiting)
    writer.put(slowest)
    writer.put(slowestNode)
  }

  init(_ reader: inout FactReader) throws(FactError) {
    nodes = try reader.number()
    silent = try reader.number()
    incidents = try reader.number()
    waiting = try reader.number()
    slowest = try reader.realIfAny()
    slowestNode = try reader.textIfAny()
  }
}
