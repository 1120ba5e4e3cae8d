/// A time zone: the contents of a file of the tz database (`/usr/share/zoneinfo/Europe/Berlin`, TZif of RFC 9636).
///
/// It knows how far the zone is ahead of UTC at any instant, and when that changes next. Unlike the C library it needs no process-wide `TZ`,
/// so that each contact can have a zone of its own.
public struct ZoneFile: Sendable, Hashable {
  /// When the offset changes, ascending, in seconds since 1970.
  private let times: [Int]
  /// The offset from the time with the same index on.
  private let offsets: [Int]
  /// The offset before the first of these times.
  private let first: Int
  /// What counts after the last of them.
  private let rule: ZoneRule?

  /// A zone without any change.
  /// - Parameter offset: seconds ahead of UTC.
  public init(fixed offset: Int) {
    times = []
    offsets = []
    first = min(max(offset, -ZoneFile.mostOffset), ZoneFile.mostOffset)
    rule = nil
  }

  public static let utc = ZoneFile(fixed: 0)

  /// The largest files of the tz database have 4 kB.
  public static let mostBytes = 262_144
  static let mostOffset = 93_600

  /// Reads the contents of a file.
  public init(_ bytes: Span<UInt8>) throws(ZoneFileError) {
    guard bytes.count <= ZoneFile.mostBytes else {
      throw ZoneFileError("more than \(ZoneFile.mostBytes) bytes")
    }
    var reader = ZoneFileReader(bytes.withUnsafeBufferPointer { Array($0) })
    var header = try reader.header()
    var block: ZoneFileReader.Block
    if header.version >= 2 {
      // The first block repeats the second one with times of 4 bytes.
      try reader.skip(header.size(timeBytes: 4))
      header = try reader.header()
      block = try reader.block(header, timeBytes: 8)
      rule = try reader.footer()
    } else {
      block = try reader.block(header, timeBytes: 4)
      rule = nil
    }
    times = block.times
    offsets = block.offsets
    first = block.first
  }

  /// The present offset from UTC in seconds, and when the next one begins; `nil` when this one stays.
  public func offset(at epoch: Int) -> (offset: Int, until: Int?) {
    let epoch = min(max(epoch, -62_000_000_000), 253_000_000_000)
    guard let last = times.last, epoch < last else {
      if let rule { return rule.offset(at: epoch) }
      return (offsets.last ?? first, nil)
    }
    // The first time that is later.
    var low = 0
    var high = times.count - 1
    while low < high {
      let middle = (low + high) / 2
      if times[middle] > epoch { high = middle } else { low = middle + 1 }
    }
    return (low == 0 ? first : offsets[low - 1], times[low])
  }

  /// Which of two instants is meant where the clock is set back and shows a time twice.
  public enum Turn: Sendable { case first, last }

  /// The instant at which clocks show a local time. A time that clocks skip, when they are set forward, is the instant of
  /// that.
  /// - Parameter local: seconds since 1970-01-01 00:00 on the local clock.
  public func epoch(ofLocal local: Int, turn: Turn) -> Int {
    let local = min(max(local, -61_000_000_000), 252_000_000_000)
    var start = local - 2 * ZoneFile.mostOffset
    let end = local + 2 * ZoneFile.mostOffset
    var found: Int?
    var skipped: Int?
    while start <= end {
      let (offset, until) = offset(at: start)
      let candidate = local - offset
      if candidate >= start, candidate < until ?? .max {
        if turn == .first { return candidate }
        found = candidate
      }
      guard let until else { break }
      // Clocks jump from before this time to after it.
      if skipped == nil, until + offset <= local, until + self.offset(at: until).offset > local {
        skipped = until
      }
      start = until
    }
    return found ?? skipped ?? (local - offset(at: local).offset)
  }
}

/// Why a text is no time zone.
public struct ZoneFileError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
