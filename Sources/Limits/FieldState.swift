internal import MuninWire

/// The health of one field.
///
/// Every part can be stored and given back: the state after a restart is the state before.
public struct FieldState: Sendable, Hashable {
  /// How the field is.
  public private(set) var level = Level.ok
  /// When the level began, in seconds since 1970; `nil` before the first value.
  public private(set) var since: Int?
  /// How many unknown values in a row were tolerated so far.
  public private(set) var missed = 0
  /// When the newest sample was taken, known or not.
  public private(set) var seen: Int?
  /// The newest sample with a known value: the start of the next rate.
  public private(set) var previous: Sample?
  /// The value judged last; `nil` when it is unknown.
  public private(set) var value: Double?

  /// The state of a field never seen.
  public init() {}

  /// A state from its stored parts.
  public init(
    level: Level, since: Int?, missed: Int, seen: Int?, previous: Sample?, value: Double?
  ) {
    self.level = level
    self.since = since
    self.missed = max(0, missed)
    self.seen = seen
    self.previous = previous
    self.value = value
  }

  /// Judges a sample and returns the change to announce, if any.
  ///
  /// One that is not newer than the last has no effect, so samples may be judged again after a crash.
  /// Neither has one from the future, where a node's clock is wrong: it would make all true samples look old.
  public mutating func judge(_ sample: Sample, now: Int, by rules: Rules) -> Change? {
    forgetFuture(now, rules)
    guard sample.time <= latest(now, rules), sample.time > seen ?? .min else { return nil }
    seen = sample.time
    let taken = sample.value(as: rules.type, after: previous, within: rules.freshness)
    if sample.reading.value != nil { previous = sample }
    let possible = taken.flatMap { rules.possible.contains($0) ? $0 : nil }
    return observe(possible, at: sample.time, against: rules.thresholds)
  }

  /// Tells the time, once in each cycle, and returns the change to announce when there was no sample
  /// for too long.
  public mutating func elapse(to now: Int, by rules: Rules) -> Change? {
    forgetFuture(now, rules)
    if let seen, seen >= now - rules.freshness { return nil }
    return observe(nil, at: now, against: rules.thresholds)
  }

  /// Judges a value, `nil` when it is unknown, and returns the change to announce, if any.
  public mutating func observe(
    _ value: Double?, at time: Int, against thresholds: Thresholds
  ) -> Change? {
    self.value = value
    if since == nil { since = time }
    guard let value else {
      if level == .unknown { return nil }
      if missed < thresholds.unknownLimit.count {
        missed += 1
        return nil
      }
      return step(to: .unknown, at: time, value: nil, broken: nil)
    }
    missed = 0
    let judged = thresholds.level(of: value)
    return step(to: judged.level, at: time, value: value, broken: judged.broken)
  }

  private mutating func step(to next: Level, at time: Int, value: Double?, broken: Bounds?)
    -> Change?
  {
    guard next != level else { return nil }
    let change = Change(
      from: level, to: next, since: since ?? time, at: time, value: value, broken: broken)
    level = next
    since = time
    return change
  }

  /// The latest time that can be true; clocks differ a little.
  private func latest(_ now: Int, _ rules: Rules) -> Int { now + rules.freshness }

  /// After our own clock was set back, what was seen later than now no longer counts.
  private mutating func forgetFuture(_ now: Int, _ rules: Rules) {
    guard let seen, seen > latest(now, rules) else { return }
    self.seen = nil
    previous = nil
  }
}
