/// The dates that UPSs tell of their batteries, in whatever order of day, month and year.
enum UPSDate {
  /// Which of the first two numbers of `03/04/2021` is the month.
  enum Order: Sendable { case monthFirst, dayFirst }

  /// The days from 1970 to a date such as `2023-03-08`, `2023/03/08`, `08/23/19` or `08.03.2023`; `nil` for what is
  /// none, or no real day.
  static func days(_ text: String, order: Order = .monthFirst) -> Int? {
    let head = text.utf8.prefix(32).drop { $0 == 0x20 }.prefix {
      (0x30...0x39).contains($0) || [0x2D, 0x2E, 0x2F].contains($0)
    }
    let parts = head.split(omittingEmptySubsequences: false) { !(0x30...0x39).contains($0) }
    let numbers = parts.compactMap { (1...4).contains($0.count) ? Int(String($0)!) : nil }
    guard parts.count == 3, numbers.count == 3 else { return nil }
    if parts[0].count == 4 { return days(numbers[0], numbers[1], numbers[2]) }
    let year = parts[2].count == 4 ? numbers[2] : 2000 + numbers[2]
    // Where dots are written, the day goes before the month.
    let isDayFirst = order == .dayFirst || numbers[0] > 12 || head.contains(0x2E)
    return isDayFirst
      ? days(year, numbers[1], numbers[0]) : days(year, numbers[0], numbers[1])
  }

  /// The days from 1970 to a day of the Gregorian calendar.
  static func days(_ year: Int, _ month: Int, _ day: Int) -> Int? {
    guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else {
      return nil
    }
    // Years that begin in March end with the day that leap years add.
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    // Through the next month's first day: the 31st of a short month is none.
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    guard day <= lengths[month - 1] + (month == 2 && isLeap ? 1 : 0) else { return nil }
    return days
  }
}

extension UPSReading {
  /// Takes the age of a battery that was replaced on a day. A day to come is none.
  mutating func takeBatteryDate(_ text: String, order: UPSDate.Order = .monthFirst, now: Int) {
    guard let day = UPSDate.days(text, order: order) else { return }
    take(.batteryAge, Double(now / 86400 - day))
  }
}
