public import Text

/// How much of a time a node could be polled.
public struct NodeAvailability: Sendable, Hashable {
  /// The time that is looked at, in seconds since 1970.
  public let span: Range<Int>
  /// Seconds of it in which the collector was running.
  public let watched: Int
  /// Seconds of these without answer, planned ones apart.
  public let down: Int
  /// Seconds without answer inside planned work.
  public let planned: Int

  /// - Parameters:
  ///   - watched: when the collector was running.
  ///   - outages: those of the node.
  ///   - work: the spans of planned work of the node, as far as they are known.
  public init(
    _ span: Range<Int>, watched: [Range<Int>], outages: [Outage], work: [Range<Int>] = []
  ) {
    self.span = span
    let lives = NodeAvailability.union(watched.map { $0.clamped(to: span) })
    self.watched = lives.reduce(0) { $0 + $1.count }
    let lost = NodeAvailability.union(outages.map { $0.span.clamped(to: span) })
    var all = 0
    for outage in lost {
      for life in lives { all += outage.clamped(to: life).count }
    }
    let work = work.isEmpty ? [] : NodeAvailability.union(work)
    let planned = outages.reduce(0) { $0 + $1.planned(in: span, known: work) }
    self.planned = min(planned, all)
    down = all - self.planned
  }

  /// The share of the time watched, planned work apart, in which the node answered, from 0 to 1; `nil` when nothing was watched.
  public var share: Double? {
    watched > planned ? 1 - Double(down) / Double(watched - planned) : nil
  }

  /// Spans without overlaps, ascending.
  private static func union(_ spans: [Range<Int>]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for span in spans.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = found.last, span.lowerBound <= last.upperBound {
        found[found.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
      } else {
        found.append(span)
      }
    }
    return found
  }

  public enum Unit: Sendable { case day, month, year }

  /// The days, months or years that a time touches, each cut at its ends.
  public static func spans(of span: Range<Int>, by unit: Unit, in zone: ZoneFile) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start = span.lowerBound
    while start < span.upperBound, found.count < 4000 {
      let time = CalendarTime(epoch: start, utcOffset: zone.offset(at: start).offset)
      let next: CalendarDay?
      switch unit {
      case .day: next = CalendarDay(daysSince1970: time.date.daysSince1970 + 1)
      case .month:
        let isLast = time.date.month == 12
        next = CalendarDay(
          year: time.date.year + (isLast ? 1 : 0), month: isLast ? 1 : time.date.month + 1, day: 1)
      case .year: next = CalendarDay(year: time.date.year + 1, month: 1, day: 1)
      }
      guard let next else { break }
      let end = zone.epoch(ofLocal: next.daysSince1970 * 86_400, turn: .first)
      guard end > start else { break }
      found.append(start..<min(end, span.upperBound))
      start = end
    }
    return found
  }
}
