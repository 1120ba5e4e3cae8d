internal import Limits
internal import Text

/// Who is told what in which message, and when: steps of incidents in, due messages out. It has no clock of its own.
///
/// A step goes through the filters in one order, so that what one of them holds back uses up nothing of the next: the levels that the contact is
/// told, its quiet hours, the wave of its group, its rate limit.
public struct NotificationPlan: Sendable {
  enum DueKey: Hashable, Sendable {
    case wave(Int)
    case reminder(ToldKey)
    case escalation(ToldKey)
  }

  struct WaveKey: Hashable, Sendable {
    let contact: String
    let kind: Wave.Kind
    let key: String
  }

  var rules: [String: ContactRules] = [:]
  var groupWait = 10
  var told = ContactBook<ToldKey, ToldState>()
  /// The contacts that were told of each incident.
  var contacts: [Int: [String]] = [:]
  /// The incidents that a message told first.
  var roots: [String: Set<ToldKey>] = [:]
  var threads = ContactBook<ThreadKey, ThreadState>()
  var waves: [Int: Wave] = [:]
  var waveNumbers: [WaveKey: Int] = [:]
  var nextWave = 1
  /// The waves that an incident waits in.
  var waiting = ContactBook<ToldKey, [Int]>()
  /// Incidents that are over, as long as a wave tells of them.
  var closed: [Int: Incident] = [:]
  /// When each contact got its last messages.
  var sent: [String: [Int]] = [:]
  var due = DueTimes<DueKey>()
  var changes = PlanChanges()
  /// Lines for the log.
  var notes: [String] = []

  /// How long an answer waits for others that were told in the same message.
  static let recoveryWait = 600
  static let mostReferences = 20
  /// What stands in place of an identifier in ``ToldState/root`` where a summary tells an incident first.
  public static let summaryRoot = "summary"
  /// The least seconds between two messages that `always_send` asks for, however often the node is polled: a message starts a process of a
  /// command, and a person or Nagios makes no use of more.
  static let alwaysPause = 60
  /// How long `rate_limit` may hold back what is critical, in seconds.
  static let criticalWait = 600
  /// When an escalation that was held back is looked at again, in seconds.
  static let escalationPause = 300

  public init() {}

  /// When to call ``due(at:incident:)`` again; `nil` when nothing waits.
  public var nextTime: Int? { due.next }

  public mutating func configure(_ settings: AlertSettings) {
    rules = Dictionary(settings.contacts.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    groupWait = settings.groupWait
  }

  /// What is to be written since the last call.
  public mutating func takeChanges() -> PlanChanges {
    defer { changes = PlanChanges() }
    return changes
  }

  /// What the log is to say since the last call.
  mutating func takeNotes() -> [String] {
    guard !notes.isEmpty else { return [] }
    defer { notes = [] }
    return notes
  }

  /// The contacts that were told of an incident and not of its end, in the order of their names.
  public func told(of incident: Int) -> [String] { (contacts[incident] ?? []).sorted() }

  /// The contacts whose `rate_limit` holds messages back: until when, and of how many incidents.
  public var heldBack: [(contact: String, until: Int, incidents: Int)] {
    waves.values.filter { $0.kind == .summary }.sorted { $0.contact < $1.contact }
      .map { ($0.contact, $0.due, $0.steps.count) }
  }

  /// Goes on with what a former run has stored.
  mutating func restore(_ contents: AlertContents) {
    threads = contents.threads
    sent = contents.sent
    nextWave = contents.nextWave
    for (key, state) in contents.told { set(key, state) }
    for incident in contents.closed { closed[incident.number] = incident }
    for wave in contents.waves { put(wave) }
    changes = PlanChanges()
  }

  /// A contact was told of an incident by an older release.
  mutating func adopt(_ incident: Incident, for contact: String, root: String, at now: Int) {
    set(
      ToldKey(contact: contact, incident: incident.number),
      ToldState(
        level: incident.level, at: now, nextReminder: nil, reminders: 0, escalateAt: nil,
        root: root))
    let key = ThreadKey(contact: contact, thread: incident.thread)
    let state = ThreadState(first: root, last: root, count: 1, at: now)
    threads[key] = state
    changes.threads[key] = state
  }

  // MARK: - Steps

  /// Takes steps of incidents, each with the contacts of its place.
  public mutating func apply(_ steps: [(step: IncidentStep, contacts: [String])], at now: Int) {
    for (step, contacts) in steps { apply(step, contacts, now) }
  }

  mutating func apply(_ step: IncidentStep, _ contacts: [String], _ now: Int) {
    let incident = step.incident
    if incident.closed != nil {
      closed[incident.number] = incident
      for contact in contacts
      where told[ToldKey(contact: contact, incident: incident.number)] == nil {
        // It was over before anybody was told.
        drop(incident.number, for: contact)
      }
      for contact in told(of: incident.number) { end(step, for: contact, now) }
      return
    }
    // Whoever was told by escalation hears how it goes on.
    for contact in contacts + told(of: incident.number).filter({ !contacts.contains($0) }) {
      guard let rules = rules[contact], !rules.tell.isEmpty else { continue }
      let key = ToldKey(contact: contact, incident: incident.number)
      if let level = step.acknowledged, var state = told[key], state.level > level {
        // Somebody takes care of that level and of nothing worse: what is worse is news, even if it was told before.
        state.level = level
        set(key, state)
      }
      if let kind = kind(of: step, for: rules) {
        add(step, kind, rules, now)
      }
    }
  }

  /// What the step is for a contact; `nil` when it is not told.
  func kind(of step: IncidentStep, for rules: ContactRules) -> NotificationLine.Step? {
    let level = step.incident.level
    guard let told = told[ToldKey(contact: rules.name, incident: step.incident.number)] else {
      switch step.kind {
      case .steady: return nil
      case .opened, .released, .flapping, .worsened:
        return rules.tell.holds(level) ? step.kind : nil
      case .joined, .eased, .lasting, .closed:
        return rules.tell.holds(level) ? .opened : nil
      }
    }
    switch step.kind {
    case .eased:
      // That nothing is known follows from what was told.
      if level == .unknown, hasToldFault(of: step.incident, to: rules.name) { return nil }
      // What is left is not known any more: that is told as a level of its own.
      return rules.tell.contains(.eased) || (level == .unknown && rules.tell.contains(.unknown))
        ? .eased : nil
    case .worsened: return level > told.level && rules.tell.holds(level) ? .worsened : nil
    case .joined: return rules.tell.holds(level) ? .joined : nil
    case .steady, .flapping: return step.kind
    case .opened, .released, .lasting, .closed: return rules.tell.holds(level) ? step.kind : nil
    }
  }

  mutating func add(
    _ step: IncidentStep, _ kind: NotificationLine.Step, _ rules: ContactRules, _ now: Int
  ) {
    let incident = step.incident
    let entry = Wave.Step(incident: incident.number, kind: kind, at: step.at)
    var until: Int?
    if incident.level < .critical, !rules.quiet.isEmpty {
      until = rules.quiet.end(holding: now, in: rules.zone)
    }
    // What was held back in quiet hours is told at once where it becomes critical.
    var entryNow = entry
    if until == nil, let former = drop(incident.number, for: rules.name, only: .quiet) {
      if kind == .worsened || kind == .joined { entryNow.kind = former }
    }
    // An end that nobody knows is told to nobody.
    guard until != .max else { return }
    let kindOfWave: Wave.Kind = until == nil ? .change : .quiet
    let key = WaveKey(
      contact: rules.name, kind: kindOfWave, key: incident.groups.joined(separator: ";"))
    append(entryNow, to: key, due: until ?? now + groupWait)
  }

  mutating func append(_ step: Wave.Step, to key: WaveKey, due time: Int) {
    let number = waveNumbers[key] ?? makeWave(key, due: time)
    if let former = waves[number]?.steps[step.incident] {
      switch (former.kind, step.kind) {
      // It is told as it is when the message is due.
      case (.opened, .worsened), (.opened, .joined), (.opened, .eased), (.released, .worsened),
        (.released, .joined), (.released, .eased), (.flapping, .worsened), (.flapping, .joined),
        (.worsened, .joined):
        return
      default: break
      }
    }
    set(step, in: number, of: key.contact)
  }

  /// Takes an incident out of the waves of a contact.
  /// - Returns: what would have been told.
  @discardableResult
  mutating func drop(
    _ incident: Int, for contact: String, only kind: Wave.Kind? = nil
  ) -> NotificationLine.Step? {
    var found: NotificationLine.Step?
    for number in waiting[ToldKey(contact: contact, incident: incident)] ?? [] {
      guard let wave = waves[number], wave.kind == .change || wave.kind == .quiet,
        kind == nil || wave.kind == kind
      else { continue }
      found = wave.steps[incident]?.kind
      unset(incident, in: number, of: contact)
      if waves[number]?.steps.isEmpty == true { remove(number) }
    }
    return found
  }

  // MARK: - Ends

  mutating func end(_ step: IncidentStep, for contact: String, _ now: Int) {
    let key = ToldKey(contact: contact, incident: step.incident.number)
    guard let state = told[key] else { return }
    // A change that was not told yet is of no interest any more.
    drop(step.incident.number, for: contact)
    set(key, nil)
    guard let rules = rules[contact], rules.tell.contains(.ok) else { return }
    let isAlone = roots[state.root]?.isEmpty ?? true
    var time = isAlone ? now : now + NotificationPlan.recoveryWait
    if state.level < .critical, let end = rules.quiet.end(holding: now, in: rules.zone) {
      guard end < .max else { return }
      time = max(time, end)
    }
    let entry = Wave.Step(incident: step.incident.number, kind: step.kind, at: step.at)
    let waveKey = WaveKey(contact: contact, kind: .recovery, key: state.root)
    if let number = waveNumbers[waveKey], let due = waves[number]?.due {
      // The first of them does not wait anew; the last one waits for nobody.
      setDue(isAlone ? time : min(due, time), of: number)
    }
    append(entry, to: waveKey, due: time)
  }

  // MARK: - What is due

  /// What waits for others of its group is due now.
  mutating func hurry(to now: Int) {
    let numbers = waves.values.filter { $0.kind == .change && $0.due > now }.map(\.number)
    for number in numbers.sorted() { setDue(now, of: number) }
  }

  /// Messages that tell of so many steps in all are made in one call: those of many contacts, each with many incidents, must not take the loop
  /// for a second.
  static let mostSteps = 60

  /// The messages that are due, or the first of many: then ``nextTime`` has not moved on.
  /// - Parameter incident: an open incident by its number.
  public mutating func due(
    at now: Int, incident: (Int) -> Incident?
  ) -> [PlannedMessage] {
    var messages: [PlannedMessage] = []
    var again: [DueKey] = []
    var count = 0
    while let key = due.first(at: now) {
      switch key {
      case .wave(let number):
        guard let wave = waves[number] else { break }
        let isFirst = count == 0
        count += wave.steps.count
        // One after another has its turn.
        if count > NotificationPlan.mostSteps, !isFirst {
          messages += remind(again, now, incident)
          return messages
        }
        _ = due.take(at: now)
        messages += message(of: wave, now, incident)
        continue
      case .reminder, .escalation: again.append(key)
      }
      _ = due.take(at: now)
    }
    messages += remind(again, now, incident)
    prune(now)
    return messages
  }

  mutating func message(
    of wave: Wave, _ now: Int, _ incident: (Int) -> Incident?
  ) -> [PlannedMessage] {
    if let end = quietEnd(of: wave, now, incident) {
      // Nothing is told to one whose quiet hours never end.
      if end == .max { remove(wave.number) } else { setDue(end, of: wave.number) }
      return []
    }
    remove(wave.number)
    var lines: [PlannedMessage.Line] = []
    let steps = wave.steps.values.sorted { $0.incident < $1.incident }
    for step in steps {
      let isOver = closed[step.incident] != nil
      guard let incident = incident(step.incident) ?? closed[step.incident] else { continue }
      let state = told[ToldKey(contact: wave.contact, incident: step.incident)]
      switch step.kind {
      case .closed, .steady: break
      case .worsened where incident.level <= state?.level ?? .ok && wave.kind != .summary: continue
      case .joined where wave.kind == .change && !hasNews(incident, for: wave.contact): continue
      default: if isOver && wave.kind != .summary { continue }
      }
      lines.append(
        PlannedMessage.Line(
          incident: incident, step: isOver && step.kind != .steady ? .closed : step.kind,
          was: state?.level))
    }
    guard !lines.isEmpty else { return [] }
    let kind: Notification.Kind = wave.kind == .summary ? .summary : .change
    var messages = send(lines, kind, to: wave.contact, steps, now)
    if wave.kind == .recovery, !messages.isEmpty {
      messages[0].threadCount = lines.count + (roots[wave.key]?.count ?? 0)
    }
    return messages
  }

  /// The end of the quiet hours that hold a summary back, where nothing in it is critical, or was until its end.
  private func quietEnd(
    of wave: Wave, _ now: Int, _ incident: (Int) -> Incident?
  ) -> Int? {
    guard wave.kind == .summary, let rules = rules[wave.contact],
      let end = rules.quiet.end(holding: now, in: rules.zone)
    else { return nil }
    let isCritical = wave.steps.keys.contains { number in
      if let incident = incident(number) { return incident.level == .critical }
      return closed[number]?.worst == .critical
    }
    return isCritical ? nil : end
  }

  /// Whether a message has told that the plugin of an incident fails, or is not listed by its node.
  private func hasToldFault(of incident: Incident, to contact: String) -> Bool {
    guard let last = threads[ThreadKey(contact: contact, thread: incident.thread)]?.at,
      let fault = incident.badCauses.first(where: { $0.subject == .fault })
    else { return false }
    return fault.at <= last
  }

  /// Whether something is wrong that the last message about an incident cannot have told.
  private func hasNews(_ incident: Incident, for contact: String) -> Bool {
    let last = threads[ThreadKey(contact: contact, thread: incident.thread)]?.at ?? .min
    return incident.parts.contains { $0.isBad && $0.at >= last }
  }
}
