/// A span of the calendar in some time zone: each week (`Mon-Fri 22:00-07:00`, `Fri 22:00-Mon 06:00`), each day (`02:00-04:00`), or once
/// (`2026-12-24 22:00-2026-12-25 06:00`).
///
/// A span begins when the clock shows its start for the first time and ends when it shows its end for the last time: on the day that clocks are
/// set back, `02:00-04:00` may last three hours, on the day that they are set forward, one.
public struct WeekSpan: Sendable, Hashable, CustomStringConvertible {
  enum Kind: Sendable, Hashable {
    /// - Parameters:
    ///   - days: bit 0 is Sunday.
    ///   - start: seconds of the clock after midnight.
    ///   - length: seconds of the clock.
    case weekly(days: UInt8, start: Int, length: Int)
    /// Seconds of the clock since 1970.
    case once(start: Int, end: Int)
  }

  /// As it was written.
  public let description: String
  private let kind: Kind

  public init(_ text: some StringProtocol) throws(WeekSpanError) {
    let text = trimmed(text)
    var reader = WeekSpanReader(text)
    guard text.utf8.count <= 100, let kind = reader.read() else { throw WeekSpanError(text) }
    self.kind = kind
    description = text
  }

  /// The most spans of one list.
  public static let most = 100

  /// Reads spans that are separated by commas.
  public static func list(_ text: String) throws(WeekSpanError) -> [WeekSpan] {
    let parts = text.split(separator: ",", maxSplits: most, omittingEmptySubsequences: false)
    guard parts.count <= most else { throw WeekSpanError("more than \(most) spans") }
    var spans: [WeekSpan] = []
    for part in parts { spans.append(try WeekSpan(part)) }
    return spans
  }

  /// The occurrence that holds an instant, as seconds since 1970.
  public func occurrence(holding epoch: Int, in zone: ZoneFile) -> Range<Int>? {
    // A week before, for spans of days; the offset of then may be another one.
    occurrences(from: -8, to: 1, near: epoch, in: zone).filter { $0.contains(epoch) }
      .max { $0.upperBound < $1.upperBound }
  }

  /// When the next occurrence begins; `nil` when there is none.
  public func nextStart(after epoch: Int, in zone: ZoneFile) -> Int? {
    occurrences(from: -1, to: 9, near: epoch, in: zone).map(\.lowerBound)
      .filter { $0 > epoch }.min()
  }

  private func occurrences(from: Int, to: Int, near epoch: Int, in zone: ZoneFile) -> [Range<Int>] {
    switch kind {
    case .once(let start, let end):
      return [instants(start, end, zone)].compactMap(\.self)
    case .weekly(let days, let start, let length):
      let local = epoch + zone.offset(at: epoch).offset
      let today = (local - floorMod(local, 86_400)) / 86_400
      return (today + from...today + to).compactMap { day in
        guard days & (1 << floorMod(day + 4, 7)) != 0 else { return nil }
        let start = day * 86_400 + start
        return instants(start, start + length, zone)
      }
    }
  }

  /// `nil` for a span that clocks skip.
  private func instants(_ start: Int, _ end: Int, _ zone: ZoneFile) -> Range<Int>? {
    let first = zone.epoch(ofLocal: start, turn: .first)
    let last = zone.epoch(ofLocal: end, turn: .last)
    return first < last ? first..<last : nil
  }
}

extension Sequence<WeekSpan> {
  /// When the time ends that one span or the other holds; `nil` when none holds it, and `Int.max` when that has no end.
  public func end(holding epoch: Int, in zone: ZoneFile) -> Int? {
    var time = epoch
    // Two years of days.
    for _ in 0..<750 {
      let ends = compactMap { $0.occurrence(holding: time, in: zone)?.upperBound }
      guard let last = ends.max() else { return time == epoch ? nil : time }
      time = last
    }
    return .max
  }

  /// When one of them begins next; `nil` when none does.
  public func nextStart(after epoch: Int, in zone: ZoneFile) -> Int? {
    compactMap { $0.nextStart(after: epoch, in: zone) }.min()
  }
}

/// A text that is no span of the calendar.
public struct WeekSpanError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  init(_ text: String) {
    description =
      "expected spans like 'Sun 02:00-04:00' or '2026-12-24 22:00-2026-12-25 06:00', found '\(text.prefix(100))'"
  }
}

private func trimmed(_ text: some StringProtocol) -> String {
  var bytes = Array(text.utf8)[...]
  while let byte = bytes.first, byte == 0x20 || byte == 0x09 { bytes.removeFirst() }
  while let byte = bytes.last, byte == 0x20 || byte == 0x09 { bytes.removeLast() }
  return String(decoding: bytes, as: UTF8.self)
}
