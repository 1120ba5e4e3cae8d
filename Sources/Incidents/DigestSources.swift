public import Ledger
public import Limits

/// What a digest is made of beside the open incidents: what happened since a time, of all nodes.
public struct DigestSources: Sendable {
  /// Something that is new or gone.
  public struct Appearance: Sendable, Hashable {
    public let node: NodeNumber
    /// `nil` for the node itself.
    public let service: String?
    public let isGone: Bool
    /// How many services a new node has.
    public let services: Int

    public init(
      node: NodeNumber, service: String? = nil, isGone: Bool = false, services: Int = 0
    ) {
      self.node = node
      self.service = service
      self.isGone = isGone
      self.services = services
    }
  }

  /// A value that has nearly reached a limit, and had not before.
  public struct NearValue: Sendable, Hashable {
    public let series: SeriesNumber
    /// In the unit shown.
    public let value: Double
    public let limit: NearLimit

    public init(series: SeriesNumber, value: Double, limit: NearLimit) {
      self.series = series
      self.value = value
      self.limit = limit
    }
  }

  /// A value that is beyond what is usual at the hour of the weekday.
  public struct UnusualValue: Sendable {
    /// Limits or none, it is described.
    public let facts: SeriesFacts
    public let series: SeriesNumber
    public let found: WeekdayHistory.Finding

    public init(facts: SeriesFacts, series: SeriesNumber, found: WeekdayHistory.Finding) {
      self.facts = facts
      self.series = series
      self.found = found
    }
  }

  /// Incidents that ended, in the order of their numbers.
  public var ended: [Incident] = []
  public var mishaps: [Mishap] = []
  /// For how many seconds the nodes were watched.
  public var watched = 0
  public var appearances: [Appearance] = []
  public var nearLimits: [NearValue] = []
  public var unusual: [UnusualValue] = []
  /// How many values were compared with what is usual, and of how many; `nil` where all were.
  public var compared: Int?
  public var comparable: Int?

  public init() {}

  /// What the ledger knows of a span of time, whose end has passed: its second belongs to the next one.
  public static func read(
    since: Int, until: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> DigestSources {
    var sources = DigestSources()
    let span: [Value] = [.integer(since), .integer(until)]
    // After a storm the worst will do.
    sources.ended = try AlertContents.incidents(
      """
      number IN (SELECT number FROM incident_log WHERE end_noticed >= ? AND end_noticed < ?
        ORDER BY worst DESC, number LIMIT 2000)
      """, span, transaction)
    sources.mishaps = try Mishap.all(since: since, until: until, transaction)
    guard since < until else { return sources }
    sources.watched = try OutageLog.watched(in: since..<until, transaction)
      .reduce(0) { $0 + $1.clamped(to: since..<until).count }
    return sources
  }
}
