/// A time of day as a clock on the wall shows it.
public struct WallTime: Sendable, Hashable, CustomStringConvertible {
  /// 0 to 23.
  public let hour: Int
  /// 0 to 59.
  public let minute: Int

  /// `07:30`, `7:30`.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, (1...2).contains(parts[0].utf8.count), parts[1].utf8.count == 2,
      let hour = wholeNumber(parts[0]), let minute = wholeNumber(parts[1]), hour < 24, minute < 60
    else { return nil }
    self.hour = hour
    self.minute = minute
  }

  /// Since midnight, on a day without a change of the clock.
  public var seconds: Int { hour * 3600 + minute * 60 }

  public var description: String {
    "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
  }
}

/// When a digest is made.
public enum DigestTime: Sendable, Hashable {
  case hourly
  case daily(WallTime)
}

extension Directive {
  func digestTime() throws(SettingFinding) -> DigestTime {
    if value.lowercased() == "hourly" { return .hourly }
    guard let time = WallTime(value) else {
      throw expected("a time of day such as 08:00, or hourly")
    }
    return .daily(time)
  }
}
