internal import Limits
internal import MuninWire
internal import RRD
internal import Recording
internal import Text

/// What is remembered of one field: where its values go, how it is judged, and its newest values.
struct FieldRecord: Sendable {
  let name: String
  let label: String
  /// Where its values go, below dbdir.
  let path: String
  let formerPath: String?
  let spec: RRDSpec
  let rules: Rules
  /// Set when the field gets its place in a graph.
  var series = SeriesNumber(0)
  var extinfo: String?
  /// The time of the newest value in the file, where that lies in the future: until then librrd takes no other.
  var closedUntil: Int?
  /// The time of the newest sample for the file, in seconds since 1970.
  private var newest = FieldRecord.earliest
  /// Whether a value, or the order to make it, has gone to the file.
  private(set) var hasFile = false
  /// The newest two samples, for the value shown.
  private var last: Sample?
  private var before: Sample?
  /// When the last value came whose time cannot be true; `nil` once a poll brought none.
  private var impossibleAt: Int?
  /// How librrd's form of a value last differed from the reading. It stays until the description changes: a counter that is whole in
  /// every other poll would be told in every other poll.
  private var change: RRDNumber.Change?
  /// What came last in place of a number, and when; `nil` once a poll brought none.
  private var malformed: String?
  private var malformedAt: Int?

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
    series = old.series
    extinfo = old.extinfo
    closedUntil = old.path == path ? old.closedUntil : nil
    newest = old.path == path ? old.newest : newest
    hasFile = old.path == path && old.hasFile
    last = old.last
    before = old.before
  }

  var isJudged: Bool { !rules.thresholds.isEmpty }

  var target: FileTarget { FileTarget(path: path, spec: spec, formerPath: formerPath) }

  /// The newest value, per second for rates; `nil` when it is unknown or older than the freshness limit. Before the first poll it is the
  /// value that a former run judged.
  func value(at now: Int, judged: FieldState?) -> Double? {
    guard let last else { return judged?.value }
    guard last.time >= now - rules.freshness else { return nil }
    return last.value(as: rules.type, after: before, within: rules.freshness)
  }
}

extension FieldRecord {
  /// librrd makes no file that begins before 1980.
  private static let earliest = 320_000_000

  /// What becomes of a sample.
  enum Fate {
    case value(SeriesValue)
    /// It is not newer than the last, which a node that repeats its values explains.
    case repeated
    /// Its time cannot be true.
    case impossibleTime
    /// The file's newest value lies in the future.
    case closed
  }

  /// Makes the value for the RRD file, where there is one.
  /// - Parameter hasOwnTime: whether the node gave the time.
  mutating func record(_ value: StorableSample, hasOwnTime: Bool, now: Int) -> Fate {
    let sample = value.sample
    if value.malformed != nil || malformed != nil { observe(malformed: value.malformed, now: now) }
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
    hasFile = true
    if let change = value.change { self.change = change }
    return .value(SeriesValue(series: series, time: sample.time, text: value.text))
  }

  /// What makes the file of a field that has no value: munin makes one for each field of a service that is fetched.
  mutating func makeFile(at time: Int) -> SeriesValue {
    hasFile = true
    return .fileOnly(series, at: time)
  }

  private mutating func observe(malformed text: String?, now: Int) {
    if text == nil, malformedAt == now { return }
    malformed = text
    malformedAt = now
  }

  private mutating func show(_ sample: Sample) {
    before = last.flatMap { $0.time < sample.time ? $0 : nil }
    last = sample
  }

  /// Whether there are ``findings``, in no time.
  var hasFindings: Bool {
    closedUntil != nil || impossibleAt != nil || change != nil || malformed != nil
  }

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
    if let malformed { findings.append("value \(malformed) is not a number: stored as unknown") }
    if let change { findings.append(change.finding(rules.type)) }
    return findings
  }
}
