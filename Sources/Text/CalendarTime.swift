/// A second of the calendar in some time zone.
///
/// Pure: the offset from UTC is handed in. ``local(_:)`` asks the C library for it.
public struct CalendarTime: Hashable, Sendable {
  public let date: CalendarDay
  /// 0 to 23.
  public let hour: Int
  /// 0 to 59.
  public let minute: Int
  /// 0 to 59.
  public let second: Int
  /// 0 for Sunday to 6.
  public let weekday: Int
  /// Seconds that the zone is ahead of UTC.
  public let utcOffset: Int

  /// - Parameters:
  ///   - epoch: seconds since 1970, cut at the years 1 and 9999.
  ///   - utcOffset: seconds, cut at ±99:59, the most that a mail's header has room for.
  public init(epoch: Int, utcOffset: Int = 0) {
    let offset = min(max(utcOffset, -359_940), 359_940)
    let local = min(max(epoch, -62_135_000_000), 253_401_900_000) + offset
    let rest = floorMod(local, 86_400)
    let days = (local - rest) / 86_400
    date = CalendarDay(daysSince1970: days)
    (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
    weekday = floorMod(days + 4, 7)
    self.utcOffset = offset
  }
}

extension CalendarTime {
  /// Seconds since 1970.
  public var epoch: Int {
    date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - utcOffset
  }
}

/// How times are written.
extension CalendarTime {
  /// For people: `2026-11-21 02:03:14`.
  public var text: String { "\(day) \(clock)" }

  /// For people who know the day: `02:03:14`.
  public var clock: String { "\(two(hour)):\(two(minute)):\(two(second))" }

  /// For programs (RFC 3339): `2026-11-21T02:03:14Z`, with `+01:00` in place of `Z` outside of UTC.
  public var rfc3339: String { "\(day)T\(clock)\(utcOffset == 0 ? "Z" : zone(":"))" }

  /// A mail's `Date:` (RFC 5322, section 3.3): `Fri, 20 Nov 2026 09:05:00 +0100`.
  public var rfc5322: String { "\(internetDate) \(zone(""))" }

  /// HTTP's headers (RFC 9110, section 5.6.7), which are always in UTC: `Sun, 06 Nov 1994 08:49:37 GMT`.
  public var httpDate: String {
    utcOffset == 0 ? "\(internetDate) GMT" : CalendarTime(epoch: epoch).httpDate
  }

  /// munin's log files: `2026/11/21-02:03:14`.
  public var muninLog: String {
    "\(four(date.year))/\(two(date.month))/\(two(date.day))-\(clock)"
  }

  /// syslog (RFC 3164): `Nov  4 15:26:50`.
  public var syslog: String {
    "\(monthName) \(date.day < 10 ? " " : "")\(date.day) \(clock)"
  }

  /// For a subject: `30 Nov`.
  public var dayOfMonth: String { "\(date.day) \(monthName)" }

  /// C's `ctime`, as munin writes it below its graphs: `Sat Nov 21 02:03:14 2026`.
  public var ctime: String { "\(weekdayName) \(syslog) \(four(date.year))" }

  private var internetDate: String {
    "\(weekdayName), \(two(date.day)) \(monthName) \(four(date.year)) \(clock)"
  }

  private var day: String { "\(four(date.year))-\(two(date.month))-\(two(date.day))" }

  private func zone(_ separator: String) -> String {
    let minutes = abs(utcOffset) / 60
    return "\(utcOffset < 0 ? "-" : "+")\(two(minutes / 60))\(separator)\(two(minutes % 60))"
  }

  /// `Mon`.
  public var weekdayName: String { ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][weekday] }

  private var monthName: String {
    [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ][date.month - 1]
  }
}

private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

private func four(_ number: Int) -> String {
  String(repeating: "0", count: max(0, 4 - "\(number)".utf8.count)) + "\(number)"
}
