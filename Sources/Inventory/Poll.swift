/// Everything that a node said in one poll.
public struct Poll: Sendable {
  /// What the node calls itself.
  public var nodeName: String
  public var services: [PolledService]
  /// What the node has listed, which is what ``services`` are of; `nil` for a spool.
  public var list: ServiceNames?
  /// The names that the node has services of, asked for where it lists none for the name that it was asked for.
  public var nodes: [String] = []
  /// What a node with a spool told of it; `nil` for other nodes.
  public var spool: Spool?
  /// Lines of its replies that could not be understood.
  public var faults: [String]
  /// In seconds.
  public var duration: Double
  /// Why services that did nothing wrong were not asked: the node did not go on answering. `nil` when all were asked.
  public var trouble: String?
  /// Whether the node is to be asked one request at a time from now on.
  public var isSerial: Bool

  /// Where the reading of a spool stands. The services of such a poll are only those that have something new.
  public struct Spool: Sendable, Equatable {
    /// Up to when the spool was read, in seconds since 1970; `nil` when it had nothing new.
    public var position: Int?
    /// Whether there is more: the next poll of the same poller goes on.
    public var isPartial: Bool

    public init(position: Int? = nil, isPartial: Bool = false) {
      self.position = position
      self.isPartial = isPartial
    }
  }

  public init(
    nodeName: String, services: [PolledService], faults: [String], duration: Double,
    trouble: String? = nil, isSerial: Bool = false
  ) {
    self.nodeName = nodeName
    self.services = services
    self.faults = faults
    self.duration = duration
    self.trouble = trouble
    self.isSerial = isSerial
  }
}
