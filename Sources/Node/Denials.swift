internal import EventLoop

/// Keeps repeated refusals out of the log: each subject gets one line a minute.
struct Denials {
  private static let pause = Duration.seconds(60)
  private static let most = 1024
  private var last: [String: LoopClock.Instant] = [:]

  /// Whether the subject had no line within the last minute.
  mutating func isNew(_ subject: String, at now: LoopClock.Instant) -> Bool {
    if let time = last[subject], now < time.advanced(by: Denials.pause) { return false }
    if last.count >= Denials.most {
      last = last.filter { now < $0.value.advanced(by: Denials.pause) }
      // 1024 subjects within a minute: no more lines until some are older.
      if last.count >= Denials.most { return false }
    }
    last[subject] = now
    return true
  }
}
