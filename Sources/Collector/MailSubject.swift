internal import Limits
internal import MuninWire

/// The subjects of alerts: the level, the host, and what is wrong, so that a phone's screen tells enough.
enum MailSubject {
  /// `CRITICAL web01: Memory usage: unused is 812k`: the fields of the worst level, or those that recovered.
  static func graph(_ alert: AlertText) -> String {
    let worst = alert.worst
    let named = alert.lines.filter { worst == .ok ? $0.change != nil : $0.level == worst }
    let details = named.prefix(3).map { "\($0.label) is \(alert.amount($0.value))" }
      .joined(separator: ", ")
    let more = named.count > 3 ? " and \(named.count - 3) more" : ""
    let end = details.isEmpty ? "" : ": \(details)\(more)"
    return "\(worst.word) \(alert.host): \(alert.graph.title)\(end)"
  }

  /// A node that cannot be polled.
  static func unreachable(_ host: String) -> String { "\(Level.unknown.word) \(host): unreachable" }

  /// A node that is polled again.
  static func reachable(_ host: String) -> String { "\(Level.ok.word) \(host): reachable again" }
}
