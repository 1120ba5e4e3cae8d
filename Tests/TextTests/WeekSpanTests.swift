import TestSupport
import Testing
import Text

@Suite struct WeekSpanTests {
  private func epoch(_ text: String, _ zone: ZoneFile) throws -> Int {
    let parts = text.split { "- :".contains($0) }.compactMap { Int($0) }
    let day = try #require(CalendarDay(year: parts[0], month: parts[1], day: parts[2]))
    return zone.epoch(
      ofLocal: day.daysSince1970 * 86_400 + parts[3] * 3600 + parts[4] * 60, turn: .first)
  }

  /// 2026-11-30 is a Monday.
  @Test(
    arguments: [
      ("Sun 02:00-04:00", "2026-11-29 02:00", "2026-11-29 04:00"),
      ("Sun 02:00-04:00", "2026-11-30 02:00", nil),
      ("Sun 02:00-04:00", "2026-11-29 04:00", nil),
      ("Mon-Fri 22:00-07:00", "2026-11-30 22:00", "2026-12-01 07:00"),
      ("Mon-Fri 22:00-07:00", "2026-11-30 06:00", nil),
      ("mon-fri 22:00-7:00", "2026-12-05 06:59", "2026-12-05 07:00"),
      ("Mon-Fri 22:00-07:00", "2026-12-05 23:00", nil),
      ("Fri 22:00-Mon 06:00", "2026-11-29 12:00", "2026-11-30 06:00"),
      ("Friday 22:00 - Monday 06:00", "2026-11-30 05:59", "2026-11-30 06:00"),
      ("Fri 22:00-Mon 06:00", "2026-11-30 06:00", nil),
      ("Sat-Mon 10:00-12:00", "2026-11-30 11:00", "2026-11-30 12:00"),
      ("Sat-Sun", "2026-11-29 23:59", "2026-11-30 00:00"),
      ("Sun", "2026-11-30 00:00", nil),
      ("22:00-07:00", "2026-11-30 03:00", "2026-11-30 07:00"),
      ("08:00-24:00", "2026-11-30 23:59", "2026-12-01 00:00"),
      ("00:00-00:00", "2026-11-30 12:00", "2026-12-01 00:00"),
      ("2026-12-24 22:00-2026-12-25 06:00", "2026-12-25 05:59", "2026-12-25 06:00"),
      ("2026-12-24 22:00-2026-12-25 06:00", "2026-12-25 06:00", nil),
      ("2026-12-24 22:00-06:00", "2026-12-25 05:59", "2026-12-25 06:00"),
      ("2026-12-24", "2026-12-24 12:00", "2026-12-25 00:00"),
    ] as [(String, String, String?)])
  func aSpanHoldsItsTimes(text: String, time: String, end: String?) throws {
    let berlin = try zone("Europe/Berlin")
    let span = try WeekSpan(text)
    let found = span.occurrence(holding: try epoch(time, berlin), in: berlin)
    #expect(try found?.upperBound == end.map { try epoch($0, berlin) })
    #expect(span.description == text)
  }

  /// The length of a weekly window on the days on which clocks are set.
  @Test(arguments: [
    ("Sun 02:00-04:00", "2026-03-22 02:00", 7200), ("Sun 02:00-04:00", "2026-03-29 02:00", 3600),
    ("Sun 02:00-04:00", "2026-10-25 02:00", 10_800),
    ("Sat 22:00-Sun 02:30", "2026-10-24 23:00", 5 * 3600 + 1800),
    ("Sat 22:00-Sun 02:30", "2026-03-28 23:00", 4 * 3600),
    ("00:00-24:00", "2026-03-29 12:00", 82_800), ("00:00-24:00", "2026-10-25 12:00", 90_000),
  ])
  func aSpanFollowsTheClock(text: String, time: String, seconds: Int) throws {
    let berlin = try zone("Europe/Berlin")
    let occurrence = try WeekSpan(text).occurrence(holding: epoch(time, berlin), in: berlin)
    #expect(occurrence?.count == seconds)
  }

  @Test func aSpanThatClocksSkipIsLeftOut() throws {
    let berlin = try zone("Europe/Berlin")
    let span = try WeekSpan("Sun 02:00-02:45")
    let before = try epoch("2026-03-28 12:00", berlin)
    #expect(span.nextStart(after: before, in: berlin) == (try epoch("2026-04-05 02:00", berlin)))
    #expect(span.occurrence(holding: try epoch("2026-03-29 03:00", berlin), in: berlin) == nil)
  }

  @Test(
    arguments: [
      ("Sun 02:00-04:00", "2026-11-29 02:00", "2026-12-06 02:00"),
      ("Sun 02:00-04:00", "2026-11-29 01:59", "2026-11-29 02:00"),
      ("Fri 22:00-Mon 06:00", "2026-11-30 06:00", "2026-12-04 22:00"),
      ("2026-12-24 22:00-23:00", "2026-11-30 06:00", "2026-12-24 22:00"),
      ("2026-11-24 22:00-23:00", "2026-11-30 06:00", nil),
    ] as [(String, String, String?)])
  func theNextStartIsKnown(text: String, time: String, start: String?) throws {
    let berlin = try zone("Europe/Berlin")
    let next = try WeekSpan(text).nextStart(after: epoch(time, berlin), in: berlin)
    #expect(try next == start.map { try epoch($0, berlin) })
  }

  @Test func spansThatMeetAreOne() throws {
    let berlin = try zone("Europe/Berlin")
    let spans = try WeekSpan.list("Mon-Fri 18:00-08:00, Sat-Sun,2026-12-01 08:00-10:00")
    func end(_ time: String) throws -> Int? {
      spans.end(holding: try epoch(time, berlin), in: berlin)
    }
    #expect(try end("2026-11-27 20:00") == epoch("2026-11-30 00:00", berlin))
    #expect(try end("2026-11-30 20:00") == epoch("2026-12-01 10:00", berlin))
    #expect(try end("2026-11-30 12:00") == nil)
    #expect(try WeekSpan.list("00:00-24:00").end(holding: 1_795_226_594, in: berlin) == .max)
    #expect(
      try spans.nextStart(after: epoch("2026-11-30 12:00", berlin), in: berlin)
        == epoch("2026-11-30 18:00", berlin))
  }

  @Test(arguments: [
    "", ",", "Sun 2:00", "Son 02:00-04:00", "Su 02:00-04:00", "25:00-26:00", "02:60-04:00",
    "24:00-25:00", "02:00-24:30", "2026-02-30 02:00-04:00", "2026-12-25 22:00-2026-12-24 06:00",
    "Mon-Fri 22:00-Sat 07:00", "22:00-07:00 Mon", "Mon 22:00", "2026-12-24 22:00", "Mon-", "é",
    "22:00-07:00,", "99999-12-24 22:00-23:00",
  ])
  func aTextThatIsNoSpanIsNamed(text: String) throws {
    do throws(WeekSpanError) {
      _ = try WeekSpan.list(text)
      Issue.record("'\(text)' was read")
    } catch {
      #expect(error.description.hasPrefix("expected spans like 'Sun 02:00-04:00'"))
    }
  }

  @Test func hostileTextGivesSpansOrAnError() throws {
    let berlin = try zone("Europe/Berlin")
    var noise = Noise(5)
    let pieces = [
      "Mon", "Fri", "-", " ", "22:00", "07:00", "2026-12-24", ",", "24:00", "9999-12-31",
    ]
    var read = 0
    for _ in 0..<5000 {
      let text = String(
        decoding: noise.text(of: pieces, count: Int.random(in: 1...4, using: &noise), oneIn: 20),
        as: UTF8.self)
      guard let spans = try? WeekSpan.list(text) else { continue }
      read += 1
      for time in [-100_000_000_000, 0, 1_774_746_000, 300_000_000_000] {
        _ = spans.end(holding: time, in: berlin)
        _ = spans.nextStart(after: time, in: berlin)
      }
    }
    #expect(read > 50)
  }
}
