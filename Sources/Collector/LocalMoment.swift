internal import Text

/// A time near another one, in local time.
enum LocalMoment {
  /// `16:05:00`, on another day with its date.
  static func text(_ time: Int, from now: Int) -> String {
    let (then, today) = (CalendarTime.local(time), CalendarTime.local(now))
    return then.date == today.date ? then.clock : then.text
  }
}
