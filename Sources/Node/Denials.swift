internal import EventLoop

/// What was told lately: a stranger who is refused again and again, or a master that is cut off, fills no log.
struct Denials {
  private static let pause = Duration.seconds(60)
  private static let most = 1024
  private var last: [String: LoopClock.Instant] = [:]

  /// Whether this is worth a line.
  mutating func isNew(_ subject: String, at now: LoopClock.Instant) -> Bool {
    if let time = last[subject], now < time.advanced(by: Denials.pause) { return false }
    if last.count >= Denials.most {
      last = last.filter { now < $0.value.advanced(by: Denials.pause) }
      // More strangers than anybody reads about.
      if last.count >= Denials.most { return false }
    }
    last[subject] = now
    return true
  }
}
