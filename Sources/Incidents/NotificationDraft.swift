internal import Limits

/// Turns a planned message into facts for those who write it: names, values and limits as they are now.
struct NotificationDraft {
  let facts: AlertFacts
  let judge: SeriesJudge
  let machine: IncidentMachine

  /// The most names of nodes and services, and the most values of a line.
  static let mostMembers = 20
  static let mostParts = 100
  /// The most different reasons of nodes that were lost together.
  static let mostReasons = 5

  func notification(_ message: PlannedMessage, number: Int) -> Notification {
    var notification = Notification(
      number: number, contact: message.contact, kind: message.kind, at: message.at,
      lines: message.lines.prefix(Notification.mostLines).map { line($0, at: message.at) },
      identifier: message.identifier, references: message.references)
    notification.furtherCount = max(0, message.lines.count - Notification.mostLines)
    notification.threadCount = message.threadCount
    if let limit = message.rateLimit {
      notification.heldBy = limit.words ?? "rate_limit \(limit.count) in \(limit.seconds) s"
      notification.span = message.span ?? limit.seconds
    }
    if var common = message.lines.first?.incident.groups {
      for line in message.lines {
        common = Array(zip(common, line.incident.groups).prefix { $0 == $1 }.map(\.0))
      }
      notification.groups = common
    }
    return notification
  }

  /// - Parameter time: of the message, in seconds since 1970.
  func line(_ planned: PlannedMessage.Line, at time: Int) -> NotificationLine {
    let incident = planned.incident
    let service = incident.service(facts)
    var line = NotificationLine(
      incident: incident.number, step: planned.step, place: place(incident.place, service),
      groups: incident.groups, host: incident.host, service: service, level: incident.level,
      was: planned.was, worst: incident.worst, opened: incident.opened, closed: incident.closed)
    if case .values = incident.place { line.isOfValues = true }
    if incident.name != incident.host, !incident.name.isEmpty { line.name = incident.name }
    line.at = incident.closed ?? incident.parts.map(\.at).max()
    line.words = incident.reason
    line.lastValues = incident.lastValues
    line.reminder = planned.reminder
    line.nextAt = planned.nextAt
    line.toldTo = planned.toldTo
    line.toldAt = planned.toldAt
    line.acknowledgedBy = incident.acknowledgement?.who
    if planned.step == .released {
      line.plannedUntil = incident.plannedUntil
      line.plannedBy = incident.plannedBy
    }
    if planned.step == .flapping || planned.step == .steady {
      line.beginnings = incident.beginnings
      line.beginningCount = incident.beginnings.count
      line.steadyAfter = machine.steadyTime(of: incident, facts)
    }
    switch incident.ending {
    case .settings: line.changedAt = incident.closed
    case .removed:
      switch incident.place {
      case .service, .values: line.words = NotificationLine.removedWords
      case .node, .endpoint, .group, .collector: line.changedAt = incident.closed
      }
    case .values, .divided, nil: break
    }
    let isOver = incident.closed != nil || incident.level == .ok
    // A value that was critical, and then unknown because its plugin failed, is what was worst.
    var causes = incident.parts.filter {
      isOver ? $0.role == .cause || $0.worst > .unknown : $0.role == .cause && $0.isBad
    }
    if causes.isEmpty { causes = incident.parts.filter(\.isBad) }
    causes.sort { one, two in
      let (first, second) = isOver ? (one.worst, two.worst) : (one.level, two.level)
      return (second, one.at, one.subject.stored.number) < (
        first, two.at, two.subject.stored.number
      )
    }
    line.parts = causes.prefix(NotificationDraft.mostParts).compactMap { cause in
      part(cause, of: incident, at: time).map { part in
        var part = part
        part.isNews = isNews(cause, of: planned)
        return part
      }
    }
    line.followers = followers(incident)
    setFault(planned, causes, isOver: isOver, in: &line)
    setMembers(incident, in: &line, at: time)
    if let series = causes.lazy.compactMap(\.series).first, let names = facts.series(series) {
      line.graph = names.graph
      line.title = names.title
      line.info = names.graphInfo
    } else if incident.place.service != nil,
      let names = incident.parts.lazy.compactMap(\.series).compactMap(facts.series).first
    {
      // Of a plugin that fails: what its values belong to.
      line.graph = names.graph
      line.title = names.title
    } else if let service = incident.place.service {
      line.graph = causes.first { !$0.graph.isEmpty }?.graph ?? service
    }
    if case .collector(let trouble) = incident.place, isOver { line.title = trouble.end }
    return line
  }

  /// - Parameter service: the one that all of the incident is about.
  private func place(_ place: IncidentPlace, _ service: String?) -> NotificationLine.Place {
    switch place {
    case .service(let node, let name): .service(node: node, name: name)
    case .node(let node): .node(node)
    case .values(let node, _): service.map { .service(node: node, name: $0) } ?? .node(node)
    case .endpoint, .group: .site
    case .collector: .collector
    }
  }

  /// Whether a message is sent because of a part.
  private func isNews(_ part: IncidentPart, of planned: PlannedMessage.Line) -> Bool {
    switch planned.step {
    case .worsened, .joined:
      part.level == planned.incident.level && part.at > planned.lastAt ?? .min
    case .eased: part.level == planned.incident.level
    case .opened, .released, .closed, .flapping, .steady, .lasting: true
    }
  }

  /// - Returns: `nil` for what is no value.
  private func part(
    _ part: IncidentPart, of incident: Incident, at time: Int
  ) -> NotificationPart? {
    guard let series = part.series else { return nil }
    let names = facts.series(series)
    let graph = names?.graph ?? part.graph
    let field = names?.field ?? part.field
    var told = NotificationPart(
      series: series, graph: graph, title: names?.title ?? graph, field: field,
      label: names?.label ?? field, level: part.level, was: part.was, worst: part.worst,
      value: part.level == .unknown ? nil : judge.value(of: series) ?? part.value,
      base: names?.base ?? 1000, isScaled: names?.isScaled ?? true)
    if incident.place.service == nil { told.service = names?.service }
    told.worstValue = part.worstValue
    told.worstAt = part.worstAt
    told.limit = part.broken.flatMap { limit($0, of: series, part, at: time) }
    told.since = part.since
    if part.since == nil { told.was = nil }
    told.lasted = part.lasted
    told.extinfo = names?.extinfo
    told.info = names?.info
    told.details = names?.details ?? []
    told.unit = names?.unit
    let rules = judge.rules(of: series)
    if part.level == .ok, rules?.isState == true, told.extinfo?.isEmpty ?? true {
      told.extinfo = StateField.goodWords(graph: graph, field: field)
    }
    told.warning = rules?.warning.map { range($0.range) }
    told.critical = rules?.critical.map { range($0.range) }
    if incident.ending == .settings || incident.ending == .removed {
      told.limit = (told.warning ?? told.critical).map { .range(low: $0.low, high: $0.high) }
    }
    guard let rules else { return told }
    let hold = part.level == .critical ? rules.holdCritical : rules.hold
    if hold.of > 1, part.level > .unknown, rules.manner == .apus {
      let least: UInt32 = part.level == .critical ? 2 : 1
      let ring = judge.stored(series).ring
      told.badRuns = (0..<hold.of).count { (ring >> (2 * UInt32($0))) & 3 >= least }
      told.heldRuns = hold.of
    }
    return told
  }

  /// - Returns: `nil` where what was broken says nothing of the value now: at the end of a rate, a trend, or a share of another field.
  private func limit(
    _ broken: BrokenLimit, of series: SeriesNumber, _ part: IncidentPart, at time: Int
  ) -> NotificationPart.Limit? {
    let isOver = part.level == .ok
    switch broken {
    case .range(let level, let low, let high):
      let rules = judge.rules(of: series)
      let rule = level == .critical ? rules?.critical : rules?.warning
      if isOver, let rule, !rule.range.isConstant { return nil }
      return .range(low: low, high: high)
    case .rate(let level, let low, let high, let measured):
      if isOver { return nil }
      let rules = judge.rules(of: series)
      let unit = (level == .critical ? rules?.rateCritical : rules?.rateWarning)?.unit ?? 1
      let seconds = Double(unit)
      return .rate(
        low: low.map { $0 * seconds }, high: high.map { $0 * seconds }, seconds: unit,
        change: measured * seconds)
    case .trend(let limit, let reachedIn):
      if isOver { return nil }
      let growth = limit - (part.value ?? limit)
      // What was foretold is past: that is said as the limit it is.
      if part.at + reachedIn <= time {
        return growth < 0 ? .range(low: limit, high: nil) : .range(low: nil, high: limit)
      }
      return .trend(
        limit: limit, at: part.at + reachedIn,
        perHour: reachedIn > 0 ? growth / Double(reachedIn) * 3600 : growth)
    }
  }

  private func range(_ range: LimitRange) -> NotificationPart.Range {
    func number(_ end: LimitEnd?) -> Double? {
      if case .number(let number) = end { number } else { nil }
    }
    return NotificationPart.Range(low: number(range.low), high: number(range.high))
  }

  private func followers(_ incident: Incident) -> [NotificationFollower] {
    var order: [String] = []
    var found: [String: NotificationFollower] = [:]
    for part in incident.parts where part.role == .follower && part.isBad {
      guard let series = part.series else { continue }
      if found[part.graph] == nil {
        order.append(part.graph)
        let title = facts.series(series)?.title ?? part.graph
        found[part.graph] = NotificationFollower(graph: part.graph, title: title, count: 0)
      }
      found[part.graph]?.count += 1
    }
    return order.compactMap { found[$0] }
  }

  /// A plugin that fails is told as such, unless a known value is worse or the message is sent for another one; at the end it is told
  /// beside values that were.
  private func setFault(
    _ planned: PlannedMessage.Line, _ causes: [IncidentPart], isOver: Bool,
    in line: inout NotificationLine
  ) {
    let incident = planned.incident
    if case .values = incident.place, !isOver, causes.count == 1,
      let names = causes[0].series.flatMap(facts.series), names.isGone
    {
      line.fault = .withoutSubject(names.label)
      return
    }
    guard case .service(let node, let service) = incident.place,
      let fault = causes.first(where: { $0.subject == .fault })
    else { return }
    let hasJoined =
      planned.step == .joined && fault.at > planned.lastAt ?? .min
      && !line.parts.contains(where: \.isNews)
    guard isOver || hasJoined || causes.first?.subject == .fault else { return }
    let standing = machine.faults[ServicePlace(node: node, service: service)]
    line.fault = incident.isOfGoneService ? .notListed : .fails(incident.reason ?? "")
    line.faultSince = fault.since
    line.polls = standing?.count
    line.memberCount = line.followers.reduce(0) { $0 + $1.count }
    line.followers = []
  }

  private func setMembers(
    _ incident: Incident, in line: inout NotificationLine, at time: Int
  ) {
    switch incident.place {
    case .group, .endpoint:
      let parts = incident.parts.filter { $0.role == .cause }
      line.memberCount = parts.count
      line.returned = parts.count { !$0.isBad }
      line.members = parts.prefix(NotificationDraft.mostMembers).compactMap {
        $0.node.flatMap { name($0) }
      }
      setReasons(of: parts, in: &line)
      if case .group(let path) = incident.place {
        line.groupCount = machine.nodeCount(ofGroup: path)
      } else if case .endpoint(let address) = incident.place {
        line.title = address
      }
      guard incident.closed != nil else { return }
      for part in parts where part.isBad {
        guard let node = part.node, let number = machine.standings[node]?.incident else { continue }
        line.others.append(
          NotificationLine.Other(incident: number, level: .critical, name: name(node) ?? ""))
      }
    case .node(let node):
      let services = facts.node(node)?.services ?? []
      line.memberCount = services.count
      line.members = Array(services.prefix(NotificationDraft.mostMembers))
      guard incident.closed != nil else { return }
      let all = machine.incidents(of: node).filter { $0.level > .ok }
      // What is held back by planned work is not told, but it is not well either.
      if !all.isEmpty { line.memberCount = 0 }
      let open = all.filter { $0.told != nil }
        .sorted { ($1.level, $0.number) < ($0.level, $1.number) }
      line.others = open.map { other in
        NotificationLine.Other(
          incident: other.number, level: other.level, name: other.place.service ?? "values",
          part: other.badCauses.max { $0.level < $1.level }.flatMap {
            part($0, of: other, at: time)
          })
      }
    case .service, .values, .collector: break
    }
  }

  /// Why the nodes cannot be polled that still cannot: the reason that most of them have first.
  private func setReasons(of parts: [IncidentPart], in line: inout NotificationLine) {
    var lost: [LossReason.Node] = []
    for part in parts where part.isBad {
      guard let node = part.node, let words = machine.standings[node]?.words else { continue }
      let names = facts.node(node)
      lost.append(
        LossReason.Node(
          number: node, words: words,
          names: [names?.host, names?.alias, names?.endpoint].compactMap(\.self)))
    }
    line.reasons = LossReason.all(of: lost).prefix(NotificationDraft.mostReasons).map {
      NotificationLine.Reason(words: $0.words, count: $0.count, first: name($0.first) ?? "")
    }
    if let most = line.reasons.first { line.words = most.words }
    line.memberPath = lost.first.flatMap { facts.node($0.number) }
      .map { ($0.groups + [$0.host]).joined(separator: ";") }
  }

  private func name(_ node: NodeNumber) -> String? {
    facts.node(node).map { $0.alias ?? $0.host }
  }
}

extension IncidentPart {
  var series: SeriesNumber? { if case .series(let series) = subject { series } else { nil } }
}

extension OwnTrouble {
  /// What is so again when it is over.
  var end: String {
    switch self {
    case .ledger: "the ledger is written again"
    case .disk: "histories are written again"
    case .mailServer: "mails go out again"
    case .contact: "messages to all contacts are delivered again"
    case .overrun: "polls end in time again"
    case .clock: "the clock is steady"
    case .heartbeat: "the heartbeat is taken again"
    case .settings: "the settings are in force"
    }
  }
}
