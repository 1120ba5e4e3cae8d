/// A length of time as people read it, in its two largest units: `40 s`, `1 min 30 s`, `3 h 20 min`, `2 d 4 h`.
public enum TimeSpan {
  private static let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]

  /// - Parameter seconds: a negative length counts as none.
  public static func text(_ seconds: Int) -> String {
    let seconds = max(0, seconds)
    guard let place = units.firstIndex(where: { seconds >= $0.0 }) else { return "0 s" }
    let (size, name) = units[place]
    let first = "\(seconds / size) \(name)"
    guard place + 1 < units.count else { return first }
    let (smaller, smallerName) = units[place + 1]
    let rest = seconds % size / smaller
    return rest == 0 ? first : "\(first) \(rest) \(smallerName)"
  }

  /// A measured length, rounded to whole seconds.
  public static func text(_ seconds: Double) -> String {
    text(seconds.isNaN ? 0 : Int(min(max(seconds, 0), 1e15).rounded()))
  }

  /// In the largest unit only, for narrow columns: `40 s`, `3 h`.
  public static func short(_ seconds: Int) -> String {
    let (size, name) = units.first { seconds >= $0.0 } ?? (1, "s")
    return "\(max(0, seconds) / size) \(name)"
  }

  /// A limit or a measured time: `250 ms` below a second, `2.5 s` below a minute, whole seconds from then on.
  public static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = (attoseconds + 500_000_000_000_000) / 1_000_000_000_000_000
    if seconds == 0, (1..<1000).contains(milliseconds) { return "\(milliseconds) ms" }
    let tenth = attoseconds / 100_000_000_000_000_000
    return (1..<60).contains(seconds) && tenth > 0
      ? "\(seconds).\(tenth) s" : text(Int(clamping: seconds))
  }
}
