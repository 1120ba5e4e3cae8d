public import Settings

/// What a poll of a node needs to know: all that the stages behind Polling tell it.
public struct PollOrder: Sendable {
  public var host: HostSettings
  public var limits: PollLimits
  /// Whether one request is made at a time, because the node could not answer several.
  public var isSerial: Bool
  /// What the services said of themselves last time, by their names: the same bytes are not parsed again.
  public var known: [String: ServiceConfig]
  /// Which services are asked for their config.
  public var configs: ConfigSchedule
  /// What the node listed last.
  public var listed: ServiceNames?
  /// The services whose values are young enough not to be fetched (their `update_rate`), unless their config has changed.
  public var fresh: Set<String>
  /// Up to when a node with a spool was read, in seconds since 1970; 0 for not at all.
  public var spoolPosition = 0
  /// The services that are not asked, because they broke earlier conversations.
  public var leftOut: Set<String>
  /// The services that are asked last and alone, because they may break the conversation.
  public var askedLast: Set<String>

  public init(
    host: HostSettings, limits: PollLimits = PollLimits(), isSerial: Bool = false,
    known: [String: ServiceConfig] = [:], configs: ConfigSchedule = ConfigSchedule(),
    fresh: Set<String> = [], leftOut: Set<String> = [], askedLast: Set<String> = []
  ) {
    self.host = host
    self.limits = limits
    self.isSerial = isSerial
    self.known = known
    self.configs = configs
    self.fresh = fresh
    self.leftOut = leftOut
    self.askedLast = askedLast
  }
}
