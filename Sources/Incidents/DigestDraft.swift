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
  var items: [DigestItem] {
    var items = open + over + mishaps + nearLimits + unusual
    items += appearances + silences
    return items.enumerated().sorted { one, two in
      (one.element.heading.rawValue, one.offset) < (two.element.heading.rawValue, two.offset)
    }.map(\.element)
  }

  // MARK: - Incidents

  private var open: [DigestItem] {
    let incidents = machine.open.filter { incident in
      // What is held back by its node's silence stands under the node, and what began since the sources were gathered belongs to the
      // next digest. One that flaps and is good at present is told when it is steady.
      incident.level > .ok && !incident.holds.contains(.parent) && incident.begun < now
        && contacts(incident).contains(contact)
    }
    let sorted = incidents.sorted { one, two in
      (two.level, one.start, one.number) < (one.level, two.start, two.number)
    }
    return sorted.prefix(Self.most).map { incident in
      let key = ToldKey(contact: contact, incident: incident.number)
      return item(
        .open, isNews: plan.told[key] == nil && isNew(incident), incident,
        .open(
          draft.line(PlannedMessage.Line(incident: incident, step: .lasting), at: now),
          plannedUntil: incident.holds.contains(.planned) ? incident.plannedUntil : nil))
    }
  }

  /// Whether an open incident is not as an earlier digest has told it.
  private func isNew(_ incident: Incident) -> Bool {
    incident.begun >= order.since
      || incident.badCauses.contains { $0.level == incident.level && $0.at >= order.since }
  }

  private var over: [DigestItem] {
    var counts: [IncidentPlace: Int] = [:]
    var last: [Incident] = []
    for incident in sources.ended.reversed() {
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
    return last.sorted { $0.start < $1.start }.map { incident in
      let heading: DigestItem.Heading =
        incident.told == nil ? .planned : incident.place.isOfNodes ? .outages : .over
      return item(
        heading, isNews: incident.told != nil, incident,
        .over(
          draft.line(PlannedMessage.Line(incident: incident, step: .closed), at: now),
          count: counts[incident.place] ?? 1))
    }
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
      service: incident.place.service, fact)
  }

  // MARK: - Nodes and services

  private var mishaps: [DigestItem] {
    var places: Set<IncidentPlace> = []
    for incident in sources.ended + Array(machine.open) {
      places.insert(incident.place)
      for part in incident.parts {
        if let node = part.node { places.insert(.node(node)) }
      }
    }
    return sources.mishaps.prefix(Self.most).compactMap { mishap in
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

  private var appearances: [DigestItem] {
    let troubled = Set(machine.open.map(\.place))
    return sources.appearances.prefix(Self.most).compactMap { found in
      guard let node = node(found.node, service: found.service) else { return nil }
      // A judged service that is gone is an incident.
      if let service = found.service, troubled.contains(.service(found.node, service)) {
        return nil
      }
      return DigestItem(
        .inventory, groups: node.groups, host: node.host, service: found.service,
        found.isGone ? .isGone : .isNew)
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

  private var nearLimits: [DigestItem] {
    sources.nearLimits.prefix(Self.most).compactMap { near in
      guard let names = facts.series(near.series),
        let node = node(names.node, service: names.service)
      else { return nil }
      var part = NotificationPart(near.series, names, value: near.value)
      part.limit = .range(low: near.limit.low, high: near.limit.high)
      return DigestItem(
        .nearLimits, groups: node.groups, host: node.host, service: names.graph, .nearLimit(part))
    }
  }

  private var unusual: [DigestItem] {
    let sorted = sources.unusual.sorted { $0.found.excess > $1.found.excess }
    return sorted.prefix(Self.most).compactMap { unusual in
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
