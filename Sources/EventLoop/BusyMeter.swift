/// How long the event loop works before it looks at its events again: for so long a node, a page or a timer waits.
///
/// A stretch begins when the loop wakes, and ends when it looks at its events the next time. Two looks at the clock per
/// stretch are all it costs.
struct BusyMeter: Sendable {
  /// The longest stretch so far, and those of this minute and of the one before.
  private struct Longest: Sendable {
    var ever: Int64 = 0
    var last: Int64 = 0
    var present: Int64 = 0

    mutating func note(_ stretch: Int64) {
      ever = max(ever, stretch)
      present = max(present, stretch)
    }

    /// A minute is over.
    /// - Parameter isLong: no stretch ended for another minute: the last one is forgotten too.
    mutating func pass(isLong: Bool) {
      last = isLong ? 0 : present
      present = 0
    }
  }

  private static let minute: Int64 = 60_000_000_000
  /// When the stretch under way began, in nanoseconds; `nil` while the loop waits.
  private(set) var began: Int64?
  private var whole = Longest()
  private var own = Longest()
  private var minuteEnd = Int64.min

  mutating func begin(at now: Int64) { began = began ?? now }

  /// The loop starts anew: what was before is no stretch of it.
  mutating func forget() { began = nil }

  /// - Parameter waited: for how many nanoseconds of it the loop was ready to run and had no core.
  mutating func end(at now: Int64, waited: Int64 = 0) {
    guard let began else { return }
    self.began = nil
    advance(to: now)
    whole.note(now - began)
    own.note(now - began - waited)
  }

  /// The longest stretch so far, and that of the last minute or two, in nanoseconds.
  mutating func whole(at now: Int64) -> (ever: Int64, recent: Int64) {
    advance(to: now)
    return stretches(whole, at: now)
  }

  /// The same without the time for which the loop waited for a core.
  mutating func own(at now: Int64) -> (ever: Int64, recent: Int64) {
    advance(to: now)
    return stretches(own, at: now)
  }

  private func stretches(_ longest: Longest, at now: Int64) -> (ever: Int64, recent: Int64) {
    let underWay = began.map { now - $0 } ?? 0
    return (max(longest.ever, underWay), max(longest.last, longest.present, underWay))
  }

  private mutating func advance(to now: Int64) {
    guard now >= minuteEnd else { return }
    let isLong = minuteEnd == .min || now - minuteEnd >= BusyMeter.minute
    whole.pass(isLong: isLong)
    own.pass(isLong: isLong)
    minuteEnd = now + BusyMeter.minute
  }
}
