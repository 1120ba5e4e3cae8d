internal import Collector
internal import Limits
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
}
