internal import EventLoop

/// Who was refused lately: a stranger who tries again and again fills no log.
struct Denials {
  private static let pause = Duration.seconds(60)
  private static let most = 1024
  private var last: [String: LoopClock.Instant] = [:]

  /// Whether a refusal of this address is worth a line.
  mutating func isNew(_ address: String, at now: LoopClock.Instant) -> Bool {
    if let time = last[address], now < time.advanced(by: Denials.pause) { return false }
    if last.count >= Denials.most {
      last = last.filter { now < $0.value.advanced(by: Denials.pause) }
      // More strangers than anybody reads about.
      if last.count >= Denials.most { return false }
    }
    last[address] = now
    return true
  }
}
