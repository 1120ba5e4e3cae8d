internal import Limits

/// Chooses what a digest for a contact tells: of what happened, what is the contact's and was not told to it.
struct DigestDraft {
  let order: RegularOrder
  let sources: DigestSources
  let plan: NotificationPlan
  let machine: IncidentMachine
  let draft: NotificationDraft
  let facts: AlertFacts
  /// When the digest is made.
  let now: Int
  /// Who is told of an incident.
  let contacts: (Incident) -> [String]

  private var contact: String { order.key.contact }

  /// More of one kind are not looked at.
  private static let most = 2000

  /// In the order of their headings.
  /// - Parameter pause: is called after each part of the work: thousands of incidents are more than others should wait for.
  func items(_ pause: () async -> Void) async -> [DigestItem] {
    var found = await open(pause)
    found += await over(pause)
    found += await mishaps(pause)
    found += await nearLimits(pause)
    found += await unusual(pause)
    found += await appearances(pause)
    found += silences
    await pause()
    var byHeading: [[DigestItem]] = Array(
      repeating: [], count: (DigestItem.Heading.allCases.map(\.rawValue).max() ?? 0) + 1)
    for item in found { byHeading[item.heading.rawValue].append(item) }
    await pause()
    return Array(byHeading.joined())
  }

  /// The items of so many facts, as far as they concern the contact.
  private func items<Fact>(
    of facts: [Fact], _ pause: () async -> Void, _ item: (Fact) -> DigestItem?
  ) async -> [DigestItem] {
    var items: [DigestItem] = []
    for fact in facts.prefix(Self.most) {
      await pause()
      if let found = item(fact) { items.append(found) }
    }
    return items
  }

  // MARK: - Incidents

  private func open(_ pause: () async -> Void) async -> [DigestItem] {
    var chosen: [(level: Level, start: Int, number: Int)] = []
    for incident in machine.open {
      await pause()
      // What is held back by its node's silence stands under the node, and what began since the sources were gathered belongs to the
      // next digest. One that flaps and is good at present is told when it is steady.
      guard incident.level > .ok, !incident.holds.contains(.parent), incident.begun < now,
        contacts(incident).contains(contact)
      else { continue }
      chosen.append((incident.level, incident.start, incident.number))
    }
    chosen.sort { one, two in
      (two.level, one.start, one.number) < (one.level, two.start, two.number)
    }
    var items: [DigestItem] = []
    for number in chosen.prefix(Self.most).lazy.map(\.number) {
      await pause()
      guard let incident = machine[number] else { continue }
      let key = ToldKey(contact: contact, incident: number)
      items.append(
        item(
          .open, isNews: plan.told[key] == nil && isNew(incident), incident,
          .open(
            draft.line(PlannedMessage.Line(incident: incident, step: .lasting), at: now),
            plannedUntil: incident.holds.contains(.planned) ? incident.plannedUntil : nil)))
    }
    return items
  }

  /// Whether an open incident is not as an earlier digest has told it.
  private func isNew(_ incident: Incident) -> Bool {
    incident.begun >= order.since
      || incident.badCauses.contains { $0.level == incident.level && $0.at >= order.since }
  }

  private func over(_ pause: () async -> Void) async -> [DigestItem] {
    var counts: [IncidentPlace: Int] = [:]
    var last: [Incident] = []
    for incident in sources.ended.reversed() {
      await pause()
      switch incident.ending {
      case .values, nil: break
      case .settings, .removed, .divided: continue
      }
      // What was held back for all its life by its node's silence is told by the node's outage.
      if incident.told == nil, incident.plannedBy == nil { continue }
      guard !wasTold(incident), contacts(incident).contains(contact) else { continue }
      counts[incident.place, default: 0] += 1
      if counts[incident.place] == 1 { last.append(incident) }
    }
    last.sort { $0.start < $1.start }
    var items: [DigestItem] = []
    for incident in last {
      await pause()
      let heading: DigestItem.Heading =
        incident.told == nil ? .planned : incident.place.isOfNodes ? .outages : .over
      items.append(
        item(
          heading, isNews: incident.told != nil, incident,
          .over(
            draft.line(PlannedMessage.Line(incident: incident, step: .closed), at: now),
            count: counts[incident.place] ?? 1)))
    }
    return items
  }

  /// Whether the contact got a message about an incident that is over.
  private func wasTold(_ incident: Incident) -> Bool {
    let thread = plan.threads[ThreadKey(contact: contact, thread: incident.thread)]
    return thread.map { $0.at >= incident.begun } ?? false
  }

  private func item(
    _ heading: DigestItem.Heading, isNews: Bool, _ incident: Incident, _ fact: DigestItem.Fact
  ) -> DigestItem {
    DigestItem(
      heading, isNews: isNews, groups: incident.groups, host: incident.name,
      service: incident.service(draft.facts), fact)
  }

  // MARK: - Nodes and services

  private func mishaps(_ pause: () async -> Void) async -> [DigestItem] {
    guard !sources.mishaps.isEmpty else { return [] }
    var places: Set<IncidentPlace> = []
    func note(_ incident: Incident) {
      places.insert(incident.place)
      for part in incident.parts {
        if let node = part.node { places.insert(.node(node)) }
      }
    }
    for incident in sources.ended {
      await pause()
      note(incident)
    }
    for incident in machine.open {
      await pause()
      note(incident)
    }
    return await items(of: sources.mishaps, pause) { mishap in
      let isOfNode = mishap.service.isEmpty
      guard let node = node(mishap.node, service: isOfNode ? nil : mishap.service),
        !isPlanned(mishap.node, at: mishap.last)
      else { return nil }
      if mishap.kind == .restarted {
        return DigestItem(
          .restarts, groups: node.groups, host: node.host,
          .restarted(count: mishap.count, last: mishap.last))
      }
      // Many in a row are an incident, which has told it or stands above.
      let place =
        isOfNode ? IncidentPlace.node(mishap.node) : .service(mishap.node, mishap.service)
      guard !places.contains(place) else { return nil }
      return DigestItem(
        .mishaps, groups: node.groups, host: node.host, service: isOfNode ? nil : mishap.service,
        .mishap(
          mishap.kind, count: mishap.count,
          of: max(mishap.count, sources.watched / node.period), words: mishap.words))
    }
  }

  private func appearances(_ pause: () async -> Void) async -> [DigestItem] {
    await items(of: sources.appearances, pause) { found in
      guard let node = node(found.node, service: found.service) else { return nil }
      // A judged service that is gone is an incident.
      if let service = found.service, machine[.service(found.node, service)] != nil {
        return nil
      }
      return DigestItem(
        .inventory, groups: node.groups, host: node.host, service: found.service,
        found.isGone ? .isGone : .isNew(services: found.services))
    }
  }

  /// A node that the contact is responsible for, or a service of it.
  private func node(_ number: NodeNumber, service: String?) -> NodeFacts? {
    guard let node = facts.node(number) else { return nil }
    guard let service else { return node.contacts.contains(contact) ? node : nil }
    return facts.service(number, service)?.contacts.contains(contact) == true ? node : nil
  }

  private func isPlanned(_ number: NodeNumber, at time: Int) -> Bool {
    guard let node = facts.node(number) else { return false }
    let path = node.groups + [node.host]
    let work = PlannedWork(
      windows: node.windows,
      silences: machine.silences.filter { $0.target.holds(path: path, service: nil) })
    return !work.isEmpty && work.hold(at: time) != nil
  }

  private var silences: [DigestItem] {
    let nodes = machine.silences.isEmpty ? [] : machine.standings.keys.sorted { $0.raw < $1.raw }
    return machine.silences.sorted { $0.number < $1.number }.prefix(50).compactMap { silence in
      let isOwn = nodes.contains { number in
        guard let node = facts.node(number), node.contacts.contains(contact) else { return false }
        let path = node.groups + [node.host]
        return silence.target.holds(path: path, service: silence.target.service)
      }
      guard isOwn else { return nil }
      return DigestItem(
        .planned, isNews: silence.from >= order.since, groups: silence.target.path, host: "",
        service: silence.target.service,
        .silence(
          target: silence.target.description, until: silence.until, who: silence.who,
          why: silence.why))
    }
  }

  // MARK: - Values

  private func nearLimits(_ pause: () async -> Void) async -> [DigestItem] {
    await items(of: sources.nearLimits, pause) { near in
      guard let names = facts.series(near.series),
        let node = node(names.node, service: names.service)
      else { return nil }
      var part = NotificationPart(near.series, names, value: near.value)
      part.limit = .range(low: near.limit.low, high: near.limit.high)
      return DigestItem(
        .nearLimits, groups: node.groups, host: node.host, service: names.graph, .nearLimit(part))
    }
  }

  private func unusual(_ pause: () async -> Void) async -> [DigestItem] {
    let sorted = sources.unusual.sorted { $0.found.excess > $1.found.excess }
    return await items(of: sorted, pause) { unusual in
      let names = unusual.facts
      guard let node = node(names.node, service: names.service) else { return nil }
      let found = unusual.found
      return DigestItem(
        .unusual, groups: node.groups, host: node.host, service: names.graph,
        .unusual(
          NotificationPart(unusual.series, names, value: found.value), low: found.usual.low,
          high: found.usual.high, from: found.from, to: found.to))
    }
  }
}

extension NotificationPart {
  /// A good value.
  fileprivate init(_ series: SeriesNumber, _ names: SeriesFacts, value: Double) {
    self.init(
      series: series, graph: names.graph, title: names.title, field: names.field,
      label: names.label, level: .ok, worst: .ok, value: value, base: names.base,
      isScaled: names.isScaled)
    unit = names.unit
  }
}
