public import Limits
public import Text

/// The rows of a value's history, one every so many seconds, looked at for what is not usual at its hour of the weekday.
public struct WeekdayHistory: Sendable {
  /// A value that is not usual.
  public struct Finding: Sendable, Hashable {
    /// The mean between two times, in seconds since 1970.
    public let value: Double
    public let from: Int
    public let to: Int
    public let usual: UsualRange
    /// How far it is out of what is usual.
    public let excess: Double

    public init(value: Double, from: Int, to: Int, usual: UsualRange, excess: Double) {
      self.value = value
      self.from = from
      self.to = to
      self.usual = usual
      self.excess = excess
    }
  }

  /// So many weeks are compared.
  public static let weeks = 6
  /// What is compared are means of two hours: that is how long the rows of munin's files are for six weeks.
  public static let slot = 7200
  /// How far back rows are needed.
  public static let reach = weeks * week + 2 * slot + 3600

  private static let week = 7 * 86_400

  private let start: Int
  private let step: Int
  private let values: [Double]

  /// - Parameters:
  ///   - start: the time of the first row, which stands for the step that ends then.
  ///   - values: NaN where the value is unknown.
  public init(start: Int, step: Int, values: [Double]) {
    self.start = start
    self.step = max(1, step)
    self.values = values
  }

  /// As ``finding(in:zone:)``, unless the day before was out of what is usual in the same direction: that was news then.
  public func news(in span: Range<Int>, zone: ZoneFile) -> Finding? {
    guard let found = finding(in: span, zone: zone) else { return nil }
    let former = finding(in: span.lowerBound - 86_400..<span.lowerBound, zone: zone)
    if let former, (former.value > former.usual.median) == (found.value > found.usual.median) {
      return nil
    }
    return found
  }

  /// The value of a span of time that is farthest out of what is usual; `nil` when all are as ever, or when there is too little history.
  /// - Parameters:
  ///   - span: slots that end after its beginning, and not after its end, are looked at.
  ///   - zone: where the hours of the weekday are those of a clock on the wall.
  public func finding(in span: Range<Int>, zone: ZoneFile) -> Finding? {
    guard step <= WeekdayHistory.slot else { return nil }
    var worst: Finding?
    var end = span.lowerBound - floorMod(span.lowerBound, WeekdayHistory.slot) + WeekdayHistory.slot
    while end <= span.upperBound {
      if let value = mean(endingAt: end), let found = finding(value, at: end, zone),
        found.excess > worst?.excess ?? 0
      {
        worst = found
      }
      end += WeekdayHistory.slot
    }
    return worst
  }

  private func finding(_ value: Double, at end: Int, _ zone: ZoneFile) -> Finding? {
    let offset = zone.offset(at: end).offset
    var former: [Double] = []
    for week in 1...WeekdayHistory.weeks {
      let before = end - week * WeekdayHistory.week
      let same = before + offset - zone.offset(at: before).offset
      // The hours beside it are much the same, and six values alone say little.
      for shift in [0, -WeekdayHistory.slot, WeekdayHistory.slot] {
        if let value = mean(endingAt: same + shift) { former.append(value) }
      }
    }
    guard let usual = UsualRange(former), let excess = usual.excess(of: value) else { return nil }
    // Where nothing moves at this hour, it may do so at others.
    if usual.isConstant, hasReached(value, before: end - WeekdayHistory.slot, usual) { return nil }
    return Finding(
      value: value, from: end - WeekdayHistory.slot, to: end, usual: usual, excess: excess)
  }

  /// Whether the value was ever as far out before.
  private func hasReached(_ value: Double, before end: Int, _ usual: UsualRange) -> Bool {
    for row in values.indices where start + row * step <= end && !values[row].isNaN {
      if value > usual.median ? values[row] >= value : values[row] <= value { return true }
    }
    return false
  }

  /// The mean of a slot of which at least half is known.
  private func mean(endingAt end: Int) -> Double? {
    // The rows with times after the slot's beginning and not after its end.
    let before = end - WeekdayHistory.slot - start
    let first = max(0, (before - floorMod(before, step)) / step + 1)
    let last = min(values.count - 1, (end - start) / step)
    guard end >= start, first <= last else { return nil }
    var sum = 0.0
    var count = 0
    for value in values[first...last] where !value.isNaN {
      sum += value
      count += 1
    }
    guard count > 0, 2 * count * step >= WeekdayHistory.slot else { return nil }
    return sum / Double(count)
  }
}
