import Foundation
import Limits
import Testing
import Text

@testable import Incidents

/// Values that are not usual at their hour of the weekday.
@Suite struct WeekdayHistoryTests {
  private static let day = 86_400
  /// Seven weeks, of which the last one is looked at, in steps of two hours. Monday, 2026-10-12 00:00 UTC.
  private static let start = CalendarDay(year: 2026, month: 10, day: 12)!.daysSince1970 * 86_400
  private static let end = start + 49 * day

  /// By the end of each step; the day of the week is 0 on a Monday.
  private static func history(
    step: Int = 7200, _ value: (_ time: Int, _ weekday: Int, _ hour: Int) -> Double
  ) -> WeekdayHistory {
    let rows = (1...49 * day / step).map { row -> Double in
      let time = start + row * step
      let begin = time - step - start
      return value(time, begin / day % 7, begin % day / 3600)
    }
    return WeekdayHistory(start: start + step, step: step, values: rows)
  }

  /// A little of everything, the same in each run.
  private static func noise(_ time: Int) -> Double { Double(time / 7200 % 11) / 100 }

  private static let lastDay = end - day..<end

  @Test func aWeekAsEverIsNoNews() {
    let history = Self.history { time, weekday, hour in
      // Backups on Sundays, work on weekdays.
      (weekday == 6 && hour < 4 ? 50 : weekday < 5 && (8..<18).contains(hour) ? 10 : 1)
        + Self.noise(time)
    }
    for day in 0..<7 {
      let span = Self.end - (day + 1) * Self.day..<Self.end - day * Self.day
      #expect(history.finding(in: span, zone: .utc) == nil)
    }
  }

  /// A backup on a Sunday is usual; on a Thursday it is not.
  @Test(arguments: [7200, 300])
  func aValueOfAnotherWeekdayIsFound(step: Int) throws {
    let history = Self.history(step: step) { time, weekday, hour in
      let isBackup = weekday == 6 && hour < 4
      let isToday = time > Self.end - 4 * Self.day && weekday == 3 && (2..<4).contains(hour)
      return (isBackup || isToday ? 50 : 1) + Self.noise(time)
    }
    let thursday = Self.end - 4 * Self.day..<Self.end - 3 * Self.day
    let found = try #require(history.finding(in: thursday, zone: .utc))
    #expect(found.from == thursday.lowerBound + 7200 && found.to == found.from + 7200)
    #expect(found.value > 49 && found.usual.high < 2 && found.excess > 6)
    #expect(history.finding(in: Self.lastDay, zone: .utc) == nil)
  }

  /// What stays as it is from one day on is told on that day.
  @Test func whatLastsIsNewsOnce() {
    let began = Self.end - 3 * Self.day
    let history = Self.history { time, _, _ in (time > began ? 4 : 2) + Self.noise(time) }
    var news: [Int] = []
    for day in (0..<5).reversed() {
      let span = Self.end - (day + 1) * Self.day..<Self.end - day * Self.day
      if history.news(in: span, zone: .utc) != nil { news.append(day) }
    }
    #expect(news == [2])
  }

  /// What grows all the time, as the time since the start does, is largest each day.
  @Test func whatGrowsSteadilyIsUsual() {
    let history = Self.history { time, _, _ in Double(time - Self.start) / 86_400 }
    #expect(history.finding(in: Self.lastDay, zone: .utc) == nil)
  }

  @Test func whatNeverMovesMayMoveAtOtherHours() {
    let quiet = Self.history { time, _, _ in time > Self.end - 7200 ? 0.1 : 0 }
    #expect(quiet.finding(in: Self.lastDay, zone: .utc)?.value == 0.1)
    // It did so before, on another day.
    let moved = Self.history { time, _, _ in
      time > Self.end - 7200 || (Self.start + 864_000...Self.start + 900_000).contains(time)
        ? 0.1 : 0
    }
    #expect(moved.finding(in: Self.lastDay, zone: .utc) == nil)
  }

  /// Work begins at eight on the wall, whatever the distance from UTC is: clocks were set back six weeks ago at most.
  @Test func hoursAreThoseOfTheWall() throws {
    let data = try #require(
      FileManager.default.contents(atPath: "/usr/share/zoneinfo/Europe/Berlin"))
    let berlin = try ZoneFile(Array(data).span)
    let history = Self.history(step: 3600) { time, _, _ in
      let local = time - 3600 + berlin.offset(at: time - 3600).offset
      let hour = floorMod(local, 86_400) / 3600
      return ((8..<18).contains(hour) ? 30 : 1) + Self.noise(time)
    }
    let monday = CalendarDay(year: 2026, month: 10, day: 26)!.daysSince1970 * 86_400
    for day in 0..<14 {
      let span = monday + day * Self.day..<monday + (day + 1) * Self.day
      #expect(history.finding(in: span, zone: berlin) == nil, "\(day)")
    }
  }

  @Test func tooLittleIsKnown() {
    let short = WeekdayHistory(
      start: Self.end - Self.day, step: 7200, values: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 900, 900])
    #expect(short.finding(in: Self.lastDay, zone: .utc) == nil)
    let unknown = WeekdayHistory(
      start: Self.start, step: 7200, values: Array(repeating: .nan, count: 588))
    #expect(unknown.finding(in: Self.lastDay, zone: .utc) == nil)
    // Rows of a day have no hours.
    let coarse = WeekdayHistory(
      start: Self.start, step: 86_400, values: Array(repeating: 1, count: 48) + [900])
    #expect(coarse.finding(in: Self.lastDay, zone: .utc) == nil)
    #expect(
      WeekdayHistory(start: 0, step: 0, values: []).finding(in: 0..<99_999, zone: .utc) == nil)
  }
}
