internal import Collector
internal import Limits
internal import Terminal
internal import Text

/// What a cycle brought, on one line for those who watch.
enum CycleLine {
  static func text(_ report: CycleReport, _ snapshot: Snapshot) -> String {
    var parts = [
      "\(Amount.count(report.nodes, "node")) polled",
      Amount.count(report.services, "service"), Amount.count(report.values, "value"),
    ]
    if report.nodes > 0 { parts.append("slowest \(Int(report.slowest * 1000 + 0.5)) ms") }
    if report.silent > 0 { parts.append(Terminal.paint("\(report.silent) silent", .red)) }
    if report.missed > 0 {
      parts.append(Terminal.paint("\(Amount.count(report.missed, "poll")) missed", .red))
    }
    let levels = snapshot.nodes.flatMap { $0.graphs.map(\.level) }
    for (level, colour) in [
      ("critical", Terminal.Colour.red), ("warning", .yellow), ("unknown", .blue),
    ] {
      let count = levels.count { $0.rawValue == level }
      if count > 0 { parts.append(Terminal.paint("\(count) \(level)", colour)) }
    }
    if snapshot.mailsWaiting > 0 {
      parts.append("\(Amount.count(snapshot.mailsWaiting, "mail")) waiting")
    }
    return "\(CalendarTime.local(snapshot.time).clock)  " + parts.joined(separator: ", ")
  }
}
