internal import MuninWire

/// So many times within a length of time: `30 in 1h`.
public struct CountInTime: Sendable, Hashable, CustomStringConvertible {
  public var count: Int
  public var seconds: Int

  public init(count: Int, seconds: Int) {
    self.count = count
    self.seconds = seconds
  }

  /// `3 in 1h`, with 1 to 10000 times in at most 31 days.
  init?(_ text: String) {
    let words = text.words()
    guard words.count == 3, words[1] == "in", let count = wholeNumber(words[0]),
      let seconds = parseTimeSpan(words[2].utf8.span), (1...10_000).contains(count),
      seconds <= 31 * 86_400
    else { return nil }
    self.init(count: count, seconds: seconds)
  }

  public var description: String { "\(count) in \(seconds) s" }
}

extension Directive {
  /// `nil` for `no`.
  func countInTimeOrNo() throws(SettingFinding) -> CountInTime? {
    if value.lowercased() == "no" { return nil }
    guard let count = CountInTime(value) else {
      throw expected("a number of times and a time such as 3 in 1h, or no")
    }
    return count
  }
}
