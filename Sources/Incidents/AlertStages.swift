public import Limits

/// The road of an alert from the samples of a poll to messages that are due: judge, incidents, plan. The collector and the tests of whole stories
/// drive the same value.
///
/// Each call gives an ``AlertUpdate``: rows that belong into the transaction of the poll's values, messages that have become due (their rows
/// are among these), and lines for the log. Nothing of it has a clock, a file or a socket.
public struct AlertStages: Sendable {
  /// The levels of all judged series.
  public private(set) var judge = SeriesJudge()
  /// The open incidents, and whether each node can be polled.
  public private(set) var machine = IncidentMachine()
  /// Who is told what, and when.
  public internal(set) var plan = NotificationPlan()
  /// What is told by the clock.
  public internal(set) var regular = RegularPlan()
  /// When polls that bring nothing are counted anew.
  public private(set) var countingTimes = CountingTimes.quarters
  var settings = AlertSettings()
  private var nextChange = 1
  var nextNotification = 1

  public init() {}

  /// When to call ``elapse(at:facts:)`` at the latest; `nil` when nothing waits.
  public var nextTime: Int? {
    switch (machine.nextTime, plan.nextTime) {
    case (let one?, let two?): min(one, two)
    case (let one, let two): one ?? two
    }
  }

  // MARK: - Start and settings

  /// Goes on with what a former run has stored. ``configure(_:at:facts:)`` must follow, once the rules of series are set.
  public mutating func restore(_ contents: AlertContents) {
    for (series, state) in contents.states { restore(state, of: series) }
    machine.restore(contents)
    plan.restore(contents)
    regular.restore(contents.regular)
    nextChange = contents.nextChange
    nextNotification = contents.nextNotification
  }

  /// Goes on with the level of one series: of many, in parts, before the rest.
  public mutating func restore(_ state: StoredState, of series: SeriesNumber) {
    judge.restore(state, of: series)
  }

  /// Takes settings over, at the start and when they were read again: after ``set(_:for:at:facts:)`` for series whose rules are others, and
  /// ``remove(_:service:series:at:facts:)`` for what is no longer watched.
  public mutating func configure(
    _ settings: AlertSettings, at now: Int, facts: AlertFacts
  ) -> AlertUpdate {
    self.settings = settings
    plan.configure(settings)
    countingTimes = CountingTimes(settings.contacts, at: now)
    var update = update(.settings, [], at: now, facts)
    update.rows.regular = regular.configure(settings, at: now)
    return update
  }

  /// Sets the rules of series, `nil` for those that have no limits any more: when they are seen first, when a description or the settings
  /// have changed. Rules that are the same cost a look-up.
  public mutating func set(
    _ rules: [(series: SeriesNumber, rules: SeriesRules?)], at now: Int, facts: AlertFacts
  ) -> AlertUpdate {
    var crossings: [LevelCrossing] = []
    for (series, rules) in rules {
      if let crossing = judge.set(rules, for: series, now: now) { crossings.append(crossing) }
    }
    return update(.crossings(crossings), crossings, at: now, facts)
  }

  /// Ends what is no longer watched: a node, a service of it (`nil` for the whole node), or single series of a description that has
  /// changed.
  public mutating func remove(
    _ node: NodeNumber?, service: String? = nil, series: [SeriesNumber], at now: Int,
    facts: AlertFacts
  ) -> AlertUpdate {
    let crossings = series.compactMap { judge.remove($0, now: now) }
    var update = update(.crossings(crossings), crossings, at: now, facts)
    if let node { update.append(self.update(.gone(node, service: service), [], at: now, facts)) }
    return update
  }

  /// Takes over the incidents that an older release has left open, after ``configure(_:at:facts:)``: people were told of them, and their ends
  /// answer those mails.
  /// - Parameter find: the service that a graph is of, and the graph's series; `nil` for a graph that is no longer known.
  public mutating func adopt(
    _ former: [FormerIncident], at now: Int, facts: AlertFacts,
    find: (NodeNumber, String) -> (service: String, series: [SeriesNumber])?
  ) -> AlertUpdate {
    for incident in former {
      var parts: [IncidentPart] = []
      var place = IncidentPlace.node(incident.node)
      if let graph = incident.graph {
        guard let (service, series) = find(incident.node, graph) else { continue }
        place = .service(incident.node, service)
        for series in series where judge.level(of: series) > .ok {
          let stored = judge.stored(series)
          var part = IncidentPart(
            .series(series), level: stored.level, since: stored.since, at: now, graph: graph,
            field: facts.series(series)?.field ?? "")
          part.value = stored.value
          parts.append(part)
        }
      } else if let standing = machine.standings[incident.node], standing.missed > 1 {
        parts = [
          IncidentPart(
            .node(incident.node), level: .critical, since: standing.firstMiss, at: now)
        ]
      }
      guard !parts.isEmpty,
        let number = machine.adopt(place, parts, thread: incident.thread, at: now, facts: facts),
        let adopted = machine[number]
      else { continue }
      for contact in contacts(of: adopted, facts) {
        guard let index = settings.contacts.firstIndex(where: { $0.name == contact }) else {
          continue
        }
        plan.adopt(adopted, for: contact, root: incident.firstMail(to: index), at: now)
      }
    }
    var update = update(.time, [], at: now, facts)
    update.rows.endsFormer = true
    return update
  }

  // MARK: - Polls

  /// What a poll of a node has brought.
  public struct Poll: Sendable {
    public var node: NodeNumber
    /// The values of judged series, in their order.
    public var samples: [JudgedSample]
    /// All judged series of the services that were asked: those without a new sample have missed a run.
    public var asked: [SeriesNumber]
    /// The judged series of services that failed or are gone: they have missed a run at once.
    public var failed: [SeriesNumber]
    public var faults: [ServiceFault]
    /// Services that were not asked in this poll.
    public var skipped: Set<String>

    public init(
      node: NodeNumber, samples: [JudgedSample] = [], asked: [SeriesNumber] = [],
      failed: [SeriesNumber] = [], faults: [ServiceFault] = [], skipped: Set<String> = []
    ) {
      self.node = node
      self.samples = samples
      self.asked = asked
      self.failed = failed
      self.faults = faults
      self.skipped = skipped
    }
  }

  /// A node was polled.
  /// - Parameter value: see ``SeriesJudge/judge(_:now:value:)``.
  public mutating func polled(
    _ poll: Poll, at now: Int, facts: AlertFacts,
    value: (SeriesNumber, Int) -> Double? = { _, _ in nil }
  ) -> AlertUpdate {
    var crossings = judge.judge(poll.samples, now: now, value: value)
    crossings += judge.miss(poll.failed, at: now)
    crossings += judge.elapse(poll.asked, to: now)
    machine.observe(poll.node, at: now) { [judge] in judge.value(of: $0) }
    var update = update(
      .polled(
        poll.node, crossings: crossings, faults: poll.faults, skipped: poll.skipped), crossings,
      at: now, facts)
    if !poll.faults.isEmpty { update.rows.mishaps = mishaps(poll.faults, of: poll.node, at: now) }
    return update
  }

  /// A node stopped answering in the middle of a poll: what it has brought is judged, and the poll is a missed one.
  /// - Parameter judging: see ``missed(_:_:judging:at:facts:)``.
  public mutating func interrupted(
    _ poll: Poll, _ fault: NodeFault, judging: [SeriesNumber] = [], at now: Int,
    facts: AlertFacts, value: (SeriesNumber, Int) -> Double? = { _, _ in nil }
  ) -> AlertUpdate {
    let crossings = judge.judge(poll.samples, now: now, value: value)
    var update = update(.crossings(crossings), crossings, at: now, facts)
    update.append(missed(poll.node, fault, judging: judging, at: now, facts: facts))
    return update
  }

  /// Values that no poll has brought, of graphs that are made of others.
  public mutating func judged(
    _ samples: [JudgedSample], at now: Int, facts: AlertFacts
  ) -> AlertUpdate {
    let crossings = judge.judge(samples, now: now)
    return update(.crossings(crossings), crossings, at: now, facts)
  }

  /// A node could not be polled. Its services are held back, not judged.
  /// - Parameter judging: series that become unknown all the same when their values are too old, as munin-limits has it.
  public mutating func missed(
    _ node: NodeNumber, _ fault: NodeFault, judging: [SeriesNumber] = [], at now: Int,
    facts: AlertFacts
  ) -> AlertUpdate {
    var update = update(.missed(node, fault), [], at: now, facts)
    if !judging.isEmpty {
      let crossings = judge.elapse(judging, to: now)
      update.append(self.update(.crossings(crossings), crossings, at: now, facts))
    }
    if machine.standings[node]?.incident == nil {
      update.rows.mishaps.append(
        Mishap(node: node, .missed, at: now, words: fault.words, by: countingTimes))
    }
    return update
  }

  // MARK: - Other events

  /// A trouble of the collector itself, `nil` at its end. Said again it changes nothing.
  public mutating func own(
    _ trouble: OwnTrouble, _ words: String?, at now: Int, facts: AlertFacts
  ) -> AlertUpdate {
    update(.own(trouble, words), [], at: now, facts)
  }

  /// Carries out what a person has ordered.
  public mutating func carryOut(
    _ order: AlertOrder, at now: Int, facts: AlertFacts
  ) -> AlertUpdate {
    update(.order(order), [], at: now, facts)
  }

  /// The clock of the machine was set by so many seconds; `now` is the new time.
  public mutating func clockJumped(
    by seconds: Int, at now: Int, facts: AlertFacts
  ) -> AlertUpdate {
    plan.shift(by: seconds)
    return update(.clockJumped(by: seconds), [], at: now, facts)
  }

  /// Does what is due, at ``nextTime``.
  public mutating func elapse(at now: Int, facts: AlertFacts) -> AlertUpdate {
    update(.time, [], at: now, facts)
  }

  /// Tells now what waits for others of its group.
  public mutating func tellGathered(at now: Int, facts: AlertFacts) -> AlertUpdate {
    plan.hurry(to: now)
    return update(.time, [], at: now, facts)
  }

  /// When each node has answered last. A poll that changes nothing does not store that: a process that ends does.
  public var lastAnswers: AlertRows {
    var rows = AlertRows()
    rows.standings = machine.standings.compactMap { node, standing in
      standing.missed == 0 && standing.lastAnswer != nil ? (node, standing) : nil
    }
    return rows
  }

  /// What a message to a contact would say about an incident now: for a page.
  public func notification(
    about incident: Incident, for contact: String, at now: Int, facts: AlertFacts
  ) -> Notification {
    let message = PlannedMessage(
      contact: contact, kind: .change, at: now,
      lines: [
        PlannedMessage.Line(
          incident: incident, step: incident.closed == nil ? .lasting : .closed,
          was: incident.shown)
      ], identifier: "", references: [])
    return NotificationDraft(facts: facts, judge: judge, machine: machine)
      .notification(message, number: 0)
  }

  // MARK: - The road

  private mutating func update(
    _ event: IncidentEvent, _ crossings: [LevelCrossing], at now: Int, _ facts: AlertFacts
  ) -> AlertUpdate {
    let found = machine.apply(event, at: now, facts: facts)
    if !found.steps.isEmpty {
      plan.apply(found.steps.map { ($0, contacts(of: $0.incident, facts)) }, at: now)
    }
    var messages: [PlannedMessage] = []
    if let next = plan.nextTime, next <= now {
      messages = plan.due(at: now) { [machine] in machine[$0] }
    }
    if plan.mayRepeat { messages += repeated(event, at: now, facts) }
    var notifications: [Notification] = []
    if !messages.isEmpty {
      let draft = NotificationDraft(facts: facts, judge: judge, machine: machine)
      for message in messages {
        notifications.append(draft.notification(message, number: nextNotification))
        nextNotification += 1
      }
    }
    var rows = AlertRows(found)
    for series in judge.takeUnstored() { rows.states.append((series, judge.stored(series))) }
    for crossing in crossings {
      rows.crossings.append((nextChange, crossing, machine.incident(of: crossing.series)))
      nextChange += 1
    }
    let changes = plan.takeChanges()
    if !changes.isEmpty { rows.plans.append(changes) }
    rows.notifications = notifications
    return AlertUpdate(
      rows: rows, notifications: notifications, log: found.log + plan.takeNotes())
  }

  /// What is told again after each poll of a node; where it does not answer that it does not, alone or with others.
  private mutating func repeated(
    _ event: IncidentEvent, at now: Int, _ facts: AlertFacts
  ) -> [PlannedMessage] {
    let (node, open): (NodeNumber, [Incident])
    switch event {
    case .polled(let polled, _, _, _): (node, open) = (polled, machine.incidents(of: polled))
    case .missed(let missed, _):
      let incident = machine.standings[missed]?.incident.flatMap { machine[$0] }
      (node, open) = (missed, incident.map { [$0] } ?? [])
    default: return []
    }
    return plan.always(
      open.map { ($0, contacts(of: $0, facts)) }, period: facts.node(node)?.period ?? 300, at: now)
  }

  /// Who is told of an incident, in the order of the settings.
  func contacts(of incident: Incident, _ facts: AlertFacts) -> [String] {
    switch incident.place {
    case .service(let node, let service): return facts.service(node, service)?.contacts ?? []
    case .node(let node): return facts.node(node)?.contacts ?? []
    case .values:
      return union(
        incident.parts.filter { $0.role != .held }.map { part in
          guard let names = part.series.flatMap({ facts.series($0) }) else { return [] }
          return facts.service(names.node, names.service)?.contacts ?? []
        })
    case .endpoint, .group:
      return union(
        incident.parts.map { part in part.node.flatMap { facts.node($0) }?.contacts ?? [] })
    case .collector: return settings.ownContacts ?? settings.contacts.map(\.name)
    }
  }

  private func union(_ lists: [[String]]) -> [String] {
    var seen: Set<String> = []
    return lists.flatMap { $0 }.filter { seen.insert($0).inserted }
  }
}

/// What an event has made of the alerts.
public struct AlertUpdate: Sendable {
  /// What is to be written, in one transaction with the values of the poll.
  public var rows: AlertRows
  /// The messages that have become due, in their order. Their rows are in ``rows``.
  public var notifications: [Notification]
  /// Lines for the log.
  public var log: [String]

  public init(rows: AlertRows = AlertRows(), notifications: [Notification] = [], log: [String] = [])
  {
    self.rows = rows
    self.notifications = notifications
    self.log = log
  }

  /// Adds what came after it.
  public mutating func append(_ next: AlertUpdate) {
    rows.append(next.rows)
    notifications += next.notifications
    log += next.log
  }
}
