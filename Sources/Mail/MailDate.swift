internal import Glibc

/// The date of a `Date:` header, RFC 5322 section 3.3: `Fri, 20 Nov 2026 09:05:00 +0100`.
enum MailDate {
  /// - Parameters:
  ///   - epoch: seconds since 1970.
  ///   - utcOffset: seconds that the local clock is ahead of UTC.
  static func text(epoch: Int, utcOffset: Int) -> String {
    // Four digits of year are all the header has room for; zones end at 99 h 59 min.
    let minutes = min(max(utcOffset / 60, -5999), 5999)
    let local = min(max(epoch, 0), 253_401_900_000) + minutes * 60
    let second = floorMod(local, 86_400)
    let day = (local - second) / 86_400
    let (year, month, dayOfMonth) = civil(day: day)
    let zone = abs(minutes)
    return "\(weekdays[floorMod(day + 4, 7)]), \(two(dayOfMonth)) \(months[month - 1]) \(year) "
      + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) "
      + "\(minutes < 0 ? "-" : "+")\(two(zone / 60))\(two(zone % 60))"
  }

  /// How far the machine's time zone was ahead of UTC at that instant.
  static func localOffset(at epoch: Int) -> Int {
    var time = time_t(epoch)
    var parts = tm()
    guard localtime_r(&time, &parts) != nil else { return 0 }
    return parts.tm_gmtoff
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The Gregorian date of a day counted from 1970-01-01. Years are counted from March, so that the
  /// leap day is the last of its year, in eras of 400 years, which all have the same length.
  static func civil(day: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468  // days from 0000-03-01
    let dayOfEra = floorMod(shifted, 146_097)
    let era = (shifted - dayOfEra) / 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * marchMonth + 2) / 5 + 1
    )
  }

  private static func floorMod(_ value: Int, _ divisor: Int) -> Int {
    let rest = value % divisor
    return rest < 0 ? rest + divisor : rest
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
