internal import Limits
internal import MuninWire
internal import RRD
internal import Text

/// What is remembered of one field: where its values go, how it is judged, and its state.
struct FieldRecord: Sendable {
  let name: String
  let label: String
  /// Where its values go, below dbdir.
  let path: String
  let formerPath: String?
  let spec: RRDSpec
  let rules: Rules
  var state = FieldState()
  var extinfo: String?
  /// The time of the newest value in the file, where that lies in the future: until then librrd takes no other.
  var closedUntil: Int?
  /// The time of the newest sample for the file, in seconds since 1970.
  private var newest = FieldRecord.earliest
  /// The newest two samples, for the value shown.
  private var last: Sample?
  private var before: Sample?
  /// When the last value came whose time cannot be true; `nil` once a poll brought none.
  private var impossibleAt: Int?
  /// How librrd's form of a value last differed from the reading. It stays until the description changes: a counter that is whole in
  /// every other poll would be told in every other poll.
  private var change: RRDNumber.Change?

  init(
    name: String, label: String, path: String, formerPath: String?, spec: RRDSpec, rules: Rules
  ) {
    self.name = name
    self.label = label
    self.path = path
    self.formerPath = formerPath
    self.spec = spec
    self.rules = rules
  }

  mutating func takeOver(from old: FieldRecord) {
    state = old.state
    extinfo = old.extinfo
    closedUntil = old.path == path ? old.closedUntil : nil
    newest = old.path == path ? old.newest : newest
    last = old.last
    before = old.before
  }

  /// A field without thresholds is always ok.
  var level: Level { rules.thresholds.isEmpty ? .ok : state.level }

  /// The newest value, per second for rates; `nil` when it is unknown or older than the freshness limit. Before the first poll it is the
  /// value that a former run judged.
  func value(at now: Int) -> Double? {
    guard let last else { return rules.thresholds.isEmpty ? nil : state.value }
    guard last.time >= now - rules.freshness else { return nil }
    return last.value(as: rules.type, after: before, within: rules.freshness)
  }
}

extension FieldRecord {
  /// librrd makes no file that begins before 1980.
  private static let earliest = 320_000_000

  /// What becomes of a sample.
  enum Fate {
    case update(RRDUpdate)
    /// It is not newer than the last, which a node that repeats its values explains.
    case repeated
    /// Its time cannot be true.
    case impossibleTime
    /// The file's newest value lies in the future.
    case closed
  }

  /// Makes the update for the RRD file, where there is one.
  /// - Parameter hasOwnTime: whether the node gave the time.
  mutating func record(_ sample: Sample, hasOwnTime: Bool, now: Int) -> Fate {
    // One wrong time stamp from the future would close the file to all true ones.
    guard sample.time > FieldRecord.earliest, sample.time <= now + rules.freshness else {
      impossibleAt = now
      return .impossibleTime
    }
    if impossibleAt != now { impossibleAt = nil }
    if let until = closedUntil, until < now { closedUntil = nil }
    if sample.time <= newest {
      // Our own clock, or the node's, was set back.
      guard newest > now, !hasOwnTime || newest > now + rules.freshness else { return .repeated }
      closedUntil = newest
      show(sample)
      return .closed
    }
    newest = sample.time
    show(sample)
    let number = RRDNumber(sample.reading, as: rules.type)
    if let change = number.change { self.change = change }
    return .update(
      RRDUpdate(
        path: path, time: sample.time, text: number.text, spec: spec, formerPath: formerPath))
  }

  private mutating func show(_ sample: Sample) {
    before = last.flatMap { $0.time < sample.time ? $0 : nil }
    last = sample
  }

  mutating func judge(_ sample: Sample, now: Int) -> Change? {
    guard !rules.thresholds.isEmpty else { return nil }
    return state.judge(sample, now: now, by: rules)
  }

  /// Whether there are ``findings``, in no time.
  var hasFindings: Bool { closedUntil != nil || impossibleAt != nil || change != nil }

  /// What is wrong with the field's values, if anything.
  var findings: [String] {
    var findings: [String] = []
    if let closedUntil {
      // With the date: the log tells of it once, not in each poll.
      findings.append(
        "newest value of its file lies in the future: values until "
          + "\(CalendarTime.local(closedUntil).text) are lost"
      )
    }
    if impossibleAt != nil {
      findings.append("impossible time stamps (is the node's clock right?), values not kept")
    }
    switch change {
    case .fractionCut:
      findings.append("\(rules.type.rawValue) takes whole numbers: fractions are cut off")
    case .negative:
      findings.append("\(rules.type.rawValue) takes no negative numbers: stored as unknown")
    case .tooLong: findings.append("value of more than 29 digits: stored as unknown")
    case nil: break
    }
    return findings
  }
}
