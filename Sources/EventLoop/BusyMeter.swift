/// How long the event loop works before it looks at its events again: for so long a node, a page or a timer waits.
///
/// A stretch begins when the loop wakes, and ends when it looks at its events the next time. Two looks at the clock per
/// stretch are all it costs.
struct BusyMeter: Sendable {
  private static let minute: Int64 = 60_000_000_000
  /// When the stretch under way began, in nanoseconds; `nil` while the loop waits.
  private var began: Int64?
  private var longest: Int64 = 0
  /// The longest stretches of this minute and of the one before.
  private var minutes: (last: Int64, present: Int64) = (0, 0)
  private var minuteEnd = Int64.min

  /// Whether a stretch is under way.
  var isBusy: Bool { began != nil }

  mutating func begin(at now: Int64) { began = began ?? now }

  /// The loop starts anew: what was before is no stretch of it.
  mutating func forget() { began = nil }

  mutating func end(at now: Int64) {
    guard let began else { return }
    self.began = nil
    advance(to: now)
    let stretch = now - began
    minutes.present = max(minutes.present, stretch)
    longest = max(longest, stretch)
  }

  /// The longest stretch so far, and that of the last minute or two, in nanoseconds.
  mutating func stretches(at now: Int64) -> (longest: Int64, recent: Int64) {
    advance(to: now)
    let present = began.map { now - $0 } ?? 0
    return (
      max(longest, present), max(minutes.last, minutes.present, present)
    )
  }

  private mutating func advance(to now: Int64) {
    guard now >= minuteEnd else { return }
    // After a minute without any stretch the one before has nothing to say.
    minutes = (minuteEnd == .min || now - minuteEnd >= BusyMeter.minute ? 0 : minutes.present, 0)
    minuteEnd = now + BusyMeter.minute
  }
}
