/// Steps through the text of a ``WeekSpan``.
struct WeekSpanReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  /// - Returns: `nil` for a text that is no span.
  mutating func read() -> WeekSpan.Kind? {
    guard let kind = span(), position == bytes.count else { return nil }
    return kind
  }

  private mutating func span() -> WeekSpan.Kind? {
    if isAtLetter { return weekly() }
    if let date = date() { return once(from: date) }
    return clocks(days: 0x7F)
  }

  private mutating func weekly() -> WeekSpan.Kind? {
    guard let first = weekday() else { return nil }
    if accept(UInt8(ascii: "-")) {
      guard let last = weekday() else { return nil }
      var days: UInt8 = 0
      var day = first
      while true {
        days |= 1 << day
        if day == last { break }
        day = (day + 1) % 7
      }
      return isAtEnd ? .weekly(days: days, start: 0, length: 86_400) : clocks(days: days)
    }
    if isAtEnd { return .weekly(days: 1 << first, start: 0, length: 86_400) }
    guard let start = clock(), start < 86_400, accept(UInt8(ascii: "-")) else { return nil }
    skipBlanks()
    guard isAtLetter else {
      guard let end = clock() else { return nil }
      return .weekly(days: 1 << first, start: start, length: length(from: start, to: end))
    }
    guard let last = weekday(), let end = clock() else { return nil }
    var length = (last - first) * 86_400 + end - start
    if length <= 0 { length += 7 * 86_400 }
    return .weekly(days: 1 << first, start: start, length: length)
  }

  private mutating func once(from date: CalendarDay) -> WeekSpan.Kind? {
    let day = date.daysSince1970 * 86_400
    if isAtEnd { return .once(start: day, end: day + 86_400) }
    guard let start = clock(), start < 86_400, accept(UInt8(ascii: "-")) else { return nil }
    if let last = self.date() {
      guard let end = clock() else { return nil }
      let until = last.daysSince1970 * 86_400 + end
      return until > day + start ? .once(start: day + start, end: until) : nil
    }
    guard let end = clock() else { return nil }
    return .once(start: day + start, end: day + start + length(from: start, to: end))
  }

  private mutating func clocks(days: UInt8) -> WeekSpan.Kind? {
    guard let start = clock(), start < 86_400, accept(UInt8(ascii: "-")), let end = clock() else {
      return nil
    }
    return .weekly(days: days, start: start, length: length(from: start, to: end))
  }

  /// An end that is not later is one of the next day.
  private func length(from start: Int, to end: Int) -> Int {
    end > start ? end - start : end - start + 86_400
  }

  // MARK: - Words

  private mutating func weekday() -> Int? {
    skipBlanks()
    let start = position
    while isAtLetter { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
    let names = [
      "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    ]
    return names.firstIndex { $0 == word || $0.prefix(3) == word }
  }

  /// `2026-12-24`; the position stays where there is none.
  private mutating func date() -> CalendarDay? {
    let start = position
    skipBlanks()
    guard let year = number(digits: 4...4), accept(UInt8(ascii: "-")),
      let month = number(digits: 1...2), accept(UInt8(ascii: "-")),
      let day = number(digits: 1...2), let date = CalendarDay(year: year, month: month, day: day)
    else {
      position = start
      return nil
    }
    return date
  }

  /// `22:00` in seconds, at most `24:00`.
  private mutating func clock() -> Int? {
    skipBlanks()
    guard let hour = number(digits: 1...2), position < bytes.count,
      bytes[position] == UInt8(ascii: ":")
    else { return nil }
    position += 1
    guard let minute = number(digits: 2...2), minute < 60, hour * 60 + minute <= 1440 else {
      return nil
    }
    return hour * 3600 + minute * 60
  }

  private mutating func number(digits: ClosedRange<Int>) -> Int? {
    let start = position
    var number = 0
    while position < bytes.count, (0x30...0x39).contains(bytes[position]),
      position - start < digits.upperBound
    {
      number = number * 10 + Int(bytes[position] - 0x30)
      position += 1
    }
    return position - start >= digits.lowerBound ? number : nil
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    let start = position
    skipBlanks()
    guard position < bytes.count, bytes[position] == byte else {
      position = start
      return false
    }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 {
      position += 1
    }
  }

  private var isAtEnd: Bool { position == bytes.count }

  private var isAtLetter: Bool {
    position < bytes.count && (0x41...0x5A).contains(bytes[position] & 0xDF)
  }
}
