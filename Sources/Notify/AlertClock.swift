internal import Text

/// How a message writes times: in the contact's zone, with the date where the day is not that of the message.
struct AlertClock: Sendable {
  /// When the message became due, in seconds since 1970.
  let now: Int
  private let utcOffset: @Sendable (Int) -> Int

  init(now: Int, utcOffset: @escaping @Sendable (Int) -> Int) {
    self.now = now
    self.utcOffset = utcOffset
  }

  /// `14:03:10`, on another day or where the reader sees it for the first time `14:03:10 (2026-11-30)`.
  func moment(_ time: Int, isDated: Bool = false) -> String {
    let text = CalendarTime(epoch: time, utcOffset: utcOffset(time))
    let today = CalendarTime(epoch: now, utcOffset: utcOffset(now))
    guard isDated || text.date != today.date else { return text.clock }
    return "\(text.clock) (\(text.text.prefix(10)))"
  }

  /// `14:03`.
  func minute(_ time: Int) -> String {
    let text = moment(time)
    return String(text.prefix(5) + text.dropFirst(8))
  }
}

/// A length of time in a subject or a sentence: no seconds from ten minutes on.
func spanText(_ seconds: Int) -> String {
  TimeSpan.text(seconds >= 600 ? seconds / 60 * 60 : seconds)
}
