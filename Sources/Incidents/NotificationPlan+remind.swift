internal import Limits
internal import Text

/// Messages that say again what lasts.
extension NotificationPlan {
  // MARK: - Messages in each poll

  /// Whether any contact has an `always_send`.
  var mayRepeat: Bool { rules.values.contains { !$0.alwaysSend.isEmpty } }

  /// What contacts with an `always_send` are told after a poll of a node, also one without an answer: the incidents that last, each in
  /// every poll, but not more often than each minute.
  /// - Parameter period: seconds between two polls of the node. They need not be exact, and `group_wait` delays the first message.
  mutating func always(
    _ open: [(incident: Incident, contacts: [String])], period: Int, at now: Int
  ) -> [PlannedMessage] {
    let pause = max(period, NotificationPlan.alwaysPause) - period / 2
    var order: [String] = []
    var lines: [String: [PlannedMessage.Line]] = [:]
    for (incident, contacts) in open.sorted(by: { $0.incident.number < $1.incident.number })
    where incident.holds.isEmpty && incident.acknowledgement == nil {
      for contact in contacts {
        guard let rules = rules[contact], incident.isRepeated(rules.alwaysSend),
          quiet(contact, incident, now) == nil,
          let state = told[ToldKey(contact: contact, incident: incident.number)],
          let last = threads[ThreadKey(contact: contact, thread: incident.thread)]?.at,
          now - last >= pause
        else { continue }
        if lines[contact] == nil { order.append(contact) }
        lines[contact, default: []].append(
          PlannedMessage.Line(incident: incident, step: .lasting, was: state.level))
      }
    }
    return order.flatMap { contact in
      let lines = lines[contact] ?? []
      let steps = lines.map { Wave.Step(incident: $0.incident.number, kind: .lasting, at: now) }
      return send(lines, .always, to: contact, steps, now)
    }
  }

  // MARK: - Reminders and escalation

  mutating func remind(
    _ keys: [DueKey], _ now: Int, _ incident: (Int) -> Incident?
  ) -> [PlannedMessage] {
    struct Group: Hashable {
      var contact: String
      var kind: Notification.Kind
      var groups: [String]
    }
    var order: [Group] = []
    var lines: [Group: [PlannedMessage.Line]] = [:]
    func add(_ line: PlannedMessage.Line, _ contact: String, _ kind: Notification.Kind) {
      let group = Group(contact: contact, kind: kind, groups: line.incident.groups)
      if lines[group] == nil { order.append(group) }
      lines[group, default: []].append(line)
    }
    for key in keys {
      switch key {
      case .reminder(let key):
        guard var state = told[key], let incident = incident(key.incident) else { continue }
        state.nextReminder = incident.repeats.map { now + $0 }
        // One who is told critical only is not reminded of what is a warning by now.
        guard rules[key.contact]?.tell.holds(incident.level) ?? false else {
          set(key, state)
          continue
        }
        if !incident.isSilent, let wait = quiet(key.contact, incident, now) {
          state.nextReminder = wait
        } else if !incident.isSilent {
          state.reminders += 1
          add(
            PlannedMessage.Line(
              incident: incident, step: .lasting, was: state.level, reminder: state.reminders,
              nextAt: state.nextReminder),
            key.contact, .reminder)
        }
        set(key, state)
      case .escalation(let key):
        guard var state = told[key], let incident = incident(key.incident),
          let escalation = rules[key.contact]?.escalation
        else { continue }
        state.escalateAt = nil
        let other = ToldKey(contact: escalation.contact, incident: key.incident)
        if let rules = rules[escalation.contact], told[other] == nil {
          if incident.isHeldBack || !rules.tell.holds(incident.level) {
            // Nobody has answered yet: it may become worse, or what holds it may end.
            state.escalateAt = now + NotificationPlan.escalationPause
          } else if let wait = quiet(escalation.contact, incident, now) {
            state.escalateAt = wait
          } else {
            add(
              PlannedMessage.Line(
                incident: incident, step: .lasting, toldTo: key.contact, toldAt: state.at),
              escalation.contact, .escalation)
          }
        }
        set(key, state)
      case .wave: break
      }
    }
    return order.flatMap { group in
      let lines = lines[group] ?? []
      let steps = lines.map { Wave.Step(incident: $0.incident.number, kind: .lasting, at: now) }
      return send(lines, group.kind, to: group.contact, steps, now)
    }
  }

  /// The end of the quiet hours that hold an incident; `nil` when none do.
  func quiet(_ contact: String, _ incident: Incident, _ now: Int) -> Int? {
    guard incident.level < .critical, let rules = rules[contact], !rules.quiet.isEmpty else {
      return nil
    }
    return rules.quiet.end(holding: now, in: rules.zone)
  }
}

extension Incident {
  /// Whether it is told in each poll. The values of a node without an answer are unknown to munin-limits.
  fileprivate func isRepeated(_ levels: Set<Level>) -> Bool {
    levels.contains(level) || (place.isOfNodes && level > .ok && levels.contains(.unknown))
  }

  /// Whether somebody takes care of it, something holds it back, or it is good at present.
  fileprivate var isHeldBack: Bool {
    acknowledgement != nil || !holds.isEmpty || settling > 0 || level == .ok
  }

  /// Whether reminders are held back. What flaps is escalated all the same: it may stay bad.
  fileprivate var isSilent: Bool { isHeldBack || phase == .flapping }
}
