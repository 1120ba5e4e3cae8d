public import Limits

/// The open incidents of all nodes: events in, steps for people and changes for the ledger out. It has no clock of its own and does no
/// input or output.
///
/// An event first changes the parts of incidents; then each incident that was touched is looked at once, so that an event makes at most one step
/// of each: a web server that stops is one step, whatever becomes wrong with it.
public struct IncidentMachine: Sendable {
  enum DueKey: Hashable, Sendable {
    /// Planned work begins or ends.
    case hold(Int)
    /// A further part may be told.
    case joined(Int)
    /// It has flapped, and is steady unless it changes.
    case steady(Int)
    /// Some nodes of it have answered; those that have not get incidents of their own.
    case rest(Int)
    /// A lost node waits no longer for its peers.
    case node(NodeNumber)
    case silence(Int)
    /// The machine's clock was not set again.
    case clock
  }

  /// An incident that ended lately.
  struct PastIncident: Sendable {
    var thread: String
    var beginnings: [Int]
    var closed: Int
  }

  var incidents: [Int: Incident] = [:]
  var byPlace: [IncidentPlace: Int] = [:]
  /// The incidents of each node's services and values.
  var byNode: [NodeNumber: [Int]] = [:]
  /// The incident that a series is a part of.
  var bySeries: [SeriesNumber: Int] = [:]
  public internal(set) var standings: [NodeNumber: NodeStanding] = [:]
  var clusters = NodeClusters()
  /// Nodes that missed two polls and whose peers have to be waited for; until when.
  var waiting: [NodeNumber: Int] = [:]
  var faults: [ServicePlace: FaultStanding] = [:]
  var faultyServices: [NodeNumber: Set<String>] = [:]
  var past: [IncidentPlace: PastIncident] = [:]
  public internal(set) var silences: [Silence] = []
  var due = DueTimes<DueKey>()
  var nextNumber = 1

  // Of the event at hand.
  var now = 0
  var update = IncidentUpdate()
  private var touched: [Int] = []
  private var isTouched: Set<Int> = []
  var dirty: Set<Int> = []
  private var closedNow: [Int: Incident] = [:]

  /// The most services without limits of a node whose faults are remembered.
  static let mostFaults = 1000
  /// How many seconds pass between two steps that only tell of further parts.
  static let joinPause = 300

  public init() {}

  /// When to come again with ``IncidentEvent/time``, at the latest; `nil` when nothing waits.
  public var nextTime: Int? { due.next }

  /// The open incidents, those that are held back and those that flap among them.
  public var open: some Collection<Incident> { incidents.values }

  public subscript(number: Int) -> Incident? { incidents[number] }
  public subscript(place: IncidentPlace) -> Incident? { byPlace[place].flatMap { incidents[$0] } }

  /// The open incidents of a node's services and values.
  public func incidents(of node: NodeNumber) -> [Incident] {
    (byNode[node] ?? []).compactMap { incidents[$0] }
  }

  /// The incident that a series is a part of; `nil` for none.
  public func incident(of series: SeriesNumber) -> Int? { bySeries[series] }

  /// The services of a node that brought no values in its last polls.
  public func faults(of node: NodeNumber) -> Set<String> { faultyServices[node] ?? [] }

  /// Why a service brought no values in the last polls; `nil` where it did.
  public func fault(of service: String, on node: NodeNumber) -> FaultStanding? {
    guard faultyServices[node] != nil else { return nil }
    return faults[ServicePlace(node: node, service: service)]
  }

  /// Goes on with what a former run has stored; ``IncidentEvent/settings`` must follow.
  mutating func restore(_ contents: AlertContents) {
    nextNumber = contents.nextIncident
    standings = contents.standings
    faults = contents.faults
    for key in faults.keys { faultyServices[key.node, default: []].insert(key.service) }
    silences = contents.silences
    for silence in silences { due.set(.silence(silence.number), at: silence.until) }
    for incident in contents.incidents {
      incidents[incident.number] = incident
      byPlace[incident.place] = incident.number
      if incident.place == .collector(.clock) {
        due.set(.clock, at: incident.begun + IncidentMachine.steadyClock)
      }
      if !incident.place.isOfNodes, let node = incident.place.node {
        byNode[node, default: []].append(incident.number)
      }
      for part in incident.parts where part.isBad {
        if let series = part.series { bySeries[series] = incident.number }
      }
    }
    for incident in contents.closed where incident.told != nil {
      let closed = incident.closed ?? 0
      guard past[incident.place]?.closed ?? 0 <= closed else { continue }
      past[incident.place] = PastIncident(
        thread: incident.thread,
        beginnings: incident.phase == .closed && incident.quietSince != nil
          ? [] : incident.beginnings, closed: closed)
    }
  }

  /// Takes over an incident that people were told of by an older release.
  /// - Returns: its number; `nil` where the place has one.
  mutating func adopt(
    _ place: IncidentPlace, _ parts: [IncidentPart], thread: String, at time: Int,
    facts: AlertFacts
  ) -> Int? {
    now = time
    guard byPlace[place] == nil else { return nil }
    let number = begin(place, thread: thread, facts)
    incidents[number]?.parts = parts
    incidents[number]?.phase = .open
    incidents[number]?.told = now
    incidents[number]?.opened = parts.compactMap(\.since).min()
    incidents[number]?.beginnings = [now]
    let level = parts.map(\.level).max() ?? .ok
    incidents[number]?.level = level
    incidents[number]?.worst = level
    incidents[number]?.shown = level
    incidents[number]?.shownWorst = level
    for part in parts {
      if let series = part.series { bySeries[series] = number }
      if let node = part.node {
        stopWaiting(node)
        standings[node]?.incident = number
        incidents[number]?.words = standings[node]?.words
        incidents[number]?.lastValues = standings[node]?.lastAnswer
        update.standings[node] = standings[node]
      }
    }
    return number
  }

  /// Takes an event, and whatever has become due.
  public mutating func apply(
    _ event: IncidentEvent, at time: Int, facts: AlertFacts
  ) -> IncidentUpdate {
    now = time
    if case .clockJumped(let seconds) = event { shift(by: seconds) }
    while let key = due.take(at: now) { elapse(key, facts) }
    switch event {
    case .polled(let node, let crossings, let faults, let skipped):
      answered(node, facts)
      count(faults, of: node, skipped, facts)
      take(crossings, facts)
      settle(node, facts)
    case .missed(let node, let fault): missed(node, fault, facts)
    case .crossings(let crossings): take(crossings, facts)
    case .gone(let node, let service?): remove(service, of: node)
    case .gone(let node, nil): remove(node, facts)
    case .own(let trouble, let words): own(trouble, words)
    case .order(let order): carryOut(order, facts)
    case .settings: reconsider(facts)
    case .clockJumped(let seconds): tellJump(seconds)
    case .time: break
    }
    return finish(facts)
  }

  private mutating func elapse(_ key: DueKey, _ facts: AlertFacts) {
    switch key {
    case .hold(let number), .joined(let number): touch(number)
    case .steady(let number): becomeSteady(number)
    case .rest(let number): divide(number, facts)
    case .node(let node): decide(around: node, facts)
    case .silence(let number): endSilence(number)
    case .clock: own(.clock, nil)
    }
  }

  private mutating func finish(_ facts: AlertFacts) -> IncidentUpdate {
    var index = 0
    // An incident may be touched anew while others are looked at.
    while index < touched.count {
      isTouched.remove(touched[index])
      evaluate(touched[index], facts)
      index += 1
    }
    update.changed = dirty.sorted().compactMap { incidents[$0] ?? closedNow[$0] }
    // What was given out is written.
    for number in dirty {
      for index in incidents[number]?.parts.indices ?? 0..<0
      where incidents[number]?.parts[index].isChanged == true {
        incidents[number]?.parts[index].isChanged = false
      }
    }
    defer {
      update = IncidentUpdate()
      touched.removeAll(keepingCapacity: true)
      dirty.removeAll(keepingCapacity: true)
      closedNow.removeAll()
    }
    return update
  }

  /// Remembers the worst values of a node's open incidents; before the event of the poll.
  mutating func observe(_ node: NodeNumber, at now: Int, value: (SeriesNumber) -> Double?) {
    for number in byNode[node] ?? [] {
      for index in incidents[number]?.parts.indices ?? 0..<0 {
        guard let part = incidents[number]?.parts[index], part.isBad, part.level > .unknown,
          let series = part.series, let value = value(series)
        else { continue }
        if incidents[number]?.parts[index].observe(value, at: now) == true { dirty.insert(number) }
      }
    }
  }

  // MARK: - Incidents

  /// Has the incident looked at once the event is taken in.
  mutating func touch(_ number: Int) {
    dirty.insert(number)
    if isTouched.insert(number).inserted { touched.append(number) }
  }

  /// Makes an incident of a place that has none, not told yet.
  mutating func begin(
    _ place: IncidentPlace, thread: String? = nil, _ facts: AlertFacts
  ) -> Int {
    let number = nextNumber
    nextNumber += 1
    var incident = Incident(
      number: number, place: place,
      thread: thread ?? "\(String(now, radix: 36)).\(number)", at: now)
    name(&incident, facts)
    incidents[number] = incident
    byPlace[place] = number
    if !place.isOfNodes, let node = place.node {
      byNode[node, default: []].append(number)
      if standings[node]?.incident != nil { incidents[number]?.holds.insert(.parent) }
    }
    touch(number)
    return number
  }

  private func name(_ incident: inout Incident, _ facts: AlertFacts) {
    switch incident.place {
    case .group(let path): incident.groups = path
    case .endpoint(let address): incident.host = address
    case .collector: break
    case .service(let node, _), .values(let node, _), .node(let node):
      guard let facts = facts.node(node) else { return }
      incident.groups = facts.groups
      incident.name = facts.host
      incident.host = facts.alias ?? facts.host
    }
  }

  /// Ends an incident for good.
  mutating func close(_ incident: inout Incident, at time: Int) {
    incident.phase = .closed
    incident.closed = max(time, incident.start)
    incident.endNoticed = now
    incident.level = .ok
    if let since = incident.plannedSince {
      incident.planned += max(0, now - since)
      incident.plannedSince = nil
    }
    let number = incident.number
    for key in [DueKey.hold(number), .joined(number), .steady(number), .rest(number)] {
      due.set(key, at: nil)
    }
    for index in incident.parts.indices {
      if case .series(let series) = incident.parts[index].subject, bySeries[series] == number {
        bySeries[series] = nil
      }
      if incident.parts[index].role == .held, incident.parts[index].isBad {
        incident.parts[index].until = now
      }
    }
    byPlace[incident.place] = nil
    if !incident.place.isOfNodes, let node = incident.place.node {
      byNode[node]?.removeAll { $0 == number }
      if byNode[node]?.isEmpty == true { byNode[node] = nil }
    }
    if incident.told != nil {
      past[incident.place] = PastIncident(
        thread: incident.thread, beginnings: incident.beginnings, closed: now)
      if past.count > 2 * incidents.count + 1000 { forgetPast() }
    }
  }

  private mutating func forgetPast() {
    past = past.filter { $0.value.closed > now - 86_400 }
  }

  /// Takes an incident out, lets it be changed, and puts it back unless it is closed.
  mutating func change(_ number: Int, _ body: (inout Self, inout Incident) -> Void) {
    guard var incident = incidents.removeValue(forKey: number) else { return }
    dirty.insert(number)
    body(&self, &incident)
    if incident.phase == .closed {
      closedNow[number] = incident
    } else {
      incidents[number] = incident
    }
  }

  /// Says why an incident is so: what is told of it later has the newest reason, the log of outages the first.
  mutating func setReason(_ words: String, of number: Int, isGone: Bool = false) {
    guard let incident = incidents[number], incident.reason != words else { return }
    if incident.words == nil {
      incidents[number]?.words = words
    } else {
      incidents[number]?.latestWords = words
    }
    incidents[number]?.isOfGoneService = isGone
    dirty.insert(number)
  }

  // MARK: - Steps

  /// - Parameter acknowledged: the level before, where an acknowledgement has ended.
  mutating func give(
    _ kind: NotificationLine.Step, _ incident: Incident, acknowledged: Level? = nil
  ) {
    update.steps.append(
      IncidentStep(incident: incident, kind: kind, at: now, acknowledged: acknowledged))
    note(incident, "\(kind), \(incident.level)")
  }

  mutating func note(_ incident: Incident, _ text: String) {
    update.log.append("\(incident.subject): incident \(incident.number): \(text)")
  }
}

extension Incident {
  /// What it is about, as logs and lists name it.
  public var subject: String {
    switch place {
    case .service(_, let service): "\(path.joined(separator: ";")):\(service)"
    case .values, .node, .group: path.joined(separator: ";")
    case .endpoint(let address): address
    case .collector(let trouble): "collector: \(trouble.rawValue)"
    }
  }
}
