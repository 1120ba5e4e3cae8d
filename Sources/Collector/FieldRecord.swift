internal import Limits
internal import MuninWire
internal import RRD
internal import Text

/// What is remembered of one field between polls, in 40 bytes: its newest values, and what became of them.
///
/// What the field is called and how it is judged is its ``FieldForm``; what is known of few fields only, its ``FieldNotes``.
struct FieldRecord: Sendable {
  // In this order nothing is lost to alignment.
  /// The newest two samples, for the value shown.
  private var last = ValueCell.none
  /// Whether a value, or the order to make it, has gone to the file.
  private(set) var hasFile = false
  /// How librrd's form of a value last differed from the reading. It stays until the description changes: a counter that is whole in
  /// every other poll would be told in every other poll.
  private(set) var change: RRDNumber.Change?
  private var before = ValueCell.none
  /// Whether there are ``FieldNotes``.
  var hasNotes = false
  let series: SeriesNumber
  /// The time of the newest sample for the file, in seconds since 1970.
  private var newest = FieldRecord.earliest

  /// librrd makes no file that begins before 1980.
  private static let earliest: UInt32 = 320_000_000

  init(series: SeriesNumber) { self.series = series }

  /// What stays when the field is described anew.
  func carriedOver(isSameFile: Bool) -> FieldRecord {
    var record = self
    record.change = nil
    record.hasNotes = false
    if !isSameFile {
      record.newest = FieldRecord.earliest
      record.hasFile = false
    }
    return record
  }

  /// The newest value, per second for rates; `nil` when it is unknown or older than the freshness limit.
  /// - Parameter judged: the value that a former run judged, which counts before the first poll.
  func value(at now: Int, by rules: FieldRules, judged: Double?) -> Double? {
    guard last.kind != .none else { return judged }
    guard last.time >= now - rules.freshness else { return nil }
    return last.value(as: rules.type, after: before, within: rules.freshness)
  }

  /// Whether the newest value is the only one: a rate needs two.
  var isFirst: Bool { last.kind != .none && before.kind == .none }

  /// When the newest value was taken that is smaller than the one before; `nil` when it is not.
  var fallTime: Int? {
    guard let number = last.number, let former = before.number, number < former else { return nil }
    return last.time
  }

  /// The newest value of all, and when it was taken.
  var newestNumber: (value: Double, time: Int)? { last.number.map { ($0, last.time) } }

  /// What becomes of a sample.
  enum Fate {
    /// It goes into the file.
    case value
    /// It is not newer than the last, which a node that repeats its values explains.
    case repeated
    /// Its time cannot be true.
    case impossibleTime
    /// The file's newest value lies in the future.
    case closed
  }

  /// Decides whether a sample goes into the file.
  /// - Parameters:
  ///   - time: when it was taken, in seconds since 1970.
  ///   - hasOwnTime: whether the node gave the time.
  ///   - change: how the text for the file differs from what the node sent.
  mutating func record(
    _ cell: ValueCell, at time: Int, hasOwnTime: Bool, change: RRDNumber.Change? = nil, now: Int,
    freshness: Int, _ notes: inout FieldNotes
  ) -> Fate {
    // One wrong time stamp from the future would close the file to all true ones.
    guard time > Int(FieldRecord.earliest), time <= min(now + freshness, Int(UInt32.max)) else {
      notes.impossibleAt = now
      return .impossibleTime
    }
    if hasNotes {
      if notes.impossibleAt != now { notes.impossibleAt = nil }
      if let until = notes.closedUntil, until < now { notes.closedUntil = nil }
    }
    if time <= Int(newest) {
      // Our own clock, or the node's, was set back.
      guard Int(newest) > now, !hasOwnTime || Int(newest) > now + freshness else {
        return .repeated
      }
      notes.closedUntil = Int(newest)
      show(cell)
      return .closed
    }
    newest = UInt32(time)
    show(cell)
    hasFile = true
    if let change { self.change = change }
    return .value
  }

  /// The file is made without a value: munin makes one for each field of a service that is fetched.
  mutating func setFileMade() { hasFile = true }

  private mutating func show(_ cell: ValueCell) {
    before = last.time < cell.time ? last : .none
    last = cell
  }
}

extension FieldForm {
  /// What is wrong with the field's values, if anything.
  func findings(_ record: FieldRecord, _ notes: FieldNotes?) -> [String] {
    var findings: [String] = []
    if let closedUntil = notes?.closedUntil {
      // With the date: the log tells of it once, not in each poll.
      findings.append(
        "newest value of its file lies in the future: values until "
          + "\(CalendarTime.local(closedUntil).text) are lost"
      )
    }
    if notes?.impossibleAt != nil {
      findings.append("impossible time stamps (is the node's clock right?), values not kept")
    }
    if let malformed = notes?.malformed {
      findings.append("value \(malformed) is not a number: stored as unknown")
    }
    if let change = record.change { findings.append(change.finding(shared.type)) }
    return findings
  }
}
