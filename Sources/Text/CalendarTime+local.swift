internal import Glibc

extension CalendarTime {
  /// A time in this machine's zone.
  /// - Parameter epoch: seconds since 1970.
  public static func local(_ epoch: Int) -> CalendarTime {
    CalendarTime(epoch: epoch, utcOffset: localOffset(at: epoch))
  }

  /// The present time in this machine's zone.
  public static var now: CalendarTime { local(time(nil)) }

  /// Seconds that this machine's zone was ahead of UTC at an instant. The C library reads the zone once, at its first
  /// use.
  public static func localOffset(at epoch: Int) -> Int {
    var seconds = time_t(epoch)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return 0 }
    return parts.tm_gmtoff
  }
}
