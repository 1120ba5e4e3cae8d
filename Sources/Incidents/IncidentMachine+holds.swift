internal import Limits
internal import Text

/// Planned work, silences and what people have acknowledged.
extension IncidentMachine {
  /// Looks whether planned work holds an incident back, and until when.
  mutating func refreshHold(_ incident: inout Incident, _ facts: AlertFacts) -> Bool {
    let (hold, next) =
      if case .values(let node, _) = incident.place {
        holdValues(of: &incident, on: node, facts)
      } else {
        plannedHold(of: incident, facts)
      }
    let number = incident.number
    guard let hold else {
      if incident.holds.contains(.planned) {
        incident.holds.remove(.planned)
        incident.planned += max(0, now - (incident.plannedSince ?? now))
        incident.plannedSince = nil
      }
      due.set(.hold(number), at: next)
      return false
    }
    if incident.holds.insert(.planned).inserted { incident.plannedSince = now }
    incident.plannedUntil = hold.until == .max ? nil : hold.until
    incident.plannedBy = hold.by
    due.set(.hold(number), at: incident.plannedUntil)
    return true
  }

  /// - Returns: what holds the incident now, and when that may change.
  private func plannedHold(
    of incident: Incident, _ facts: AlertFacts
  ) -> (hold: PlannedWork.Hold?, next: Int?) {
    let silences = silences.filter { $0.holds(incident) }
    switch incident.place {
    case .service(let node, let service):
      let windows = facts.service(node, service)?.windows ?? []
      return holdAndNext(PlannedWork(windows: windows, silences: silences))
    case .node(let node), .values(let node, _):
      let windows = facts.node(node)?.windows ?? []
      return holdAndNext(PlannedWork(windows: windows, silences: silences))
    case .collector:
      return holdAndNext(PlannedWork(silences: silences))
    case .endpoint, .group:
      // As long as each of its nodes is held.
      var first: PlannedWork.Hold?
      for part in incident.parts where part.isBad && part.role == .cause {
        guard let node = part.node else { continue }
        let work = PlannedWork(windows: facts.node(node)?.windows ?? [], silences: silences)
        guard let hold = work.hold(at: now) else { return (nil, work.nextChange(after: now)) }
        if hold.until < first?.until ?? .max || first == nil { first = hold }
      }
      return (first, nil)
    }
  }

  /// Looks at each of several services' values: the incident is held as long as all of them are, else those that are held take no part.
  private func holdValues(
    of incident: inout Incident, on node: NodeNumber, _ facts: AlertFacts
  ) -> (hold: PlannedWork.Hold?, next: Int?) {
    var windows: [String: [MaintenanceWindow]] = [:]
    var held: [Int] = []
    var isAnyFree = false
    var first: PlannedWork.Hold?
    var next = Int.max
    for index in incident.parts.indices
    where incident.parts[index].isBad && incident.parts[index].role != .follower {
      let names = incident.parts[index].series.flatMap(facts.series)
      let service = names?.service ?? ""
      let spans =
        windows[service] ?? names.flatMap { facts.service(node, $0.service)?.windows }
        ?? facts.node(node)?.windows ?? []
      windows[service] = spans
      let work = PlannedWork(
        windows: spans,
        silences: silences.filter {
          $0.target.holds(path: incident.path, service: names?.service, field: names?.field)
        })
      if !work.isEmpty, let hold = work.hold(at: now) {
        held.append(index)
        if hold.until < first?.until ?? .max || first == nil { first = hold }
        continue
      }
      isAnyFree = true
      if !work.isEmpty { next = min(next, work.nextChange(after: now) ?? .max) }
      release(index, of: &incident)
    }
    guard isAnyFree else {
      for index in held { release(index, of: &incident) }
      return (first, nil)
    }
    // What was told before it was held stays told.
    if incident.told == nil {
      for index in held where incident.parts[index].role != .held {
        incident.parts[index].role = .held
      }
    }
    next = min(next, first?.until ?? .max)
    return (nil, next == .max ? nil : next)
  }

  /// Has a value that was held back take part: people who know of the incident are told of it.
  private func release(_ index: Int, of incident: inout Incident) {
    guard incident.parts[index].role == .held else { return }
    incident.parts[index].role = .cause
    guard incident.told != nil else { return }
    incident.parts[index].at = now
    incident.isJoined = true
  }

  private func holdAndNext(_ work: PlannedWork) -> (hold: PlannedWork.Hold?, next: Int?) {
    guard !work.isEmpty else { return (nil, nil) }
    guard let hold = work.hold(at: now) else { return (nil, work.nextChange(after: now)) }
    return (hold, nil)
  }

  /// Whether planned work holds a value back.
  func isHeld(_ series: SeriesFacts, _ facts: AlertFacts) -> Bool {
    guard let node = facts.node(series.node) else { return false }
    let path = node.groups + [node.host]
    let work = PlannedWork(
      windows: facts.service(series.node, series.service)?.windows ?? node.windows,
      silences: silences.filter {
        $0.target.holds(path: path, service: series.service, field: series.field)
      })
    return !work.isEmpty && work.hold(at: now) != nil
  }

  /// Whether planned work holds a node back.
  func isHeld(_ node: NodeNumber, _ facts: AlertFacts) -> Bool {
    guard let facts = facts.node(node) else { return false }
    let path = facts.groups + [facts.host]
    let silences = silences.filter { $0.target.holds(path: path, service: nil) }
    let work = PlannedWork(windows: facts.windows, silences: silences)
    return !work.isEmpty && work.hold(at: now) != nil
  }

  // MARK: - Orders

  mutating func carryOut(_ order: AlertOrder, _ facts: AlertFacts) {
    switch order.kind {
    case .silence(let target, let until):
      let silence = Silence(
        number: order.number, target: target, from: order.at, until: until, who: order.who,
        why: order.why)
      silences.removeAll { $0.number == silence.number }
      update.silences.append(silence)
      var count = 0
      if until > now {
        silences.append(silence)
        due.set(.silence(order.number), at: until)
        for incident in incidents.values.sorted(by: { $0.number < $1.number })
        where silence.concerns(incident) {
          count += 1
          touch(incident.number)
        }
      }
      update.answers.append((order.number, Amount.count(count, "open incident")))
      update.log.append(
        "\(target): silenced for \(TimeSpan.text(until - order.at)) \(order.origin)")
    case .unsilence(let target):
      let ended = silences.filter { $0.target == target }
      for silence in ended { endSilence(silence.number) }
      update.answers.append(
        (
          order.number,
          "\(target): \(ended.isEmpty ? AlertOrder.wasNotSilenced : "no longer silenced")"
        ))
      if !ended.isEmpty { update.log.append("\(target): no longer silenced, \(order.origin)") }
    case .acknowledge(let number):
      guard let incident = incidents[number] else {
        return update.answers.append((order.number, "no open incident \(number)"))
      }
      incidents[number]?.acknowledgement = Incident.Acknowledgement(
        who: order.who, why: order.why, at: order.at)
      dirty.insert(number)
      update.answers.append((order.number, AlertOrder.acknowledged))
      note(incident, "acknowledged \(order.origin)")
    }
  }

  mutating func endSilence(_ number: Int) {
    guard let index = silences.firstIndex(where: { $0.number == number }) else { return }
    var silence = silences.remove(at: index)
    due.set(.silence(number), at: nil)
    silence.until = min(silence.until, now)
    update.silences.append(silence)
    for incident in incidents.values.sorted(by: { $0.number < $1.number })
    where silence.concerns(incident) { touch(incident.number) }
  }

  /// Settings are others: whatever depends on them is looked at anew.
  mutating func reconsider(_ facts: AlertFacts) {
    registerAll(facts)
    for number in incidents.keys.sorted() {
      // Of a site this is the path itself.
      if incidents[number]?.place.node != nil, let node = incidents[number]?.place.node,
        let names = facts.node(node)
      {
        incidents[number]?.groups = names.groups
        incidents[number]?.name = names.host
        incidents[number]?.host = names.alias ?? names.host
      }
      if let incident = incidents[number], incident.phase == .flapping {
        let since = incident.quietSince ?? now
        due.set(.steady(number), at: max(now, since + steadyTime(of: incident, facts)))
      }
      touch(number)
    }
  }
}

extension Silence {
  /// Whether an incident may be held by it: one of several services' values is looked at value by value.
  func concerns(_ incident: Incident) -> Bool {
    guard case .values = incident.place else { return holds(incident) }
    return incident.path.starts(with: target.path)
      && (target.service == nil || incident.path.count == target.path.count)
  }

  /// Whether an incident is about its target.
  public func holds(_ incident: Incident) -> Bool {
    guard target.holds(path: incident.path, service: incident.place.service) else { return false }
    guard let field = target.field else { return true }
    return incident.badCauses.allSatisfy { $0.isOf(field: field) }
  }
}
