/// The state of one judged series, in 64 bytes.
struct JudgeSlot: Sendable {
  /// How bad a run was, in the two bits that it has in ``ring``.
  enum Rank: UInt32 {
    case good = 0
    case warning = 1
    case critical = 2
  }

  struct Flags: OptionSet {
    let rawValue: UInt8
    /// The warning counts: under a critical level, too.
    static let warning = Flags(rawValue: 1)
    static let critical = Flags(rawValue: 2)
    /// The trend was bad in the last run.
    static let trend = Flags(rawValue: 4)
    /// It goes on from a former run, whose former values are gone.
    static let restored = Flags(rawValue: 8)
  }

  // Times are in seconds since 1970; 0 stands for none.
  var previous = ValueCell.none
  /// In the unit shown; NaN when it is unknown.
  var value = Double.nan
  /// The last runs with a known value, as many as the holds look at; the newest in the lowest two bits.
  var ring: UInt32 = 0
  var since: UInt32 = 0
  var knownSince: UInt32 = 0
  var seen: UInt32 = 0
  /// When the first bad run of those that count now was.
  var warningSince: UInt32 = 0
  var criticalSince: UInt32 = 0
  /// When the first of the tolerated unknown runs was.
  var missedSince: UInt32 = 0
  /// The number of its rules; negative when it has none yet.
  var rules: Int32 = -1
  /// The number of its former values, for rate and trend; negative when none are kept.
  var history: Int32 = -1
  var missed: UInt16 = 0
  var level = Level.ok
  var flags: Flags = []

  init() {}

  /// A step to another level.
  struct Step {
    let from: Level
    let to: Level
    let since: UInt32
    let knownSince: UInt32
    let badSince: UInt32
    let at: UInt32
  }

  /// Whether anything is wrong or about to be: only then has the ledger a row that follows each run.
  var isRestless: Bool { level != .ok || ring != 0 || missed != 0 }

  // MARK: Events

  /// A run without a known value.
  mutating func observeUnknown(at time: UInt32, _ form: RuleForm) -> Step? {
    value = .nan
    if level == .unknown { return nil }
    if missed == 0 { missedSince = time }
    if missed < form.unknownLimit {
      missed += 1
      return nil
    }
    flags.remove([.warning, .critical, .trend])
    return step(to: .unknown, at: time, badSince: missedSince == 0 ? time : missedSince)
  }

  /// A run with a known value.
  /// - Parameters:
  ///   - endsWarning: whether the value lies inside the range that ends a warning.
  ///   - endsCritical: likewise.
  mutating func observe(
    _ value: Double, _ rank: Rank, endsWarning: Bool, endsCritical: Bool, at time: UInt32,
    _ form: RuleForm
  ) -> Step? {
    self.value = value
    let formerlyKnown = knownSince
    if formerlyKnown == 0 { knownSince = time }
    missed = 0
    if rank == .good {
      // The usual case.
      if level == .ok, ring == 0, flags.isDisjoint(with: [.warning, .critical]) { return nil }
      // Bad runs before a time without values do not count against a good value.
      if level == .unknown, endsWarning, endsCritical {
        ring = 0
      }
    } else {
      if !flags.contains(.warning), count(bad, of: form.hold.of - 1) == 0 { warningSince = time }
      if rank == .critical, !flags.contains(.critical),
        count(worst, of: form.holdCritical.of - 1) == 0
      {
        criticalSince = time
      }
    }
    ring = (ring << 2 | rank.rawValue) & form.window
    let wasCritical = flags.contains(.critical)
    decide(
      .critical, isHeld: count(worst, of: form.holdCritical.of) >= form.holdCritical.bad,
      ends: endsCritical)
    if rank == .good, endsWarning, wasCritical, !flags.contains(.critical) {
      // The critical runs are bad runs, too: by their count alone a good value would be a warning for a while.
      flags.remove(.warning)
      ring = 0
    } else {
      decide(.warning, isHeld: count(bad, of: form.hold.of) >= form.hold.bad, ends: endsWarning)
    }
    let next: Level =
      flags.contains(.critical) ? .critical : flags.contains(.warning) ? .warning : .ok
    guard next != level else { return nil }
    return step(
      to: next, at: time, badSince: begin(of: next, at: time), knownSince: formerlyKnown)
  }

  private mutating func decide(_ flag: Flags, isHeld: Bool, ends: Bool) {
    if isHeld { flags.insert(flag) } else if ends { flags.remove(flag) }
  }

  /// When the trouble began that makes the level rise; 0 when it falls.
  private func begin(of next: Level, at time: UInt32) -> UInt32 {
    guard next > level else { return 0 }
    // What was before a time without values is not known.
    if level == .unknown { return time }
    let began = next == .critical ? criticalSince : warningSince
    // Between bad runs the level may have ended.
    return began == 0 || began < since ? time : began
  }

  /// Steps to a level; the caller has made sure that it is another one.
  mutating func step(
    to next: Level, at time: UInt32, badSince: UInt32 = 0, knownSince: UInt32? = nil
  ) -> Step {
    let step = Step(
      from: level, to: next, since: since, knownSince: knownSince ?? self.knownSince,
      badSince: badSince, at: time)
    level = next
    since = badSince == 0 ? time : badSince
    return step
  }

  // MARK: Counting runs

  /// A bit for each run that was at least a warning.
  private var bad: UInt32 { (ring | ring >> 1) & 0x5555_5555 }
  /// A bit for each run that was critical.
  private var worst: UInt32 { ring >> 1 & 0x5555_5555 }

  /// Whether all bad runs that are kept are critical ones.
  var isBadOnlyCritically: Bool { ring != 0 && bad == worst }

  private func count(_ bits: UInt32, of runs: Int) -> Int {
    (bits & UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(2 * max(0, runs))) - 1)).nonzeroBitCount
  }

  // MARK: Rules

  /// The limits are others now, and the last value is judged by them at once.
  mutating func settle(_ rank: Rank, at time: UInt32, _ form: RuleForm) -> Step? {
    ring = rank.rawValue & form.window
    let held: Level = rank == .critical ? .critical : rank == .warning ? .warning : .ok
    var next = min(level, held)
    if rank == .critical, form.holdCritical.bad == 1 { next = .critical }
    if rank != .good, form.hold.bad == 1 { next = max(next, .warning) }
    flags.remove([.warning, .critical, .trend])
    if next == .critical { flags.insert(.critical) }
    // Under a critical level the warning goes on when its own hold says so.
    if next == .warning || (rank != .good && form.hold.bad == 1) { flags.insert(.warning) }
    if rank != .good, level < .warning { warningSince = time }
    if rank == .critical, level != .critical { criticalSince = time }
    guard next != level else { return nil }
    return step(to: next, at: time, badSince: next > level ? time : 0)
  }
}
