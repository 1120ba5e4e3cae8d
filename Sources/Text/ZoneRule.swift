/// When summer time begins and ends in each year, as POSIX's `TZ` has it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable, Hashable {
  /// A day of each year, and the time of it.
  struct Change: Sendable, Hashable {
    enum Day: Sendable, Hashable {
      /// 1 to 365, never 29 February.
      case ofYear(Int)
      /// 0 to 365.
      case ofLeapYear(Int)
      /// The given weekday of a month, the week 5 for the last one.
      case ofMonth(Int, week: Int, weekday: Int)
    }

    var day: Day
    /// Seconds of the local clock after midnight; RFC 9636 allows days more or less.
    var time: Int
  }

  private let standard: Int
  private let summer: Int?
  private let begin: Change
  private let end: Change

  init(_ bytes: [UInt8]) throws(ZoneFileError) {
    var reader = ZoneRuleReader(bytes)
    guard reader.name(), let west = reader.clock(hours: 24) else { throw reader.failure }
    standard = -west
    guard !reader.isAtEnd else {
      summer = nil
      begin = Change(day: .ofYear(1), time: 0)
      end = begin
      return
    }
    guard reader.name() else { throw reader.failure }
    if reader.isAtComma {
      summer = standard + 3600
    } else {
      guard let west = reader.clock(hours: 24) else { throw reader.failure }
      summer = -west
    }
    guard let begin = reader.change(), let end = reader.change(), reader.isAtEnd else {
      throw reader.failure
    }
    (self.begin, self.end) = (begin, end)
  }

  func offset(at epoch: Int) -> (offset: Int, until: Int?) {
    guard let summer else { return (standard, nil) }
    let year = CalendarTime(epoch: epoch, utcOffset: standard).date.year
    var offset = standard
    var latest = Int.min
    var until: Int?
    for year in year - 1...year + 1 {
      // At one instant summer time wins: it lasts all year where its end is its own beginning.
      for (change, before, after, isBegin) in [
        (end, summer, standard, false), (begin, standard, summer, true),
      ] {
        guard let time = change.time(in: year).map({ $0 - before }) else { continue }
        if time > epoch {
          until = min(until ?? .max, time)
        } else if time > latest || (time == latest && isBegin) {
          latest = time
          offset = after
        }
      }
    }
    return (offset, until)
  }
}

extension ZoneRule.Change {
  /// Local seconds since 1970; `nil` outside of the calendar.
  func time(in year: Int) -> Int? {
    let days: Int
    switch day {
    case .ofYear(let number):
      guard let first = CalendarDay(year: year, month: 1, day: 1),
        let march = CalendarDay(year: year, month: 3, day: 1)
      else { return nil }
      // Day 60 is 1 March in all years.
      days =
        number < 60
        ? first.daysSince1970 + number - 1 : march.daysSince1970 + number - 60
    case .ofLeapYear(let number):
      guard let first = CalendarDay(year: year, month: 1, day: 1) else { return nil }
      days = first.daysSince1970 + number
    case .ofMonth(let month, let week, let weekday):
      guard let first = CalendarDay(year: year, month: month, day: 1) else { return nil }
      let start = first.daysSince1970
      var day = start + floorMod(weekday - (start + 4), 7) + 7 * (week - 1)
      while CalendarDay(daysSince1970: day).month != month { day -= 7 }
      days = day
    }
    return days * 86_400 + time
  }
}

/// Steps through the text of a ``ZoneRule``.
private struct ZoneRuleReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }
  var isAtComma: Bool { peek == UInt8(ascii: ",") }
  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  var failure: ZoneFileError {
    let text = bytes.map { (0x20..<0x7F).contains($0) ? $0 : 0x3F }
    return ZoneFileError("invalid rule '\(String(decoding: text, as: UTF8.self))'")
  }

  /// Three letters or more, or anything in angle brackets.
  mutating func name() -> Bool {
    if accept(UInt8(ascii: "<")) {
      while let byte = peek, byte != UInt8(ascii: ">") { position += 1 }
      return accept(UInt8(ascii: ">"))
    }
    let start = position
    while let byte = peek, (0x41...0x5A).contains(byte & 0xDF) { position += 1 }
    return position - start >= 3
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  mutating func clock(hours most: Int) -> Int? {
    let isNegative = accept(UInt8(ascii: "-"))
    if !isNegative { _ = accept(UInt8(ascii: "+")) }
    guard let hours = number(most) else { return nil }
    var seconds = hours * 3600
    for unit in [60, 1] where accept(UInt8(ascii: ":")) {
      guard let number = number(59) else { return nil }
      seconds += number * unit
    }
    return isNegative ? -seconds : seconds
  }

  mutating func change() -> ZoneRule.Change? {
    guard accept(UInt8(ascii: ",")) else { return nil }
    let day: ZoneRule.Change.Day
    if accept(UInt8(ascii: "M")) {
      guard let month = number(12), month > 0, accept(UInt8(ascii: ".")), let week = number(5),
        week > 0, accept(UInt8(ascii: ".")), let weekday = number(6)
      else { return nil }
      day = .ofMonth(month, week: week, weekday: weekday)
    } else if accept(UInt8(ascii: "J")) {
      guard let number = number(365), number > 0 else { return nil }
      day = .ofYear(number)
    } else {
      guard let number = number(365) else { return nil }
      day = .ofLeapYear(number)
    }
    guard accept(UInt8(ascii: "/")) else { return ZoneRule.Change(day: day, time: 7200) }
    return clock(hours: 167).map { ZoneRule.Change(day: day, time: $0) }
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func number(_ most: Int) -> Int? {
    let start = position
    var number = 0
    while let byte = peek, (0x30...0x39).contains(byte), position - start < 4 {
      number = number * 10 + Int(byte - 0x30)
      position += 1
    }
    return position > start && number <= most ? number : nil
  }
}
