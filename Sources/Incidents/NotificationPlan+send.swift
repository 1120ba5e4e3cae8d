internal import Limits
internal import Text

/// What is due becomes a message, and its contact is marked as told.
extension NotificationPlan {
  /// Makes the message, or has its steps wait for the summary. What `always_send` asks for is not counted by the limit that nobody has
  /// set: it would end that after half an hour.
  mutating func send(
    _ lines: [PlannedMessage.Line], _ kind: Notification.Kind, to contact: String,
    _ steps: [Wave.Step], _ now: Int
  ) -> [PlannedMessage] {
    let isCounted = kind != .always || rules[contact]?.rateLimit?.words != nil
    if kind != .summary, isCounted, let limit = rules[contact]?.rateLimit {
      let lately = (sent[contact] ?? []).filter { $0 > now - limit.seconds }
      sent[contact] = lately
      let key = WaveKey(contact: contact, kind: .summary, key: "")
      let summary = waveNumbers[key].flatMap { waves[$0] }
      // A summary that waits for the end of quiet hours only holds nothing else back.
      if lately.count >= limit.count || summary?.due ?? .max <= now {
        var due = now
        if lately.count >= limit.count {
          due = max(now, lately[lately.count - limit.count] + limit.seconds)
        }
        if lines.contains(where: \.isUrgent) {
          due = min(due, now + NotificationPlan.criticalWait)
          if let summary, summary.due > due { setDue(due, of: summary.number) }
        } else if let rules = rules[contact],
          let end = rules.quiet.end(holding: due, in: rules.zone), end < .max
        {
          due = end
        }
        if summary == nil {
          notes.append(
            "contact \(contact): from now on messages are held back, until \(CalendarTime.local(due).text): \(limit.words ?? "rate_limit \(limit.count)")"
          )
        }
        let numbers = Set(lines.map(\.incident.number))
        for step in steps where numbers.contains(step.incident) {
          append(step, to: key, due: due)
        }
        // They count as told, so that their ends are.
        for line in lines where line.incident.isOpen {
          mark(line, contact, NotificationPlan.summaryRoot, now)
        }
        return []
      }
    }
    if isCounted { sent[contact, default: []].append(now) }
    var sorted = lines
    for index in sorted.indices {
      let key = ThreadKey(contact: contact, thread: sorted[index].incident.thread)
      sorted[index].lastAt = threads[key]?.at
    }
    sorted.sort { one, two in
      (two.incident.shownLevel, one.incident.start, one.incident.number)
        < (one.incident.shownLevel, two.incident.start, two.incident.number)
    }
    var references: [String] = []
    for line in sorted {
      guard let thread = threads[ThreadKey(contact: contact, thread: line.incident.thread)] else {
        continue
      }
      for name in [thread.first, thread.last] where !references.contains(name) {
        references.append(name)
      }
    }
    let thread =
      kind == .summary
      ? "\(String(now, radix: 36)).\(NotificationPlan.summaryRoot)" : sorted[0].incident.thread
    let count = (threads[ThreadKey(contact: contact, thread: thread)]?.count ?? 0) + 1
    let identifier = "\(thread).\(String(NotificationPlan.hash(contact), radix: 36)).\(count)"
    var message = PlannedMessage(
      contact: contact, kind: kind, at: now, lines: sorted, identifier: identifier,
      references: Array(references.suffix(NotificationPlan.mostReferences)))
    if kind == .summary {
      message.rateLimit = rules[contact]?.rateLimit
      let span = now - (steps.map(\.at).min() ?? now)
      message.span = span < 60 ? span : span - span % 60
    }
    for line in sorted {
      let key = ThreadKey(contact: contact, thread: line.incident.thread)
      var state =
        threads[key] ?? ThreadState(first: identifier, last: identifier, count: 0, at: now)
      state.last = identifier
      state.count = line.incident.thread == thread ? count : state.count + 1
      state.at = now
      threads[key] = state
      changes.threads[key] = state
      if line.incident.isOpen { mark(line, contact, identifier, now) }
    }
    return [message]
  }

  /// Remembers that a contact was told.
  mutating func mark(
    _ line: PlannedMessage.Line, _ contact: String, _ identifier: String, _ now: Int
  ) {
    let incident = line.incident
    let key = ToldKey(contact: contact, incident: incident.number)
    var state =
      told[key]
      ?? ToldState(
        level: incident.level, at: now, nextReminder: nil, reminders: 0,
        escalateAt: nil, root: identifier)
    // Nobody can answer what a rate limit holds back: the time of an escalation begins with the summary.
    if identifier != NotificationPlan.summaryRoot, let escalation = rules[contact]?.escalation {
      let other = ToldKey(contact: escalation.contact, incident: incident.number)
      let wasHeld = state.root == NotificationPlan.summaryRoot && state.escalateAt == nil
      if told[key] == nil || (wasHeld && told[other] == nil) {
        state.at = now
        state.escalateAt = now + escalation.after
      }
    }
    state.level =
      line.step == .eased || line.step == .steady
      ? incident.level : max(state.level, incident.level)
    if line.step != .lasting || state.nextReminder == nil {
      state.nextReminder = incident.repeats.map { now + $0 }
    }
    set(key, state)
  }
}

extension PlannedMessage.Line {
  /// Whether it tells news of something critical.
  fileprivate var isUrgent: Bool {
    incident.isOpen && incident.level == .critical && (step != .lasting || toldTo != nil)
  }
}

extension Incident {
  /// The level by which it is sorted: of a closed one the good level.
  fileprivate var shownLevel: Level { closed == nil ? level : .ok }
}
