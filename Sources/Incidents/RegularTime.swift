public import Text

/// When something is told by the clock on the wall.
public enum RegularTime: Sendable, Hashable {
  /// At each full hour.
  case hourly
  /// Once a day, so many seconds after midnight on a day without a change of the clock.
  case daily(Int)

  /// The latest of its times that is not after an instant, in seconds since 1970.
  ///
  /// A time that clocks skip, when they are set forward, is the instant of that; one that they show twice is the first of both.
  public func latest(at now: Int, in zone: ZoneFile) -> Int {
    let local = now + zone.offset(at: now).offset
    switch self {
    case .hourly: return now - floorMod(local, 3600)
    case .daily(let seconds):
      let today = (local - floorMod(local, 86_400)) / 86_400
      let days = (0...2).map { zone.epoch(ofLocal: (today - $0) * 86_400 + seconds, turn: .first) }
      return days.first { $0 <= now } ?? now - 86_400
    }
  }

  /// The first of its times that is after an instant.
  public func next(after now: Int, in zone: ZoneFile) -> Int {
    switch self {
    case .hourly: return latest(at: now, in: zone) + 3600
    case .daily(let seconds):
      let local = now + zone.offset(at: now).offset
      let today = (local - floorMod(local, 86_400)) / 86_400
      let days = (-1...2).map { zone.epoch(ofLocal: (today + $0) * 86_400 + seconds, turn: .first) }
      return days.first { $0 > now } ?? now + 86_400
    }
  }

  /// Seconds between two of its times, as a rule.
  var period: Int { self == .hourly ? 3600 : 86_400 }
}
