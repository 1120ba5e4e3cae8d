import Foundation
import Incidents
import Ledger
import Limits
import MuninWire
import Notify
import Patterns
import Settings
import Text

/// Runs a ``Story`` through ``AlertStages``, as the collector does, on a clock that stands.
final class StoryRun {
  /// What goes wrong while the story goes on.
  enum Manner: String, CaseIterable, Sendable {
    case asWritten
    /// After each poll the collector is killed and begins anew with what the ledger has.
    case killedAfterEachPoll
    /// Each transaction is written twice, as after a commit that was kept although it reported an error.
    case writtenTwice
  }

  private struct Field {
    var series: SeriesNumber
    var text: String?
    var step: Double = 0
  }

  private struct Graph {
    var facts: MuninWire.Graph
    var limits: GraphFacts
    var service: String
    var fields: [String: Field] = [:]
  }

  private struct Service {
    var config: String
    var fault: ServiceFault?
  }

  private struct Node {
    var number: NodeNumber
    var host: HostSettings
    var services: [String: Service] = [:]
    var serviceNames: [String] = []
    var graphs: [String: Graph] = [:]
    var graphNames: [String] = []
    var fault: NodeFault?
    var extinfo: [SeriesNumber: String] = [:]
  }

  private let story: Story
  private let manner: Manner
  private let ledger: Ledger?
  private var stages = AlertStages()
  private var directory: AlertDirectory
  private var master: MasterSettings
  private var nodes: [Node] = []
  private var places: [SeriesNumber: (node: Int, graph: String, field: String)] = [:]
  private var nextSeries: UInt32 = 1
  private var nextNode: UInt32 = 1
  private var nextOrder = 1
  /// How far the machine's clock is ahead of the story's.
  private var shift = 0
  private var nextPoll = 0
  private var mails: [(at: Int, subject: String, text: String)] = []
  private var identifiers: [String: Set<String>] = [:]
  private var answers: [NodeNumber: Int] = [:]
  private var cells: [SeriesNumber: ValueCell] = [:]
  private var nodeFacts: [NodeNumber: NodeFacts] = [:]
  private(set) var findings: [String] = []
  /// What the inventory and the files tell digests, with the times.
  private var appearances: [(at: Int, DigestSources.Appearance)] = []
  private var unusual: [(at: Int, DigestSources.UnusualValue)] = []
  /// The values that were near a limit at the last digest.
  private var wereNear: Set<SeriesNumber> = []

  init(_ story: Story, _ manner: Manner) async throws {
    self.story = story
    self.manner = manner
    (master, directory) = try StoryRun.settings(story.conf, story)
    let isRegular = master.heartbeatMail != nil || master.contacts.contains { $0.digest != nil }
    if manner == .asWritten, !isRegular {
      ledger = nil
    } else {
      ledger = try Ledger(path: ":memory:")
      try await ledger?.migrate(IncidentTables.migrations + AlertTables.migrations)
    }
    for host in master.hosts { addNode(host) }
    for service in story.services { try describe(service.node, service.name, service.config) }
  }

  private static func settings(
    _ conf: String, _ story: Story
  ) throws -> (MasterSettings, AlertDirectory) {
    let rate = "update_rate \(story.period)\n"
    let file = SettingsFile(name: "munin.conf", text: rate + conf)
    let (master, problems, _) = MasterSettings.parse([file])
    if let first = problems.first { throw Story.Fault(description: "\(story.name): \(first)") }
    return (
      master, AlertDirectory(master, machineZone: story.zone) { Story.zone($0.text) }
    )
  }

  // MARK: - The inventory of the story

  private func addNode(_ host: HostSettings) {
    nodes.append(Node(number: NodeNumber(nextNode), host: host))
    nextNode += 1
  }

  private func node(_ path: String) throws -> Int {
    guard let index = nodes.firstIndex(where: { $0.host.path == path || $0.host.name == path })
    else { throw Story.Fault(description: "no node \(path)") }
    return index
  }

  private func describe(_ path: String, _ service: String, _ config: String) throws {
    // Several nodes may have the same services: all of a group.
    let indices = nodes.indices.filter {
      nodes[$0].host.path == path || nodes[$0].host.groups.joined(separator: ";") == path
    }
    guard !indices.isEmpty else { throw Story.Fault(description: "no node or group \(path)") }
    for index in indices {
      if nodes[index].services[service] == nil { nodes[index].serviceNames.append(service) }
      nodes[index].services[service] = Service(config: config)
      let answer = ConfigAnswer(Array(config.utf8).span, service: service)
      for graph in answer.graphs {
        var record = Graph(facts: graph, limits: GraphFacts(graph), service: service)
        if nodes[index].graphs[graph.name] == nil { nodes[index].graphNames.append(graph.name) }
        for field in graph.fields {
          if let former = nodes[index].graphs[graph.name]?.fields[field.name] {
            record.fields[field.name] = former
            continue
          }
          let series = SeriesNumber(nextSeries)
          nextSeries += 1
          record.fields[field.name] = Field(series: series, text: nil)
          places[series] = (index, graph.name, field.name)
        }
        nodes[index].graphs[graph.name] = record
      }
    }
  }

  /// The rules of all series; what of the words cannot be used is a finding.
  private func rules() -> [(series: SeriesNumber, rules: SeriesRules?)] {
    var found: [(series: SeriesNumber, rules: SeriesRules?)] = []
    findings = []
    for node in nodes {
      for name in node.graphNames {
        guard let graph = node.graphs[name] else { continue }
        for (number, field) in graph.facts.fields.enumerated() {
          guard let series = graph.fields[field.name]?.series else { continue }
          let facts = FieldFacts(
            number, of: graph.limits, type: field.type,
            possible: Bounds(
              min: field["min"].flatMap(Double.init), max: field["max"].flatMap(Double.init)),
            updateRate: node.host.updateRate)
          let (rules, problems) = RuleBook.rules(
            for: facts, word: { self.word($0, node.host, graph.facts, field) })
          findings += problems.map { "\($0)" }
          found.append((series, rules))
        }
      }
    }
    return found
  }

  private func word(
    _ word: String, _ host: HostSettings, _ graph: MuninWire.Graph, _ field: MuninWire.Field
  ) -> RuleSource? {
    let placed = master.word(word, for: host, service: graph.name, field: field.name)
    let isOwn =
      master.override(
        word, group: host.groups, host: host.name, service: graph.name, field: field.name) != nil
    if !isOwn, let text = field[word] {
      return RuleSource(text)
    }
    return placed.map { RuleSource($0.text, at: "\($0.place.file):\($0.place.line)") }
  }

  private var facts: AlertFacts {
    let (nodes, directory, places, nodeFacts) = (nodes, directory, places, nodeFacts)
    let judge = stages.judge
    return AlertFacts(
      node: { nodeFacts[$0] },
      service: { number, name in
        // Numbers follow the order of the nodes.
        let index = Int(number.raw) - 1
        guard nodes.indices.contains(index), nodeFacts[number] != nil else { return nil }
        return directory.service(name, of: nodes[index].host, isJudged: true)
      },
      series: { series in
        guard let place = places[series], let graph = nodes[place.node].graphs[place.graph],
          let field = graph.facts.field(place.field)
        else { return nil }
        return SeriesFacts(
          node: nodes[place.node].number, service: graph.service, graph: graph.facts.name,
          title: graph.facts.title, graphInfo: graph.facts.info, field: field.name,
          label: field.label, info: field["info"], extinfo: nodes[place.node].extinfo[series],
          unit: graph.facts.vlabel, base: graph.limits.base, isScaled: graph.facts.scale,
          repeats: judge.rules(of: series)?.repeats)
      }, ownRepeats: directory.settings.ownRepeats)
  }

  /// What the settings say of the nodes that are there.
  private func findNodes() {
    var numbers: [String: NodeNumber] = [:]
    for node in nodes where node.host.updateRate < .max { numbers[node.host.path] = node.number }
    nodeFacts = [:]
    for node in nodes where node.host.updateRate < .max {
      nodeFacts[node.number] = directory.node(
        node.host, parent: node.host.parent.flatMap { numbers[$0] }, services: node.serviceNames)
    }
  }

  // MARK: - The road

  private func take(_ update: AlertUpdate) async throws {
    for notification in update.notifications { deliver(notification) }
    guard let ledger, !update.rows.isEmpty else { return }
    let rows = update.rows
    for _ in 0..<(manner == .writtenTwice ? 2 : 1) {
      try await ledger.transaction { transaction throws(LedgerError) in
        try rows.write(in: transaction)
      }
    }
    // What was delivered is what is stored.
    for notification in update.notifications {
      let stored = try await ledger.read { transaction throws(LedgerError) in
        try AlertTables.notification(notification.number, in: transaction)
      }
      if stored != notification { fail("notification \(notification.number) is stored wrongly") }
    }
  }

  private func restart(at now: Int) async throws {
    guard manner == .killedAfterEachPoll, !story.isUnkilled, let ledger else { return }
    var contents = try await ledger.read { transaction throws(LedgerError) in
      try AlertContents.read(at: now, in: transaction)
    }
    // The journal has the last values, where rates go on, and the time of the last answer.
    for (series, cell) in cells { contents.states[series]?.previous = cell }
    for (node, time) in answers { contents.standings[node]?.lastAnswer = time }
    stages = AlertStages()
    stages.restore(contents)
    try await configure(at: now)
  }

  private func configure(at now: Int) async throws {
    findNodes()
    try await take(stages.set(rules(), at: now, facts: facts))
    try await take(stages.configure(directory.settings, at: now, facts: facts))
  }

  private func deliver(_ notification: Incidents.Notification) {
    let words = AlertWords(notification, surroundings)
    mails.append((notification.at, "\(notification.contact) \(words.subject)", words.text))
    let contact = notification.contact
    if identifiers[contact, default: []].contains(notification.identifier) {
      fail("two messages \(notification.identifier) to \(contact)")
    }
    for reference in notification.references
    where !identifiers[contact, default: []].contains(reference) {
      fail("a message to \(contact) answers \(reference), which was never sent")
    }
    for line in notification.lines
    where line.step == .closed && notification.references.isEmpty && notification.kind == .change {
      fail("the end of incident \(line.incident) answers no message to \(contact)")
    }
    identifiers[contact, default: []].insert(notification.identifier)
  }

  private func fail(_ text: String) { mails.append((0, "FAULT \(text)", "")) }

  /// - Returns: the mails of each line, and the texts that were looked for and not found.
  func run() async throws -> (mails: [[String]], missing: [String]) {
    var lists: [[String]] = []
    var missing: [String] = []
    var time = story.lines[0].time
    nextPoll = time
    try await configure(at: time)
    for (index, line) in story.lines.enumerated() {
      let end =
        index + 1 < story.lines.count ? story.lines[index + 1].time : line.time + story.period
      mails = []
      try await elapse(to: line.time)
      time = line.time
      for event in line.events { try await happen(event, line) }
      if nextPoll < time {
        nextPoll += (time - nextPoll + story.period - 1) / story.period * story.period
      }
      while nextPoll < end {
        try await elapse(to: nextPoll)
        try await poll(at: nextPoll)
        nextPoll += story.period
      }
      try await elapse(to: end - 1)
      lists.append(mails.map(\.subject))
      for text in line.texts where mails.last?.text.contains(text) != true {
        missing.append("line \(line.number): no '\(text)' in:\n\(mails.last?.text ?? "no mail")")
      }
    }
    return (lists, missing)
  }

  /// Lets pass what is due before a time of the story.
  private func elapse(to time: Int) async throws {
    while true {
      let next = stages.nextTime ?? .max
      let regular = stages.regular.nextTime ?? .max
      guard min(next, regular) <= time + shift else { return }
      if next <= regular {
        try await take(stages.elapse(at: next, facts: facts))
      } else {
        try await tellRegular(at: regular)
      }
    }
  }

  // MARK: - By the clock

  private func tellRegular(at now: Int) async throws {
    for order in stages.takeRegular(at: now) {
      switch order.key.kind {
      case .alive:
        let polled = nodes.filter { $0.host.updateRate < .max }
        let alive = AliveFacts(
          nodes: polled.count, silent: polled.count { $0.fault != nil },
          incidents: stages.machine.open.count { !$0.holds.contains(.parent) }, slowest: 0.25,
          slowestNode: polled.first?.host.path)
        let mail = stages.signOfLife(order, alive, at: now)
        try await take(stages.finish(order, with: mail, at: now))
      case .digest:
        let mail = try await digest(order, at: now)
        try await take(stages.finish(order, with: mail, at: now))
      }
    }
  }

  /// As the collector makes it: without what the contact ignores, `nil` when nothing is new.
  private func digest(_ order: RegularOrder, at now: Int) async throws -> Incidents.Notification? {
    guard let ledger, let contact = master.contacts.first(where: { $0.name == order.key.contact })
    else { return nil }
    var sources = try await ledger.read { transaction throws(LedgerError) in
      try DigestSources.read(since: order.since, until: now, in: transaction)
    }
    sources.watched = now - order.since
    func isNow(_ time: Int) -> Bool { time > order.since && time <= now }
    sources.appearances = appearances.filter { isNow($0.at) }.map(\.1)
    sources.unusual = unusual.filter { isNow($0.at) }.map(\.1)
    sources.nearLimits = nearLimits()
    var notification = await stages.digest(order, sources, at: now, facts: facts)
    guard let contents = notification.digest else { return nil }
    let patterns = try contact.ignore.map { try Pattern($0.text) }
    let words = DigestWords(notification, surroundings)
    let kept = contents.items.filter { item in
      !patterns.contains { $0.matches(words.line(item)) }
    }
    notification.digest = contents.keeping(kept)
    return notification.digest == nil ? nil : notification
  }

  private func nearLimits() -> [DigestSources.NearValue] {
    var near: [DigestSources.NearValue] = []
    for series in places.keys.sorted() where stages.judge.level(of: series) == .ok {
      // After a kill the journal has the newest value, and the judge the last one that was stored.
      guard let value = cells[series]?.number ?? stages.judge.value(of: series),
        let limit = stages.judge.rules(of: series)?.near(value, { _ in nil })
      else { continue }
      near.append(DigestSources.NearValue(series: series, value: value, limit: limit))
    }
    defer { wereNear = Set(near.map(\.series)) }
    return near.filter { !wereNear.contains($0.series) }
  }

  private var surroundings: AlertSurroundings {
    let zone = story.zone
    return AlertSurroundings(machine: "mon1", utcOffset: { zone.offset(at: $0).offset })
  }

  private func poll(at time: Int) async throws {
    let now = time + shift
    for index in nodes.indices
    where (time - story.lines[0].time) % nodes[index].host.updateRate < story.period {
      let node = nodes[index]
      if let fault = node.fault {
        try await take(stages.missed(node.number, fault, at: now, facts: facts))
        continue
      }
      answers[node.number] = now
      var poll = AlertStages.Poll(node: node.number)
      var values: [SeriesNumber: [Double?]] = [:]
      for name in node.graphNames {
        guard let graph = node.graphs[name], let service = node.services[graph.service] else {
          continue
        }
        let raw = graph.facts.fields.map { field in
          graph.fields[field.name]?.text.flatMap(Double.init)
        }
        for field in graph.facts.fields {
          guard let record = graph.fields[field.name] else { continue }
          if service.fault != nil {
            poll.failed.append(record.series)
            continue
          }
          poll.asked.append(record.series)
          values[record.series] = raw
          if record.step != 0, let number = record.text.flatMap(Double.init) {
            let grown = number + record.step
            nodes[index].graphs[name]?.fields[field.name]?.text =
              grown == grown.rounded() ? "\(Int(grown))" : "\(grown)"
          }
          guard let text = record.text, let reading = Reading(text) else { continue }
          let cell = ValueCell(Sample(reading, at: now))
          if cell.number != nil { cells[record.series] = cell }
          poll.samples.append(JudgedSample(record.series, cell))
        }
      }
      poll.faults = node.serviceNames.compactMap { node.services[$0]?.fault }
      try await take(
        stages.polled(poll, at: now, facts: facts) { series, number in
          guard let list = values[series], number < list.count else { return nil }
          return list[number]
        })
    }
    try await restart(at: now)
  }

  // MARK: - Events

  private func happen(_ event: String, _ line: Story.Line) async throws {
    let words = event.split(separator: " ").map(String.init)
    let rest = words.dropFirst().joined(separator: " ")
    let now = line.time + shift
    switch words[0] {
    case "=": break
    case "off": nextPoll = line.time + Int(words[1])! * 60
    case "down", "refused":
      for index in try members(words[1]) {
        nodes[index].fault =
          words[0] == "down"
          ? NodeFault(words: "no answer within 20 s", isTimeout: true)
          : NodeFault(words: "Connection refused")
      }
    case "up": for index in try members(words[1]) { nodes[index].fault = nil }
    case "fault", "gone", "works":
      let (path, service) = try place(words[1])
      let text = words.dropFirst(2).joined(separator: " ")
      nodes[path].services[service]?.fault =
        words[0] == "works"
        ? nil
        : ServiceFault(
          service: service,
          words: words[0] == "gone" ? "the node does not list it" : "# " + text,
          isGone: words[0] == "gone")
    case "says":
      let (index, graph, field) = try series(words[1])
      let number = nodes[index].graphs[graph]!.fields[field]!.series
      let text = words.dropFirst(2).joined(separator: " ")
      nodes[index].extinfo[number] = text.isEmpty ? nil : text
    case "clock":
      let seconds = Int(words[1])!
      shift += seconds
      try await take(stages.clockJumped(by: seconds, at: now + seconds, facts: facts))
    case "own":
      guard let trouble = OwnTrouble(rawValue: words[1].replacingOccurrences(of: "_", with: " "))
      else { throw Story.Fault(description: "no trouble \(words[1])") }
      let text = words.dropFirst(2).joined(separator: " ")
      try await take(stages.own(trouble, text.isEmpty ? nil : text, at: now, facts: facts))
    case "restarted":
      var update = AlertUpdate()
      update.rows.mishaps = try members(words[1]).map {
        Mishap(node: nodes[$0].number, .restarted, at: now, words: "")
      }
      try await take(update)
    case "new", "vanished":
      let parts = words[1].split(separator: ":").map(String.init)
      let place = DigestSources.Appearance(
        node: nodes[try node(parts[0])].number, service: parts.count == 2 ? parts[1] : nil,
        isGone: words[0] == "vanished")
      appearances.append((now, place))
    case "unusual": try findUnusual(words, at: now)
    case "silence":
      guard let target = AlertTarget(words[1]) else {
        throw Story.Fault(description: "no target \(words[1])")
      }
      try await order(.silence(target, until: now + Int(words[2])! * 60), now)
    case "unsilence": try await order(.unsilence(AlertTarget(words[1])!), now)
    case "ack": try await order(.acknowledge(incident: Int(words[1])!), now)
    case "config":
      let (index, service) = try place(words[1])
      try describe(nodes[index].host.path, service, line.block)
      try await configure(at: now)
    case "reload": try await reload(line.block, at: now)
    case "rename":
      let index = try node(words[1])
      nodes[index].host.name = words[2]
    case "set":
      for index in try members(words[1]) { try set(words[2], rest: words[3], in: index) }
    default:
      let (index, graph, field) = try series(words[0])
      try set("\(graph).\(field)", rest: rest, in: index)
    }
  }

  /// `unusual GRAPH.FIELD VALUE LOW HIGH`: by the files, the mean of the two hours before is beyond what is usual.
  private func findUnusual(_ words: [String], at now: Int) throws {
    let (index, graph, field) = try series(words[1])
    let number = nodes[index].graphs[graph]!.fields[field]!.series
    let (low, high) = (Double(words[3])!, Double(words[4])!)
    guard let names = facts.series(number),
      let usual = UsualRange((0...10).map { low + (high - low) * Double($0) / 10 })
    else { throw Story.Fault(description: "no usual range \(words)") }
    let found = WeekdayHistory.Finding(
      value: Double(words[2])!, from: now - 7200, to: now, usual: usual, excess: 9)
    unusual.append(
      (now, DigestSources.UnusualValue(facts: names, series: number, found: found)))
  }

  private func set(_ name: String, rest: String, in index: Int) throws {
    let cut = name.lastIndex(of: ".")!
    let (graph, field) = (String(name[..<cut]), String(name[name.index(after: cut)...]))
    guard var record = nodes[index].graphs[graph]?.fields[field] else {
      throw Story.Fault(description: "no field \(name)")
    }
    if rest.hasPrefix("+") {
      record.step = Double(rest.dropFirst())!
      record.text = record.text ?? "0"
    } else {
      record.step = 0
      record.text = rest == "-" ? nil : rest
    }
    nodes[index].graphs[graph]?.fields[field] = record
  }

  private func order(_ kind: AlertOrder.Kind, _ now: Int) async throws {
    let order = AlertOrder(number: nextOrder, at: now, kind: kind, who: "ada", why: "planned")
    nextOrder += 1
    try await take(stages.carryOut(order, at: now, facts: facts))
  }

  private func reload(_ conf: String, at now: Int) async throws {
    (master, directory) = try StoryRun.settings(conf, story)
    for (index, node) in nodes.enumerated().reversed() {
      if let host = master.hosts.first(where: { $0.path == node.host.path }) {
        nodes[index].host = host
        continue
      }
      let series = node.graphNames.flatMap { name in
        (node.graphs[name]?.fields.values.map(\.series) ?? []).sorted()
      }
      let update = stages.remove(node.number, series: series, at: now, facts: facts)
      nodes[index].graphNames = []
      nodes[index].serviceNames = []
      nodes[index].host.updateRate = .max
      try await take(update)
    }
    for host in master.hosts where !nodes.contains(where: { $0.host.path == host.path }) {
      addNode(host)
    }
    try await configure(at: now)
  }

  private func members(_ path: String) throws -> [Int] {
    let found = nodes.indices.filter { index in
      let host = nodes[index].host
      return host.path == path || host.name == path
        || host.path.hasPrefix(path + ";")
    }
    guard !found.isEmpty else { throw Story.Fault(description: "no node or group \(path)") }
    return found
  }

  /// `SERVICE` or `NODE:SERVICE`.
  private func place(_ text: String) throws -> (node: Int, service: String) {
    let parts = text.split(separator: ":").map(String.init)
    let index = parts.count == 2 ? try node(parts[0]) : 0
    guard let service = parts.last, nodes[index].services[service] != nil else {
      throw Story.Fault(description: "no service \(text)")
    }
    return (index, service)
  }

  /// `GRAPH.FIELD` or `NODE:GRAPH.FIELD`.
  private func series(_ text: String) throws -> (node: Int, graph: String, field: String) {
    let parts = text.split(separator: ":").map(String.init)
    let index = parts.count == 2 ? try node(parts[0]) : 0
    guard let name = parts.last, let cut = name.lastIndex(of: ".") else {
      throw Story.Fault(description: "unknown event '\(text)'")
    }
    let (graph, field) = (String(name[..<cut]), String(name[name.index(after: cut)...]))
    guard nodes[index].graphs[graph]?.fields[field] != nil else {
      throw Story.Fault(description: "no field \(text)")
    }
    return (index, graph, field)
  }
}
