/// Where a field's values are.
public struct GraphSource: Sendable, Hashable {
  public var path: String
  /// The time of the newest value, in seconds since 1970.
  public var lastUpdate: Int
  /// Seconds between two values.
  public var step: Int

  public init(path: String, lastUpdate: Int, step: Int = 300) {
    self.path = path
    self.lastUpdate = lastUpdate
    self.step = step
  }
}
