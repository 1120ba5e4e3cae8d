/// When a node is polled: at a fixed offset inside each period, from a hash of its name, so that the load is flat and
/// a node keeps its place over restarts.
public struct Schedule: Sendable, Equatable {
  /// Seconds between two polls.
  public let period: Int
  /// Milliseconds from the beginning of the period.
  public let offset: Int

  public init(node: String, period: Int) {
    self.period = period
    // FNV-1a, 32 bits (draft-eastlake-fnv): the same for all time.
    var hash: UInt32 = 2_166_136_261
    for byte in node.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    offset = Int((UInt64(hash) * UInt64(period * 1000)) >> 32)  // a shift binds tighter
  }

  /// The wait from a moment until the next poll, in milliseconds; never 0.
  public func wait(seconds: Int, nanoseconds: Int) -> Int {
    let span = period * 1000
    let now = (seconds % period) * 1000 + nanoseconds / 1_000_000
    let wait = (offset - now + span) % span
    return wait == 0 ? span : wait
  }
}
