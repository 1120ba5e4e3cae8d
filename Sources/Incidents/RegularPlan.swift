internal import Text

/// Messages by the clock, whatever happens: digests, and the line a day that says that the collector is alive. It has no clock of its own.
///
/// Each of their times is served once, over restarts too: the last one is stored in the transaction of its message. What was missed
/// while no collector was running is made up for on the same day, and not later: the next digest tells of it.
public struct RegularPlan: Sendable {
  private struct Entry: Sendable {
    let time: RegularTime
    let zone: ZoneFile

    /// The latest time, if it is of the present day.
    func latestToday(at now: Int) -> Int? {
      let latest = time.latest(at: now, in: zone)
      func day(_ epoch: Int) -> CalendarDay {
        CalendarTime(epoch: epoch, utcOffset: zone.offset(at: epoch).offset).date
      }
      return day(latest) == day(now) ? latest : nil
    }

    /// Nothing was told yet: the next of its times is the first.
    func beginning(at now: Int) -> RegularStanding {
      RegularStanding(slot: time.latest(at: now, in: zone), until: now)
    }
  }

  /// A digest never tells of more than a week.
  public static let longestSpan = 7 * 86_400

  private var entries: [RegularKey: Entry] = [:]
  private var standings: [RegularKey: RegularStanding] = [:]
  /// When to call ``takeDue(at:)`` at the latest, in seconds since 1970; `nil` when nothing is told by the clock.
  public private(set) var nextTime: Int?

  public init() {}

  /// Goes on with what a former run has stored; ``configure(_:at:)`` must follow.
  mutating func restore(_ standings: [RegularKey: RegularStanding]) { self.standings = standings }

  /// Takes settings over. What is told by the clock for the first time begins at the next of its times.
  /// - Returns: what is to be written.
  mutating func configure(
    _ settings: AlertSettings, at now: Int
  ) -> [(key: RegularKey, standing: RegularStanding?)] {
    entries = [:]
    let signOfLife = settings.signOfLife
    for contact in settings.contacts {
      if let time = contact.digest {
        entries[RegularKey(contact: contact.name, kind: .digest)] = Entry(
          time: time, zone: contact.zone)
      }
      if let signOfLife, signOfLife.contacts.contains(contact.name) {
        entries[RegularKey(contact: contact.name, kind: .alive)] = Entry(
          time: signOfLife.time, zone: contact.zone)
      }
    }
    var changes: [(key: RegularKey, standing: RegularStanding?)] = []
    for key in standings.keys where entries[key] == nil {
      standings[key] = nil
      changes.append((key, nil))
    }
    for (key, entry) in entries where standings[key].map({ isImpossible($0, at: now) }) ?? true {
      let standing = entry.beginning(at: now)
      standings[key] = standing
      changes.append((key, standing))
    }
    let isAnyDue = entries.contains { key, entry in
      entry.latestToday(at: now).map { $0 > standings[key]?.slot ?? .max } ?? false
    }
    setNextTime(now)
    if isAnyDue { nextTime = now }
    return changes
  }

  /// The messages that are due, in the order of their times. Each stays due until ``finish(_:at:)``.
  public mutating func takeDue(at now: Int) -> [RegularOrder] {
    var orders: [RegularOrder] = []
    for (key, entry) in entries {
      guard let standing = standings[key] else { continue }
      if isImpossible(standing, at: now) {
        standings[key] = entry.beginning(at: now)
        continue
      }
      guard let slot = entry.latestToday(at: now), slot > standing.slot else { continue }
      // The clock may have been set back since.
      let since = standing.until < now ? standing.until : now - entry.time.period
      orders.append(
        RegularOrder(
          key: key, slot: slot, since: max(since, now - RegularPlan.longestSpan),
          isHourly: entry.time == .hourly))
    }
    setNextTime(now)
    return orders.sorted {
      ($0.slot, $0.key.kind.rawValue, $0.key.contact)
        < ($1.slot, $1.key.kind.rawValue, $1.key.contact)
    }
  }

  /// A message was made, or there was nothing to tell.
  /// - Returns: what is to be written in the transaction of the message; `nil` when nobody gets it any more, or it was made before.
  mutating func finish(_ order: RegularOrder, at now: Int) -> RegularStanding? {
    guard entries[order.key] != nil, order.slot > standings[order.key]?.slot ?? .min else {
      return nil
    }
    let standing = RegularStanding(slot: order.slot, until: now)
    standings[order.key] = standing
    return standing
  }

  /// A clock that was wrong by days has left a time that would keep all messages back.
  private func isImpossible(_ standing: RegularStanding, at now: Int) -> Bool {
    standing.slot > now + 86_400
  }

  /// What is due now is in the hands of the caller.
  private mutating func setNextTime(_ now: Int) {
    nextTime = entries.values.map { $0.time.next(after: now, in: $0.zone) }.min()
  }
}
