internal import Text

/// The dates of batteries, as UPSs write them: in any order of day, month and year.
enum UPSDate {
  /// Which of the first two numbers of `03/04/2021` is the month.
  enum Order: Sendable { case monthFirst, dayFirst }

  /// The days from 1970 to a date such as `2023-03-08`, `2023/03/08`, `08/23/19` or `08.03.2023`; `nil` for any other
  /// text, and for a day that does not exist.
  static func days(_ text: String, order: Order = .monthFirst) -> Int? {
    let head = text.utf8.prefix(32).drop { $0 == 0x20 }.prefix {
      (0x30...0x39).contains($0) || [0x2D, 0x2E, 0x2F].contains($0)
    }
    let parts = head.split(omittingEmptySubsequences: false) { !(0x30...0x39).contains($0) }
    let numbers = parts.compactMap { (1...4).contains($0.count) ? Int(String($0)!) : nil }
    guard parts.count == 3, numbers.count == 3 else { return nil }
    func days(_ year: Int, _ month: Int, _ day: Int) -> Int? {
      year < 1970 ? nil : CalendarDay(year: year, month: month, day: day)?.daysSince1970
    }
    if parts[0].count == 4 { return days(numbers[0], numbers[1], numbers[2]) }
    let year = parts[2].count == 4 ? numbers[2] : 2000 + numbers[2]
    // Where dots are written, the day comes before the month.
    let isDayFirst = order == .dayFirst || numbers[0] > 12 || head.contains(0x2E)
    return isDayFirst
      ? days(year, numbers[1], numbers[0]) : days(year, numbers[0], numbers[1])
  }
}

extension UPSReading {
  /// Sets the age of a battery that was replaced on a date. A date in the future is ignored.
  mutating func takeBatteryDate(_ text: String, order: UPSDate.Order = .monthFirst, now: Int) {
    guard let day = UPSDate.days(text, order: order) else { return }
    take(.batteryAge, Double(now / 86400 - day))
  }
}
