/// When a node is polled: at a fixed offset inside each period, from a hash of its name, so that the load is flat and
/// a node keeps its offset over restarts.
public struct Schedule: Sendable, Equatable {
  /// Up to so many nodes are polled at once when they are new, so that a small site has its graphs immediately; more of them wait for
  /// their offsets.
  public static let firstPollsAtOnce = 16

  /// Seconds between two polls.
  public let period: Int
  /// Milliseconds from the beginning of the period.
  public let offset: Int
  private let hash: UInt32

  public init(node: String, period: Int) {
    self.period = period
    // FNV-1a, 32 bits (draft-eastlake-fnv): the same for all time.
    var hash: UInt32 = 2_166_136_261
    for byte in node.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    // The last bytes of a name hardly reach FNV's upper bits, and names of nodes often differ only there.
    hash ^= hash >> 16
    hash = hash &* 0x85eb_ca6b
    hash ^= hash >> 13
    hash = hash &* 0xc2b2_ae35
    hash ^= hash >> 16
    self.hash = hash
    offset = Self.offset(hash, period)
  }

  /// Polls begin at whole tenths of a second: where there are many nodes, those of one tenth share the turns of the loop and a
  /// transaction of the ledger.
  private static let grid = 100

  private static func offset(_ hash: UInt32, _ period: Int) -> Int {
    Int((UInt64(hash) * UInt64(period * 1000 / grid)) >> 32) * grid  // a shift binds tighter
  }

  /// Whether a service that is slower than the node's polls is due: once in each period of its own, at the same polls over restarts, and
  /// at different ones for different nodes.
  /// - Parameters:
  ///   - rate: the service's, in seconds.
  ///   - last: when it was fetched last, in seconds since 1970.
  public func isDue(rate: Int, last: Int, now: Int) -> Bool {
    // Its periods begin half way between two polls, so that no poll is in doubt.
    let own = Self.offset(hash, rate)
    let start = own - own % (period * 1000) + offset - period * 500
    func turn(_ time: Int) -> Int {
      let (quotient, rest) = (time * 1000 - start).quotientAndRemainder(dividingBy: rate * 1000)
      return rest < 0 ? quotient - 1 : quotient
    }
    return turn(last) != turn(now)
  }

  /// The wait from a moment until the next poll, in milliseconds; never 0.
  /// - Parameter sinceLast: milliseconds since the last poll of the schedule began. A wall clock that was set back a little
  ///   reaches the offset a second time; then the node waits for the next period.
  public func wait(seconds: Int, nanoseconds: Int, sinceLast: Int? = nil) -> Int {
    let span = period * 1000
    let now = (seconds % period) * 1000 + nanoseconds / 1_000_000
    var wait = (offset - now + span) % span
    if wait == 0 { wait = span }
    if let sinceLast, sinceLast + wait < span / 2 { wait += span }
    return wait
  }

  /// The wait after a first failed poll: the next one begins earlier by what the failure took, so that a node that hangs has missed two
  /// polls when two periods are over. One that refuses at once has its full time: it may be back.
  /// - Parameters:
  ///   - wait: what ``wait(seconds:nanoseconds:sinceLast:)`` says, in milliseconds.
  ///   - milliseconds: how long the failed poll took.
  public func wait(_ wait: Int, afterFailureOf milliseconds: Int) -> Int {
    // A poll waits a third of the period for an answer (``PollLimits``).
    let early = min(max(0, milliseconds), period * 1000 / 3)
    return wait > early ? wait - early : wait
  }

  /// How many polls were missed because one took so long.
  public func missed(in milliseconds: Int) -> Int { max(0, milliseconds) / (period * 1000) }
}
