internal import Incidents
internal import Inventory
internal import Limits
internal import Notify
internal import Settings
internal import Text

/// Limits, levels and messages.
extension WhyReport {
  mutating func tellJudgement(
    of field: String, _ rules: SeriesRules?, _ known: WhyFacts.Series?, name: String,
    service: String
  ) {
    guard let rules else {
      return say(
        "\(name): no message: it has no warning and no critical, neither from the plugin nor from munin.conf, and is not judged."
      )
    }
    var limits: [String] = []
    for (word, rule) in [("warning", rules.warning), ("critical", rules.critical)] {
      guard let rule else { continue }
      let place = host.flatMap {
        settings.place(of: word, for: $0, service: service, field: field)
      }
      limits.append("\(word) outside \(rule.range) (\(place ?? "from the plugin"))")
    }
    say("\(name): \(limits.joined(separator: ", ")).")
    guard let state = known?.state else {
      return say(
        "\(name): no message: its level has not changed since it is judged\(value(known)).")
    }
    let since = state.since.map { " since \(moment($0))" } ?? ""
    var text = "\(name): is \(state.level.rawValue)\(since)"
    if state.missed > 0, state.level != .unknown {
      text +=
        ", after \(Amount.count(state.missed, "unknown value")) of \(rules.unknownLimit.count) that are tolerated"
    }
    say(text + ".")
    if let change = known?.lastChange {
      let value = change.value.map { " at value \(Amount.text($0))" } ?? ""
      say(
        "\(name): its last change was from \(change.from.rawValue) to \(change.to.rawValue), at \(moment(change.time))\(value)."
      )
    }
  }

  private func value(_ known: WhyFacts.Series?) -> String {
    facts.reach.trouble == nil ? "" : ", and the node does not answer"
  }

  /// Who is told, and what is on its way.
  mutating func tellRecipients(of host: HostSettings, service: String?, field: String?) {
    let recipients = settings.recipients(
      group: host.groups, host: host.name, service: service, field: field)
    guard !recipients.isEmpty else {
      let place = settings.place(of: "contacts", for: host, service: service, field: field)
      return say(
        place.map { "No message: contacts (\($0)) names nobody who can be reached." }
          ?? "No message: munin.conf has no contact with an email, command, webhook or syslog.")
    }
    say("Messages about it go to \(recipients.map(\.name).joined(separator: ", ")).")
    for contact in recipients {
      let waiting = facts.outbox.filter { $0.contact == contact.name && $0.failed == nil }
      let failed = facts.outbox.filter { $0.contact == contact.name && $0.failed != nil }
      if let first = waiting.first {
        say(
          "\(Amount.count(waiting.count, "message")) to \(contact.name) not delivered yet, the oldest of \(moment(first.created))"
            + (first.problem.map { ": \($0)" } ?? "") + ".")
      }
      if let last = failed.last {
        say(
          "\(Amount.count(failed.count, "message")) to \(contact.name) given up, the last at \(moment(last.failed ?? last.created))"
            + (last.problem.map { ": \($0)" } ?? "") + ".")
      }
    }
  }
}
