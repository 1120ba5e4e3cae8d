internal import Collector
internal import Glibc
internal import Limits
internal import Terminal

/// What a cycle brought, on one line for those who watch.
enum CycleLine {
  static func text(_ report: CycleReport, _ snapshot: Snapshot) -> String {
    var parts = [
      "\(report.nodes) node\(report.nodes == 1 ? "" : "s") polled",
      "\(report.services) services", "\(report.values) values",
    ]
    if report.nodes > 0 { parts.append("slowest \(Int(report.slowest * 1000 + 0.5)) ms") }
    if report.silent > 0 { parts.append(Terminal.paint("\(report.silent) silent", .red)) }
    let levels = snapshot.nodes.flatMap { $0.graphs.map(\.level) }
    for (level, colour) in [
      ("critical", Terminal.Colour.red), ("warning", .yellow), ("unknown", .blue),
    ] {
      let count = levels.count { $0.rawValue == level }
      if count > 0 { parts.append(Terminal.paint("\(count) \(level)", colour)) }
    }
    if snapshot.mailsWaiting > 0 { parts.append("\(snapshot.mailsWaiting) mails waiting") }
    return "\(clockText(snapshot.time))  " + parts.joined(separator: ", ")
  }

  private static func clockText(_ epoch: Int) -> String {
    var time = epoch
    var parts = tm()
    localtime_r(&time, &parts)
    return [parts.tm_hour, parts.tm_min, parts.tm_sec]
      .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}
