public import Text

/// A setting `maintenance`: the spans in which trouble is logged and not told.
public struct MaintenanceWindow: Sendable, Hashable {
  public let spans: [WeekSpan]
  public let zone: ZoneFile
  /// Where it stands, `munin.conf:44`.
  public let place: String

  public init(spans: [WeekSpan], zone: ZoneFile, place: String) {
    self.spans = spans
    self.zone = zone
    self.place = place
  }
}

/// An order that trouble of a target is not told for a while.
public struct Silence: Sendable, Hashable {
  /// The number of the order.
  public let number: Int
  public let target: AlertTarget
  /// In seconds since 1970.
  public var from: Int
  public var until: Int
  public let who: String
  public let why: String

  public init(
    number: Int, target: AlertTarget, from: Int, until: Int, who: String = "", why: String = ""
  ) {
    self.number = number
    self.target = target
    self.from = from
    self.until = until
    self.who = who
    self.why = why
  }
}

/// Planned work of one place: windows of the settings and silences, of the place and of all around it.
public struct PlannedWork: Sendable, Hashable {
  public var windows: [MaintenanceWindow]
  public var silences: [Silence]

  public init(windows: [MaintenanceWindow] = [], silences: [Silence] = []) {
    self.windows = windows
    self.silences = silences
  }

  public var isEmpty: Bool { windows.isEmpty && silences.isEmpty }

  /// Why a place is held back.
  public struct Hold: Sendable, Hashable {
    /// When the last of what holds it ends, in seconds since 1970; `Int.max` when that is never.
    public var until: Int
    /// What ends last: `Sun 02:00-04:00 (munin.conf:44)`, `silence by ada (kernel update)`.
    public var by: String
    public var isSilence: Bool

    public init(until: Int, by: String, isSilence: Bool) {
      self.until = until
      self.by = by
      self.isSilence = isSilence
    }
  }

  private static let silenceWord = "silence"

  /// Whether ``Hold/by`` is about a silence: what it says of a window begins with a day or a time.
  static func isSilence(_ by: String?) -> Bool { by?.hasPrefix(silenceWord) ?? false }

  /// What holds the place at a time; `nil` when nothing does. Spans that meet or overlap are one hold.
  public func hold(at now: Int) -> Hold? {
    var hold: Hold?
    var time = now
    // Each round adds what begins before the last one has ended.
    for _ in 0..<100 {
      guard let next = single(at: time) else { break }
      hold = next
      time = next.until
      if time == .max { break }
    }
    return hold
  }

  /// When the place will be held, or be held no longer; `nil` when that never changes.
  public func nextChange(after now: Int) -> Int? {
    if let hold = hold(at: now) { return hold.until == .max ? nil : hold.until }
    let starts =
      windows.compactMap { $0.spans.nextStart(after: now, in: $0.zone) }
      + silences.filter { $0.from > now && $0.until > $0.from }.map(\.from)
    return starts.min()
  }

  /// The spans in which the place is held within a time, ascending.
  public func spans(in time: Range<Int>) -> [Range<Int>] {
    var spans: [Range<Int>] = []
    var start = time.lowerBound
    while start < time.upperBound, spans.count < Self.mostSpans {
      guard let hold = hold(at: start) else {
        guard let next = nextChange(after: start) else { break }
        start = next
        continue
      }
      spans.append(start..<min(hold.until, time.upperBound))
      start = hold.until
    }
    return spans
  }

  /// Two years of a window for each hour.
  private static let mostSpans = 20_000

  private func single(at time: Int) -> Hold? {
    var latest: Hold?
    for window in windows {
      for span in window.spans {
        guard let end = [span].end(holding: time, in: window.zone), end > latest?.until ?? .min
        else { continue }
        latest = Hold(until: end, by: "\(span) (\(window.place))", isSilence: false)
      }
    }
    for silence in silences where silence.from <= time && time < silence.until {
      guard silence.until > latest?.until ?? .min else { continue }
      let who = silence.who.isEmpty ? "" : " by \(silence.who)"
      let why = silence.why.isEmpty ? "" : " (\(silence.why))"
      latest = Hold(
        until: silence.until, by: "\(Self.silenceWord)\(who)\(why)", isSilence: true)
    }
    return latest
  }
}
