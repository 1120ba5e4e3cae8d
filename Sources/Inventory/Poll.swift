/// Everything that a node said in one poll.
public struct Poll: Sendable {
  /// What the node calls itself.
  public var nodeName: String
  public var services: [PolledService]
  /// Lines of its replies that could not be understood.
  public var faults: [String]
  /// In seconds.
  public var duration: Double
  /// Why services that did nothing wrong were not asked: the node did not go on answering. `nil` when all were asked.
  public var trouble: String?
  /// Whether the node is to be asked one request at a time from now on.
  public var isSerial: Bool

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
