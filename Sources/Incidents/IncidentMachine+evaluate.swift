internal import Limits

/// What becomes of an incident whose parts have changed.
extension IncidentMachine {
  mutating func evaluate(_ number: Int, _ facts: AlertFacts) {
    change(number) { machine, incident in machine.advance(&incident, facts) }
  }

  private mutating func advance(_ incident: inout Incident, _ facts: AlertFacts) {
    // One that flaps goes on with what is held back.
    let isFlapping = incident.phase == .flapping
    guard
      let level = incident.parts.lazy.filter({ part in
        part.isBad
          && (part.role == .cause || part.role == .held && isFlapping)
      }).map(\.level).max()
    else { return end(&incident, facts) }
    if incident.place.isOfNodes, incident.parts.contains(where: { !$0.isBad }) {
      scheduleRest(incident, facts)
    }
    let hasChanged = level != incident.level
    let isNew = incident.level == .ok
    incident.settling = 0
    incident.level = level
    incident.worst = max(incident.worst, level)
    incident.ending = nil
    let isHeld = refreshHold(&incident, facts) || incident.holds.contains(.parent)
    if incident.told == nil {
      let causes = incident.badCauses
      incident.opened =
        causes.contains { $0.since == nil } ? nil : causes.compactMap(\.since).min()
    }
    incident.repeats = repeats(of: incident, facts)
    switch incident.phase {
    case .pending:
      if isHeld {
        if isNew { note(incident, "\(level), held back") }
      } else {
        open(&incident, facts)
      }
    case .open:
      guard !isHeld else { break }
      advanceOpen(&incident, to: level)
    case .flapping:
      if hasChanged {
        incident.quietSince = now
        if isNew { incident.beginnings = incident.beginnings.suffix(19) + [now] }
        due.set(.steady(incident.number), at: now + steadyTime(of: incident, facts))
      }
      incident.isJoined = false
      if level > incident.shownWorst, !isHeld {
        incident.shown = level
        incident.shownWorst = level
        incident.acknowledgement = nil
        give(.worsened, incident)
      }
    case .closed: break
    }
  }

  /// People are told of it for the first time.
  private mutating func open(_ incident: inout Incident, _ facts: AlertFacts) {
    incident.told = now
    incident.shown = incident.level
    incident.shownWorst = incident.level
    incident.isJoined = false
    incident.joinAfter = now + IncidentMachine.joinPause
    if let rule = flapping(of: incident, facts) {
      let former = past[incident.place]?.beginnings.filter { $0 > now - rule.seconds } ?? []
      incident.beginnings = former.suffix(19) + [now]
      if incident.beginnings.count >= rule.count {
        incident.phase = .flapping
        // It is the same trouble once more: the message answers those of the incident before.
        if let former = past[incident.place] { incident.thread = former.thread }
        incident.quietSince = now
        due.set(.steady(incident.number), at: now + steadyTime(of: incident, facts))
        return give(.flapping, incident)
      }
    } else {
      incident.beginnings = [now]
    }
    incident.phase = .open
    give(incident.plannedBy == nil ? .opened : .released, incident)
  }

  private mutating func advanceOpen(_ incident: inout Incident, to level: Level) {
    if level > incident.shown {
      let acknowledged = incident.acknowledgement == nil ? nil : incident.shown
      incident.shown = level
      incident.shownWorst = max(level, incident.shownWorst)
      incident.isJoined = false
      incident.joinAfter = now + IncidentMachine.joinPause
      incident.acknowledgement = nil
      give(.worsened, incident, acknowledged: acknowledged)
    } else if level < incident.shown {
      incident.shown = level
      incident.isJoined = false
      give(.eased, incident)
    } else if incident.isJoined {
      guard now >= incident.joinAfter else {
        return due.set(.joined(incident.number), at: incident.joinAfter)
      }
      incident.isJoined = false
      incident.joinAfter = now + IncidentMachine.joinPause
      give(.joined, incident)
    }
  }

  /// No cause is left.
  private mutating func end(_ incident: inout Incident, _ facts: AlertFacts) {
    if incident.hasBadFollower, incident.ending != .removed {
      if incident.place.isOfNodes {
        scheduleRest(incident, facts)
        return
      }
      if incident.settling == 0 { incident.settling = runsLeft(for: incident, facts) }
      _ = refreshHold(&incident, facts)
      return
    }
    let time = incident.parts.filter { $0.role != .held }.compactMap(\.until).max() ?? now
    let held = incident.parts.filter { $0.isBad && $0.role == .held }
    defer { if incident.phase == .closed { goOn(with: held, at: incident.place, facts) } }
    switch incident.phase {
    case .pending:
      note(incident, "ended without being told")
      close(&incident, at: time)
    case .open:
      close(&incident, at: time)
      give(.closed, incident)
    case .flapping:
      guard incident.ending != .settings, incident.ending != .removed else {
        close(&incident, at: time)
        return give(.closed, incident)
      }
      guard incident.level != .ok else { break }
      incident.level = .ok
      incident.quietSince = now
      due.set(.steady(incident.number), at: now + steadyTime(of: incident, facts))
    case .closed: break
    }
  }

  /// What planned work holds back outlasts the values that were told: it is an incident of its own.
  private mutating func goOn(
    with held: [IncidentPart], at place: IncidentPlace, _ facts: AlertFacts
  ) {
    guard !held.isEmpty else { return }
    let number = begin(place, facts)
    for var part in held {
      part.role = .cause
      incidents[number]?.parts.append(part)
      if let series = part.series { bySeries[series] = number }
    }
  }

  /// How many runs what became unknown because of the causes has to return.
  private func runsLeft(for incident: Incident, _ facts: AlertFacts) -> Int {
    guard case .service(let node, let service) = incident.place else { return 1 }
    return (facts.service(node, service)?.unknownLimit ?? 3) + 1
  }

  private func repeats(of incident: Incident, _ facts: AlertFacts) -> Int? {
    let fields = incident.badCauses.prefix(20).compactMap { part -> Int? in
      guard case .series(let series) = part.subject else { return nil }
      return facts.series(series)?.repeats
    }
    if let least = fields.min() { return least }
    switch incident.place {
    case .service(let node, let service): return facts.service(node, service)?.repeats
    case .node(let node), .values(let node, _): return facts.node(node)?.repeats
    case .group, .endpoint:
      return incident.parts.prefix(20).compactMap { part -> Int? in
        guard case .node(let node) = part.subject else { return nil }
        return facts.node(node)?.repeats
      }.min()
    case .collector: return facts.ownRepeats
    }
  }
}
