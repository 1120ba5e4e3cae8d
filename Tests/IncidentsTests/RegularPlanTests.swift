import Foundation
import Testing
import Text

@testable import Incidents

/// Messages by the clock on the wall.
@Suite struct RegularPlanTests {
  private static let berlin = try! ZoneFile(
    Array(FileManager.default.contents(atPath: "/usr/share/zoneinfo/Europe/Berlin")!).span)
  private static let day = 86_400

  /// A time in UTC.
  private static func at(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int = 0)
    -> Int
  {
    CalendarDay(year: year, month: month, day: day)!.daysSince1970 * 86_400 + hour * 3600
      + minute * 60
  }

  private static func settings(
    _ time: RegularTime? = .daily(8 * 3600), alive: RegularTime? = nil, zone: ZoneFile = berlin
  ) -> AlertSettings {
    AlertSettings(
      contacts: [ContactRules("a", zone: zone, digest: time)],
      signOfLife: alive.map { AlertSettings.SignOfLife(time: $0, contacts: ["a"]) })
  }

  @Test func aTimeOfDayIsOnceADayWhateverClocksDo() {
    let half = RegularTime.daily(2 * 3600 + 1800)
    // Set forward: 02:30 is skipped, and is the moment of that. Set back: shown twice, and the first counts.
    for (from, instants) in [
      (
        Self.at(2026, 3, 27, 12),
        [Self.at(2026, 3, 28, 1, 30), Self.at(2026, 3, 29, 1), Self.at(2026, 3, 30, 0, 30)]
      ),
      (
        Self.at(2026, 10, 23, 12),
        [Self.at(2026, 10, 24, 0, 30), Self.at(2026, 10, 25, 0, 30), Self.at(2026, 10, 26, 1, 30)]
      ),
    ] {
      var time = from
      var found: [Int] = []
      for _ in instants {
        time = half.next(after: time, in: Self.berlin)
        found.append(time)
        #expect(half.latest(at: time, in: Self.berlin) == time)
        #expect(half.latest(at: time + 40_000, in: Self.berlin) == time)
        #expect(half.latest(at: time - 1, in: Self.berlin) < time)
      }
      #expect(found == instants)
    }
  }

  @Test func anHourIsOneOfTheClock() {
    // Half an hour beside UTC.
    let zone = ZoneFile(fixed: 19_800)
    let now = Self.at(2026, 11, 30, 12, 10)
    #expect(RegularTime.hourly.latest(at: now, in: zone) == Self.at(2026, 11, 30, 11, 30))
    #expect(RegularTime.hourly.next(after: now, in: zone) == Self.at(2026, 11, 30, 12, 30))
    #expect(
      RegularTime.hourly.next(after: Self.at(2026, 11, 30, 12, 30), in: zone)
        == Self.at(2026, 11, 30, 13, 30))
  }

  @Test func whatIsNewBeginsAtTheNextTime() {
    var plan = RegularPlan()
    let start = Self.at(2026, 11, 30, 12)
    let written = plan.configure(Self.settings(alive: .daily(18 * 3600)), at: start)
    #expect(written.count == 2 && written.allSatisfy { $0.standing?.until == start })
    #expect(plan.takeDue(at: start) == [])
    // 18:00 in Berlin.
    #expect(plan.nextTime == Self.at(2026, 11, 30, 17))
    #expect(plan.takeDue(at: Self.at(2026, 11, 30, 17)).map(\.key.kind) == [.alive])
  }

  @Test func eachTimeIsServedOnce() throws {
    var plan = RegularPlan()
    let start = Self.at(2026, 11, 30, 5)
    _ = plan.configure(Self.settings(), at: start)
    let due = Self.at(2026, 11, 30, 7)
    #expect(plan.nextTime == due && plan.takeDue(at: due - 1).isEmpty)
    let order = try #require(plan.takeDue(at: due + 3).first)
    #expect(order.slot == due && order.since == start && !order.isHourly)
    // It was not made: it stays due.
    #expect(plan.takeDue(at: due + 60) == [order])
    #expect(plan.finish(order, at: due + 61) == RegularStanding(slot: due, until: due + 61))
    #expect(plan.finish(order, at: due + 62) == nil)
    #expect(plan.takeDue(at: due + 70).isEmpty && plan.nextTime == due + Self.day)
    // A clock that is set back shows the time once more.
    #expect(plan.takeDue(at: due - 1800).isEmpty && plan.takeDue(at: due + 80).isEmpty)
    let next = try #require(plan.takeDue(at: due + Self.day).first)
    #expect(next.since == due + 61 && next.identifier != order.identifier)
  }

  @Test(arguments: [(2, true), (17, false)])
  func whatWasMissedIsMadeUpForOnTheSameDay(hours: Int, isDue: Bool) {
    var plan = RegularPlan()
    let due = Self.at(2026, 11, 30, 7)
    let key = RegularKey(contact: "a", kind: .digest)
    plan.restore([key: RegularStanding(slot: due - Self.day, until: due - Self.day)])
    let now = due + hours * 3600
    #expect(plan.configure(Self.settings(), at: now).isEmpty)
    #expect((plan.nextTime == now) == isDue)
    let orders = plan.takeDue(at: now)
    #expect(orders.map(\.slot) == (isDue ? [due] : []))
    if !isDue {
      // The next one tells of both days.
      let orders = plan.takeDue(at: due + Self.day)
      #expect(orders.map(\.since) == [due - Self.day])
    }
  }

  @Test func nobodyIsToldOfMoreThanAWeek() {
    var plan = RegularPlan()
    let due = Self.at(2026, 11, 30, 7)
    let key = RegularKey(contact: "a", kind: .digest)
    plan.restore([key: RegularStanding(slot: due - 90 * Self.day, until: due - 90 * Self.day)])
    _ = plan.configure(Self.settings(), at: due)
    #expect(plan.takeDue(at: due).map(\.since) == [due - RegularPlan.longestSpan])
  }

  @Test func aContactWithoutDigestIsForgotten() {
    var plan = RegularPlan()
    let now = Self.at(2026, 11, 30, 12)
    _ = plan.configure(Self.settings(), at: now)
    let order = RegularOrder(
      key: RegularKey(contact: "a", kind: .digest), slot: now + 10, since: now)
    let changes = plan.configure(Self.settings(nil), at: now)
    #expect(changes.map(\.key.contact) == ["a"] && changes.allSatisfy { $0.standing == nil })
    #expect(plan.nextTime == nil && plan.takeDue(at: now + Self.day).isEmpty)
    #expect(plan.finish(order, at: now + 10) == nil)
  }

  /// A machine that began in another year and was corrected.
  @Test func aClockThatWasYearsAheadKeepsNothingBack() {
    var plan = RegularPlan()
    let now = Self.at(2026, 11, 30, 12)
    let key = RegularKey(contact: "a", kind: .digest)
    plan.restore([key: RegularStanding(slot: now + 900 * Self.day, until: now + 900 * Self.day)])
    #expect(plan.configure(Self.settings(), at: now).count == 1)
    #expect(plan.takeDue(at: Self.at(2026, 12, 1, 7)).map(\.since) == [now])
  }

  /// Whatever the clock does from one look to the next, no time is served twice, and none of a day at which somebody looked is left out.
  @Test func randomTimesAreServedOnce() {
    var generator = SystemRandomNumberGenerator()
    for time in [RegularTime.hourly, .daily(9000), .daily(0), .daily(86_340)] {
      var plan = RegularPlan()
      var now = Self.at(2026, 3, 1, 0)
      _ = plan.configure(Self.settings(time), at: now)
      var slots: [Int] = []
      while now < Self.at(2026, 4, 20, 0) {
        now += Int.random(in: 1...5000, using: &generator)
        for order in plan.takeDue(at: now) {
          #expect(order.slot <= now && order.since < now)
          if Bool.random(using: &generator) {
            slots.append(order.slot)
            _ = plan.finish(order, at: now)
          }
        }
      }
      #expect(Set(slots).count == slots.count && slots == slots.sorted())
    }
  }
}
