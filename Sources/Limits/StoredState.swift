/// The state of a judged series as it is stored, so that a restart changes no level and forgets no run that counts.
public struct StoredState: Sendable, Hashable {
  public var level: Level
  /// When the level began, in seconds since 1970; `nil` when that is not known: the series had it when it was first seen.
  public var since: Int?
  /// When the first value ever known was taken; `nil` when there was none.
  public var knownSince: Int?
  /// The last runs with a known value, as many as the holds look at, two bits each, the newest in the lowest: 0 good, 1 warning,
  /// 2 critical.
  public var ring: UInt32
  /// When the first bad run of those that count now was, or the first without a value where only these do; `nil` when none
  /// does.
  public var badSince: Int?
  /// How many unknown runs in a row were tolerated so far.
  public var missed: Int
  /// When the newest sample was taken, known or not; `nil` before the first.
  public var seen: Int?
  /// The sample that the next rate begins with; ``ValueCell/none`` when there is none.
  public var previous: ValueCell
  /// The value judged last, in the unit shown; `nil` when it is not known.
  public var value: Double?

  public init(
    level: Level = .ok, since: Int? = nil, knownSince: Int? = nil, ring: UInt32 = 0,
    badSince: Int? = nil, missed: Int = 0, seen: Int? = nil, previous: ValueCell = .none,
    value: Double? = nil
  ) {
    self.level = level
    self.since = since
    self.knownSince = knownSince
    self.ring = ring
    self.badSince = badSince
    self.missed = missed
    self.seen = seen
    self.previous = previous
    self.value = value
  }
}
