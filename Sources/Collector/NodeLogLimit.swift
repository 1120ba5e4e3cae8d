/// Keeps a node whose replies change in each poll from filling the log: what is new in its first polls of an hour is written, what
/// follows is counted.
struct NodeLogLimit {
  /// In so many polls of an hour lines of a node are written.
  static let polls = 3
  /// So many lines of one poll.
  static let lines = 50
  static let span = 3600

  private var began = Int.min / 2
  private var polls = 0
  private var poll: UInt32?
  private var lines = 0
  /// How many lines were not written since the last count.
  private(set) var leftOut = 0
  /// Whether lines are left out at present.
  private(set) var isCounting = false

  /// Whether a line is written.
  /// - Parameter poll: the number of the node's poll.
  mutating func admits(poll: UInt32, now: Int) -> Bool {
    if isOver(now), leftOut == 0 {
      began = now
      polls = 0
      self.poll = nil
      isCounting = false
    }
    if self.poll != poll {
      self.poll = poll
      polls = min(polls + 1, NodeLogLimit.polls + 1)
      lines = 0
    }
    lines = min(lines + 1, NodeLogLimit.lines + 1)
    guard polls <= NodeLogLimit.polls, lines <= NodeLogLimit.lines else {
      leftOut += 1
      isCounting = true
      return false
    }
    return true
  }

  /// The number of lines that were not written, once an hour. A node that goes on so stays silent until the next count.
  mutating func takeLeftOut(now: Int) -> Int? {
    guard leftOut > 0, isOver(now) else { return nil }
    defer {
      leftOut = 0
      began = now
    }
    return leftOut
  }

  /// An hour has passed, or the clock was set back.
  private func isOver(_ now: Int) -> Bool { now < began || now - began >= NodeLogLimit.span }
}
