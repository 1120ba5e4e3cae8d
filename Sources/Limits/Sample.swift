public import MuninWire

/// A reading and when it was taken.
public struct Sample: Sendable, Hashable {
  /// In seconds since 1970.
  public let time: Int
  /// What was read, without a time of its own.
  public let reading: Reading

  /// A reading of a poll at `time`; a time that the node sent along has precedence.
  public init(_ reading: Reading, at time: Int) {
    self.time = reading.time ?? time
    self.reading = reading.taken(at: nil)
  }

  /// A sample from where it was stored; `nil` when the text is not a reading.
  public init?(time: Int, text: String) {
    guard let reading = Reading(text) else { return nil }
    self.init(reading, at: time)
  }

  /// The value to judge; for rates, per second.
  ///
  /// - Parameters:
  ///   - type: what the numbers are.
  ///   - previous: the sample before, which all but gauges need.
  ///   - gap: the longest time since then, in seconds, over which a rate is believed.
  /// - Returns: `nil` when there is no value, or none can be computed: the previous sample is missing or too old, or
  ///   a counter that went back.
  public func value(as type: FieldType, after previous: Sample?, within gap: Int) -> Double? {
    guard let value = reading.value else { return nil }
    if type == .gauge { return value }
    guard let previous, previous.time < time else { return nil }
    let (seconds, overflow) = time.subtractingReportingOverflow(previous.time)
    guard !overflow, seconds <= gap else { return nil }
    if type == .absolute { return value / Double(seconds) }
    guard let difference = difference(from: previous) else { return nil }
    if type == .counter, difference < 0 { return nil }
    return difference / Double(seconds)
  }

  /// The growth since an earlier sample. Whole numbers are subtracted as such: near 2^64 a `Double`
  /// would see steps of 2048.
  private func difference(from previous: Sample) -> Double? {
    if let now = parseUnsigned(reading.text.utf8.span),
      let then = parseUnsigned(previous.reading.text.utf8.span)
    {
      return now >= then ? Double(now - then) : -Double(then - now)
    }
    guard let now = reading.value, let then = previous.reading.value else { return nil }
    return now - then
  }
}
