import Foundation
import TestSupport
import Testing
import Text

@Suite struct CalendarTests {
  @Test func everyDayAgreesWithFoundation() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: 0)!
    for days in stride(from: -1000, to: 60_000, by: 17) {
      let parts = calendar.dateComponents(
        [.year, .month, .day], from: Date(timeIntervalSince1970: Double(days) * 86_400))
      let day = CalendarDay(daysSince1970: days)
      #expect([day.year, day.month, day.day] == [parts.year, parts.month, parts.day])
      #expect(day.daysSince1970 == days)
    }
  }

  @Test(arguments: [
    (2024, 2, 29, true), (2023, 2, 29, false), (2000, 2, 29, true), (2100, 2, 29, false),
    (2024, 4, 31, false), (2024, 12, 31, true), (0, 1, 1, false), (10_000, 1, 1, false),
    (2024, 0, 1, false), (2024, 13, 1, false), (2024, 1, 0, false), (2024, .max, .min, false),
  ])
  func aDayThatTheCalendarLacksIsRefused(year: Int, month: Int, day: Int, exists: Bool) {
    #expect((CalendarDay(year: year, month: month, day: day) != nil) == exists)
  }

  @Test func daysFarAwayAreCut() {
    #expect(CalendarDay(daysSince1970: .max) == CalendarDay(year: 9999, month: 12, day: 31))
    #expect(CalendarDay(daysSince1970: .min) == CalendarDay(year: 1, month: 1, day: 1))
  }

  @Test(arguments: [
    (951_782_400, 0, "Tue, 29 Feb 2000 00:00:00 +0000"),
    (1_582_934_400, 0, "Sat, 29 Feb 2020 00:00:00 +0000"),
    (4_107_542_400, 0, "Mon, 01 Mar 2100 00:00:00 +0000"),
    (1_700_000_000, -12_600, "Tue, 14 Nov 2023 18:43:20 -0330"),
    (0, -3600, "Wed, 31 Dec 1969 23:00:00 -0100"),
    (.max, .max, "Fri, 31 Dec 9999 12:39:00 +9959"),
  ])
  func aMailsDateIsWrittenOut(epoch: Int, offset: Int, text: String) {
    #expect(CalendarTime(epoch: epoch, utcOffset: offset).rfc5322 == text)
  }

  @Test func eachFormIsTheOneOfItsReader() {
    let time = CalendarTime(epoch: 1_793_802_410, utcOffset: 3600)
    #expect(time.text == "2026-11-04 15:26:50")
    #expect(time.clock == "15:26:50")
    #expect(time.rfc3339 == "2026-11-04T15:26:50+01:00")
    #expect(CalendarTime(epoch: 1_793_802_410).rfc3339 == "2026-11-04T14:26:50Z")
    #expect(time.rfc5322 == "Wed, 04 Nov 2026 15:26:50 +0100")
    #expect(time.httpDate == "Wed, 04 Nov 2026 14:26:50 GMT")
    #expect(time.epoch == 1_793_802_410)
    #expect(time.muninLog == "2026/11/04-15:26:50")
    #expect(time.syslog == "Nov  4 15:26:50")
    #expect(time.ctime == "Wed Nov  4 15:26:50 2026")
  }

  @Test func theMachinesZoneIsTheOneOfTheCLibrary() {
    for epoch in [0, 1_000_000_000, 1_784_000_000, 1_795_226_594] {
      var seconds = time_t(epoch)
      var parts = tm()
      localtime_r(&seconds, &parts)
      var buffer = [CChar](repeating: 0, count: 64)
      let count = strftime(&buffer, 64, "%a %b %e %H:%M:%S %Y", &parts)
      let expected = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      #expect(CalendarTime.local(epoch).ctime == expected)
      #expect(CalendarTime.localOffset(at: epoch) == parts.tm_gmtoff)
    }
  }

  /// Whatever the second and the offset: no trap, and a text of a bounded length.
  @Test func everySecondHasAText() {
    var random = Noise(5)
    for _ in 0..<2000 {
      let epoch =
        Int.random(in: .min ... .max, using: &random) >> Int.random(in: 0...63, using: &random)
      let offset =
        Int.random(in: .min ... .max, using: &random) >> Int.random(in: 0...63, using: &random)
      let time = CalendarTime(epoch: epoch, utcOffset: offset)
      #expect((1...9999).contains(time.date.year) && time.text.utf8.count == 19)
      #expect(time.rfc5322.utf8.count == 31)
    }
  }
}
