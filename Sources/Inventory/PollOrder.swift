public import Settings

/// What a poll of a node needs to know: the whole of what the stages behind it say to it.
public struct PollOrder: Sendable {
  public var host: HostSettings
  /// Seconds to wait for a connection.
  public var connectTimeout: Int
  /// Seconds for the whole dialogue.
  public var nodeTimeout: Int
  /// Whether one request is made at a time, because the node could not answer several.
  public var isSerial: Bool
  /// What the services said of themselves last time, by their names: the same bytes are not parsed again.
  public var known: [String: ServiceConfig]
  /// The services whose values are young enough not to be fetched (their `update_rate`), unless their config has changed.
  public var fresh: Set<String>

  public init(
    host: HostSettings, connectTimeout: Int = 180, nodeTimeout: Int = 180, isSerial: Bool = false,
    known: [String: ServiceConfig] = [:], fresh: Set<String> = []
  ) {
    self.host = host
    self.connectTimeout = connectTimeout
    self.nodeTimeout = nodeTimeout
    self.isSerial = isSerial
    self.known = known
    self.fresh = fresh
  }
}
