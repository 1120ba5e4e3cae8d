internal import Limits

/// Levels of values and faults of plugins become parts of incidents.
extension IncidentMachine {
  /// What a known value did comes before what a lack of values did: then it is clear what is unknown because of what.
  mutating func take(_ crossings: [LevelCrossing], _ facts: AlertFacts) {
    var unknown: [LevelCrossing?] = []
    var places: [SeriesNumber: Int] = [:]
    for crossing in crossings {
      // Several of one series, of a spool that was read late, stay in their order.
      if !places.isEmpty, let index = places.removeValue(forKey: crossing.series),
        let former = unknown[index]
      {
        becomeUnknown(former, facts)
        unknown[index] = nil
      }
      if crossing.to == .unknown {
        places[crossing.series] = unknown.count
        unknown.append(crossing)
      } else {
        becomeKnown(crossing, facts)
      }
    }
    for case let crossing? in unknown { becomeUnknown(crossing, facts) }
  }

  private mutating func becomeKnown(_ crossing: LevelCrossing, _ facts: AlertFacts) {
    let subject = IncidentPart.Subject.series(crossing.series)
    let former = bySeries[crossing.series]
    guard crossing.to > .ok else {
      guard let former, let index = incidents[former]?.index(of: subject) else { return }
      bySeries[crossing.series] = nil
      incidents[former]?.parts[index].step(to: crossing, at: now)
      incidents[former]?.ending =
        switch crossing.reason {
        case .value, .silence: .values
        case .settings: .settings
        case .removed: .removed
        }
      return touch(former)
    }
    guard let series = facts.series(crossing.series) else { return }
    let place = IncidentPlace.service(series.node, series.service)
    if let former, former != byPlace[place],
      let index = incidents[former]?.index(of: subject)
    {
      // It was unknown because of something else, and is wrong by itself now.
      incidents[former]?.parts[index].until = crossing.at
      touch(former)
    }
    add(crossing, series, as: .cause, to: byPlace[place] ?? begin(place, facts))
  }

  private mutating func becomeUnknown(_ crossing: LevelCrossing, _ facts: AlertFacts) {
    guard let series = facts.series(crossing.series) else { return }
    if let number = bySeries[crossing.series] {
      // A cause whose value is not known any more stays one, unless there is another to blame.
      let subject = IncidentPart.Subject.series(crossing.series)
      guard let index = incidents[number]?.index(of: subject) else { return }
      incidents[number]?.parts[index].step(to: crossing, at: now)
      if incidents[number]?.hasKnownCause == true {
        incidents[number]?.parts[index].role = .follower
      }
      return touch(number)
    }
    if let cause = knownCause(for: series, facts) {
      return add(crossing, series, as: .follower, to: cause)
    }
    let place = IncidentPlace.values(series.node, since: crossing.badSince ?? crossing.at)
    let number = byPlace[place] ?? begin(place, facts)
    // One that was not told yet is looked at as a whole.
    let isLate = incidents[number]?.told != nil
    add(crossing, series, as: isLate && isHeld(series, facts) ? .held : .cause, to: number)
  }

  /// The incident because of which values of a service are unknown.
  private func knownCause(for series: SeriesFacts, _ facts: AlertFacts) -> Int? {
    if let number = byPlace[.service(series.node, series.service)],
      incidents[number]?.hasKnownCause == true
    {
      return number
    }
    let others = (byNode[series.node] ?? []).filter { incidents[$0]?.hasKnownCause == true }
    guard !others.isEmpty, let subject = facts.service(series.node, series.service)?.subject else {
      return nil
    }
    return others.first { number in
      guard let service = incidents[number]?.place.service else { return false }
      return facts.service(series.node, service)?.subject == subject
    }
  }

  private mutating func add(
    _ crossing: LevelCrossing, _ series: SeriesFacts, as role: IncidentPart.Role, to number: Int
  ) {
    let subject = IncidentPart.Subject.series(crossing.series)
    bySeries[crossing.series] = number
    touch(number)
    if let index = incidents[number]?.index(of: subject) {
      let before = incidents[number]!.parts[index]
      incidents[number]?.parts[index].step(to: crossing, at: now)
      incidents[number]?.parts[index].role = role
      if role == .cause, !before.isBad || before.role == .follower || before.level < crossing.to {
        incidents[number]?.isJoined = true
      }
      return
    }
    var part = IncidentPart(
      subject, role: role, level: crossing.to, at: crossing.at, graph: series.graph,
      field: series.field)
    part.step(to: crossing, at: now)
    incidents[number]?.parts.append(part)
    if role == .cause { incidents[number]?.isJoined = true }
  }

  // MARK: - Plugins that fail

  mutating func count(
    _ found: [ServiceFault], of node: NodeNumber, _ skipped: Set<String>, _ facts: AlertFacts
  ) {
    guard !found.isEmpty || faultyServices[node] != nil else { return }
    var sound = faultyServices[node] ?? []
    for fault in found {
      sound.remove(fault.service)
      let service = facts.service(node, fault.service)
      let isJudged = service?.isJudged == true
      let key = ServicePlace(node: node, service: fault.service)
      let former = faults[key]
      // A node that lists thousands of services which all fail must not fill the memory.
      if former == nil, !isJudged,
        faultyServices[node]?.count ?? 0 >= IncidentMachine.mostFaults
      {
        continue
      }
      var standing = former ?? FaultStanding(count: 0, since: now, words: "", isGone: false)
      standing.count += 1
      standing.words = fault.words
      standing.isGone = fault.isGone
      faults[key] = standing
      faultyServices[node, default: []].insert(fault.service)
      // Of one without limits only what people read is worth a row, and how often it was not listed.
      if isJudged || fault.isGone || former?.words != fault.words { update.faults[key] = standing }
      guard let service, isJudged else { continue }
      if standing.count > service.unknownLimit { fail(key, standing, facts) }
    }
    for service in sound.subtracting(skipped).sorted() { recover(service, of: node) }
  }

  private mutating func fail(
    _ key: ServicePlace, _ standing: FaultStanding, _ facts: AlertFacts
  ) {
    let place = IncidentPlace.service(key.node, key.service)
    let number = byPlace[place] ?? begin(place, facts)
    if let index = incidents[number]?.index(of: .fault) {
      guard incidents[number]?.parts[index].isBad == false else {
        return setReason(standing.words, of: number, isGone: standing.isGone)
      }
      incidents[number]?.parts[index].until = nil
      incidents[number]?.parts[index].since = standing.since
      incidents[number]?.parts[index].at = now
    } else {
      var part = IncidentPart(.fault, level: .unknown, since: standing.since, at: now)
      part.was = .ok
      incidents[number]?.parts.append(part)
    }
    setReason(standing.words, of: number, isGone: standing.isGone)
    incidents[number]?.isJoined = true
    touch(number)
  }

  private mutating func recover(_ service: String, of node: NodeNumber) {
    let key = ServicePlace(node: node, service: service)
    faults[key] = nil
    update.faults[key] = .some(nil)
    faultyServices[node]?.remove(service)
    if faultyServices[node]?.isEmpty == true { faultyServices[node] = nil }
    guard let number = byPlace[.service(node, service)],
      let index = incidents[number]?.index(of: .fault),
      incidents[number]?.parts[index].isBad == true
    else { return }
    incidents[number]?.parts[index].until = now
    incidents[number]?.ending = .values
    touch(number)
  }

  // MARK: - What is left when all causes are over

  /// Counts a run of a node for what became unknown because of causes that are over.
  mutating func settle(_ node: NodeNumber, _ facts: AlertFacts) {
    for number in byNode[node] ?? [] {
      guard let incident = incidents[number], incident.settling > 0 else { continue }
      touch(number)
      guard incident.settling == 1 else {
        incidents[number]?.settling -= 1
        continue
      }
      incidents[number]?.settling = 0
      for index in incident.parts.indices where incident.parts[index].isBad {
        incidents[number]?.parts[index].role = .cause
      }
    }
  }

  // MARK: - What is no longer watched

  mutating func remove(_ service: String, of node: NodeNumber) {
    recover(service, of: node)
    guard let number = byPlace[.service(node, service)] else { return }
    remove(number)
  }

  mutating func remove(_ number: Int) {
    for index in incidents[number]?.parts.indices ?? 0..<0
    where incidents[number]?.parts[index].isBad == true {
      incidents[number]?.parts[index].until = now
    }
    incidents[number]?.ending = .removed
    touch(number)
  }
}
