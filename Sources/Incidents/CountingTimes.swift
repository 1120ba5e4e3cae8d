internal import Text

/// When counting begins anew: at each quarter of an hour, and at the times of digests, so that a digest tells of its own time only.
public struct CountingTimes: Sendable, Hashable {
  /// Seconds after a quarter of an hour, ascending; the first is 0.
  private let offsets: [Int]

  /// Quarters of an hour only.
  public static let quarters = CountingTimes()

  private init() { offsets = [0] }

  /// - Parameter now: in seconds since 1970.
  public init(_ contacts: [ContactRules], at now: Int) {
    var offsets: Set<Int> = [0]
    for contact in contacts {
      guard let time = contact.digest else { continue }
      offsets.insert(floorMod(time.latest(at: now, in: contact.zone), Mishap.quarter))
    }
    self.offsets = offsets.sorted()
  }

  /// The latest of these times that is not after an instant.
  func latest(at time: Int) -> Int {
    let within = floorMod(time, Mishap.quarter)
    return time - within + (offsets.last { $0 <= within } ?? 0)
  }
}
