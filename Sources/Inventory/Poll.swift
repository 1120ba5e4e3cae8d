/// Everything that a node said in one dialogue.
public struct Poll: Sendable {
  /// What the node calls itself.
  public var nodeName: String
  public var services: [PolledService]
  /// Lines of its replies that could not be understood.
  public var faults: [String]
  /// In seconds.
  public var duration: Double

  public init(nodeName: String, services: [PolledService], faults: [String], duration: Double) {
    self.nodeName = nodeName
    self.services = services
    self.faults = faults
    self.duration = duration
  }
}
