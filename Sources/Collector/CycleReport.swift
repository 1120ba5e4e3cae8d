/// What happened since the last report, for those who watch.
public struct CycleReport: Sendable {
  public private(set) var nodes = 0
  public private(set) var silent = 0
  public private(set) var services = 0
  public private(set) var values = 0
  /// The longest poll, in seconds.
  public private(set) var slowest = 0.0

  /// Whether everything is in the ledger.
  public internal(set) var isKept = true

  mutating func polled(values: Int, services: Int, duration: Double) {
    nodes += 1
    self.values += values
    self.services += services
    slowest = max(slowest, duration)
  }

  mutating func failed() { silent += 1 }
}
