internal import Collector
internal import Limits
internal import Settings
internal import Terminal
internal import Text

/// What a cycle brought, on one line for those who watch.
enum CycleLine {
  static func text(_ report: CycleReport, _ state: CollectorState, _ levels: [Level: Int]) -> String
  {
    var parts = [
      "\(Amount.count(report.nodes, "node")) polled",
      Amount.count(report.services, "service"), Amount.count(report.values, "value"),
    ]
    if report.nodes > 0 { parts.append("slowest \(Int(report.slowest * 1000 + 0.5)) ms") }
    if report.silent > 0 { parts.append(Terminal.paint("\(report.silent) silent", .red)) }
    if report.missed > 0 {
      parts.append(Terminal.paint("\(Amount.count(report.missed, "poll")) missed", .red))
    }
    for (level, colour) in [
      (Level.critical, Terminal.Colour.red), (.warning, .yellow), (.unknown, .blue),
    ] {
      guard let count = levels[level] else { continue }
      parts.append(Terminal.paint("\(count) \(level.rawValue)", colour))
    }
    if state.mailsWaiting > 0 {
      parts.append("\(Amount.count(state.mailsWaiting, "mail")) waiting")
    }
    return "\(CalendarTime.local(state.time).clock)  " + parts.joined(separator: ", ")
  }

  /// The same for `systemctl status`, which shows it until the next one:
  /// `498 nodes polled, 2 failed, 39840 values in 5 min; next figures at 12:05:10`.
  static func status(_ report: CycleReport, _ settings: MasterSettings, now: Int) -> String {
    "\(Amount.count(report.nodes, "node")) polled, \(report.silent) failed, "
      + "\(Amount.count(report.values, "value")) in \(TimeSpan.text(settings.updateRate)); "
      + "next figures at \(CalendarTime.local(now + settings.updateRate).clock)"
  }
}
