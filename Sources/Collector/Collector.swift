public import EventLoop
public import Ledger
internal import Limits
public import Logbook
public import Mail
internal import MuninWire
public import RRD
public import Settings
internal import Text

/// The master: polls the nodes, records what they say, judges it, and tells people.
@LoopActor
public final class Collector {
  let settings: MasterSettings
  let clock: LoopClock
  let log: Logbook
  let ledger: Ledger
  let courier: Courier
  private let writer: RRDWriter
  private let grapher: RRDGrapher
  private let alerts: Alerts
  private let tls: PollTLS
  private(set) var nodes: [NodeRecord] = []
  private let started: Int
  private(set) var cycle = CycleReport()
  private var mailWaits = Gate()
  private var polling = 0
  private var queue: [Gate] = []
  private var mailsWaiting = 0
  private var mailsFailed = 0
  private var lastPoll: Int?
  private var backlog = Backlog()
  private var isWriting = false
  /// Why the ledger takes nothing; `nil` while it does.
  private var ledgerTrouble: String?
  /// Whether the outbox itself failed, so that what is due stays due.
  private var isOutboxTroubled = false

  /// - Parameters:
  ///   - ledger: already migrated by ``prepare(_:)``.
  ///   - site: where the pages are, for links in mails.
  public init(
    settings: MasterSettings, ledger: Ledger, courier: Courier, writer: RRDWriter,
    grapher: RRDGrapher, site: String?, log: Logbook, clock: LoopClock = .real
  ) {
    self.settings = settings
    self.ledger = ledger
    self.courier = courier
    self.writer = writer
    self.grapher = grapher
    self.log = log
    self.clock = clock
    alerts = Alerts(settings: settings, site: site)
    tls = PollTLS { log.note($0) }
    started = clock.epoch
    nodes = settings.hosts.map { NodeRecord(host: $0, settings: settings) }
  }

  /// Brings the ledger's tables up to date.
  public nonisolated static func prepare(_ ledger: Ledger) async throws(LedgerError) {
    try await ledger.migrate(Store.migrations + Outbox.migrations)
  }

  /// Takes over what a former run knew.
  public func restore() async throws(LedgerError) {
    let contents = try await ledger.read { transaction throws(LedgerError) in
      try Store.read(in: transaction)
    }
    for node in nodes {
      node.restore(
        health: contents.health[node.path] ?? NodeHealth(),
        configs: contents.plugins[node.path] ?? [], states: contents.states[node.path] ?? [:])
    }
    await countMails()
  }

  // MARK: - One node

  /// Polls one node and does all that follows from it.
  func visit(_ node: NodeRecord) async {
    guard !node.isPolling else { return }
    node.isPolling = true
    defer {
      node.isPolling = false
      lastPoll = clock.epoch
    }
    let fetched = node.fetched
    let now = clock.epoch
    let rate = settings.updateRate
    let rates = node.configs.filter { ($0.value.updateRate ?? 0) > rate }
    let fresh: Set<ObjectIdentifier> = Set(
      rates.compactMap { name, config in
        // Half a period early is on time: polls are not exact to the second.
        fetched[name].map { now - $0 < config.updateRate! - rate / 2 } == true
          ? ObjectIdentifier(config) : nil
      })
    do throws(PollFailure) {
      let poll = try await Poller(host: node.host, settings: settings, clock: clock, tls: tls).poll(
        known: node.configs, serial: node.isSerial,
        isFresh: { fresh.contains(ObjectIdentifier($0)) })
      await take(poll, of: node)
    } catch {
      // Our own end says nothing about the node.
      if Task.isCancelled { return }
      if error.isWhileAsking {
        // Where one request at a time is no better, there is no use in being slow.
        node.isSerial.toggle()
        if node.isSerial { log.note("\(node.path): will be asked one request at a time") }
      }
      await lose(node, "\(error)")
    }
  }

  private func take(_ poll: Poll, of node: NodeRecord) async {
    let now = clock.epoch
    node.duration = poll.duration
    note(
      poll.faults.isEmpty ? nil : poll.faults.prefix(5).joined(separator: "; "), "answers", of: node
    )
    if poll.services.isEmpty {
      return await lose(
        node,
        "lists no service for '\(node.host.useNodeName ? poll.nodeName : node.host.name)'; the node "
          + "calls itself '\(poll.nodeName)' (use_node_name yes asks for that)")
    }
    var batch = Store.Batch(node: node.path)
    var updates: [RRDUpdate] = []
    var changes: [String: [FieldChange]] = [:]
    var values = 0
    for service in poll.services {
      note(service.trouble, service.name, of: node)
      guard let config = service.config else { continue }
      if node.learn(service.name, config), !config.bytes.isEmpty {
        batch.plugins.append((service.name, config.bytes))
      }
      guard let readTime = service.readTime else { continue }
      node.noteFetched(service.name, at: readTime)
      for fetched in service.values {
        guard let graph = node.graphs[fetched.name], graph.plugin == service.name else { continue }
        values += fetched.values.count
        var news: [FieldChange] = []
        graph.take(fetched, readTime: readTime, now: now, updates: &updates, changes: &news)
        note(graph.stray, "time of \(fetched.name)", of: node)
        if !news.isEmpty { changes[fetched.name] = news }
      }
    }
    for gone in node.forgetUnlisted(Set(poll.services.map(\.name))) {
      log.note("\(node.path): no longer offers \(gone); its files stay")
      batch.removed.append(gone)
    }
    for (name, graph) in node.graphs {
      let silent = graph.elapse(to: now)
      if !silent.isEmpty { changes[name, default: []] += silent }
      note(
        graph.problems.isEmpty ? nil : graph.problems.joined(separator: "; "), "thresholds \(name)",
        of: node)
    }
    let failures = await writer.apply(updates)
    note(failures, of: node)
    cycle.polled(
      node.path, values: values, services: poll.services.count, duration: poll.duration)

    let wasTroubled = node.health.trouble != nil || node.health.lastAnswer == nil
    if let change = node.observe(nil, now: now, patience: Thresholds.defaultUnknownLimit) {
      announce(change, of: node, now: now, in: &batch)
    }
    if wasTroubled {
      batch.health = node.health
      if node.isNews(nil, of: "poll") { log.note("\(node.path): answers again") }
    }
    await judge(node, changes, now: now, into: &batch)
    await commit(batch)
  }

  /// The node did not answer.
  private func lose(_ node: NodeRecord, _ trouble: String) async {
    let now = clock.epoch
    cycle.failed(node.path)
    if node.isNews(trouble, of: "poll") { log.note("\(node.path): \(trouble)") }
    var batch = Store.Batch(node: node.path)
    if let change = node.observe(trouble, now: now, patience: Thresholds.defaultUnknownLimit) {
      announce(change, of: node, now: now, in: &batch)
    }
    batch.health = node.health
    await commit(batch)
  }

  private func announce(
    _ change: NodeHealth.Change, of node: NodeRecord, now: Int, in batch: inout Store.Batch
  ) {
    let isEnd = if case .found = change { true } else { false }
    let incident = (isEnd ? node.health.incident : nil) ?? OutgoingMail.makeID(created: now)
    batch.mails += alerts.messages(about: change, of: node.host, incident: incident, now: now)
    node.setIncident(isEnd ? nil : incident)
  }

  /// Tells people about every graph of which a field changed its level.
  private func judge(
    _ node: NodeRecord, _ changes: [String: [FieldChange]], now: Int, into batch: inout Store.Batch
  ) async {
    for name in node.graphs.keys.sorted() {
      guard let graph = node.graphs[name], graph.isJudged else { continue }
      let news = changes[name] ?? []
      let text = self.text(about: graph, of: node, news)
      guard !news.isEmpty || alerts.isAnyRepeat(of: text, on: node.host) else { continue }
      // One picture for all contacts; a message goes out without one rather than not at all.
      let picture = try? await grapher.picture(
        of: graph.graph, GraphRequest(period: .day, now: now), path: graph.paths)
      let incident = graph.incident ?? OutgoingMail.makeID(created: now)
      batch.mails += alerts.messages(
        about: text, of: node.host, incident: incident, isFirst: graph.incident == nil,
        now: now,
        pictures: picture.map { [MailPicture(name: "\(node.host.name)-\(name).png", png: $0.png)] }
          ?? [])
      graph.incident = text.worst == .ok ? nil : incident
      for field in news {
        let key = StateKey(service: name, field: field.field)
        batch.changes.append((key, field.change))
        log.note(
          "\(node.path):\(name).\(field.field): \(field.change.from) -> \(field.change.to)"
            + (field.change.value.map { ", value \(Amount.text($0))" } ?? ""))
      }
      guard !news.isEmpty else { continue }
      for field in graph.fields where !field.rules.thresholds.isEmpty {
        batch.states.append(
          (
            StateKey(service: name, field: field.name),
            StoredState(state: field.state, incident: graph.incident)
          ))
      }
    }
  }

  private func text(
    about graph: GraphRecord, of node: NodeRecord, _ news: [FieldChange]
  ) -> AlertText {
    let lines = graph.fields.filter { !$0.rules.thresholds.isEmpty }.map { field in
      AlertText.Line(
        name: field.name, label: field.label, level: field.state.level, value: field.state.value,
        thresholds: field.rules.thresholds, since: field.state.since, extinfo: field.extinfo,
        change: news.last { $0.field == field.name }?.change)
    }
    return AlertText(
      groups: node.host.groups, host: node.host.notifyAlias ?? node.host.name, graph: graph.graph,
      lines: lines, page: alerts.page(of: node.host, service: graph.graph.name))
  }

  // MARK: - The ledger

  /// Writes what is new, and what could not be written before. One writer at a time: what comes meanwhile goes into
  /// its next transaction.
  func commit(_ batch: Store.Batch) async {
    backlog.add(batch)
    guard !isWriting else { return }
    isWriting = true
    defer { isWriting = false }
    while !backlog.isEmpty {
      let batches = backlog.takeAll()
      do throws(LedgerError) {
        try await keep(batches)
      } catch {
        backlog.giveBack(batches)
        if ledgerTrouble != error.description {
          log.note("states and mails cannot be kept, and are tried again at each poll: \(error)")
        }
        ledgerTrouble = error.description
        return
      }
      if ledgerTrouble != nil { log.note("states and mails are kept again") }
      ledgerTrouble = nil
    }
  }

  private func keep(_ batches: [Store.Batch]) async throws(LedgerError) {
    do throws(LedgerError) {
      try await ledger.transaction { transaction throws(LedgerError) in
        for batch in batches { try Store.write(batch, in: transaction) }
      }
    } catch {
      guard error.kind == .constraint else { throw error }
      // A commit that failed may have been kept after all: what is there already must not keep out the rest.
      guard batches.count > 1 else {
        log.note("\(batches[0].node): state and mails are refused: \(error)")
        return
      }
      for batch in batches { try await keep([batch]) }
      return
    }
    let mails = batches.reduce(0) { $0 + $1.mails.count }
    if mails > 0 {
      mailsWaiting += mails
      mailWaits.open()
    }
  }

  /// Tries once more to write what is not kept yet.
  /// - Returns: whether all is kept.
  func flush() async -> Bool {
    await commit(Store.Batch(node: ""))
    return backlog.isEmpty
  }

  // MARK: - Turns

  /// Polls under way at once: each holds a descriptor, of which a process has 1024 by default.
  private static let mostPolls = 800

  /// Runs `body` when there is room for another poll.
  func turn(_ body: () async -> Void) async {
    while polling >= Collector.mostPolls {
      let gate = Gate()
      queue.append(gate)
      await gate.wait()
    }
    polling += 1
    await body()
    polling -= 1
    if !queue.isEmpty { queue.removeFirst().open() }
  }

  // MARK: - Mail

  /// Makes one attempt for every mail that is due.
  public func deliver() async {
    var outboxTrouble: String?
    for report in await courier.deliverDue(now: clock.epoch) {
      if report.outcome == .outboxFailed {
        outboxTrouble = report.description
      } else if report.outcome != .delivered {
        log.note("\(report)")
      }
    }
    if let outboxTrouble, !isOutboxTroubled { log.note(outboxTrouble) }
    isOutboxTroubled = outboxTrouble != nil
    await countMails()
  }

  /// Makes mails that were given up due again.
  public func retryRefusedMails() async {
    let now = clock.epoch
    do throws(LedgerError) {
      let count = try await ledger.transaction { transaction throws(LedgerError) in
        try Outbox.retryFailed(now: now, in: transaction)
      }
      if count > 0 { log.note("\(count) mails that were given up are tried again") }
    } catch {
      log.note("mails that were given up stay so: \(error)")
    }
  }

  private func countMails() async {
    let entries = try? await ledger.read { transaction throws(LedgerError) in
      try Outbox.entries(in: transaction)
    }
    mailsWaiting = entries?.count { $0.failed == nil } ?? mailsWaiting
    mailsFailed = entries?.count { $0.failed != nil } ?? mailsFailed
  }

  /// Waits until mails may be due: new ones came, or an old one's time has come.
  func untilMailIsDue() async throws {
    let gate = Gate()
    mailWaits = gate
    let due = (try? await courier.nextDue()) ?? nil
    // What is due while the outbox cannot be written stays due: not at once again.
    let wait = due.map { max(isOutboxTroubled ? 60 : 0, $0 - clock.epoch) } ?? 3600
    let timer = clock.schedule(at: clock.now.advanced(by: .seconds(min(wait, 3600)))) {
      gate.open()
    }
    await withTaskCancellationHandler {
      await gate.wait()
    } onCancel: {
      EventLoop.main.post { gate.open() }
    }
    timer.cancel()
    try Task.checkCancellation()
  }

  // MARK: - News for the log, once each

  private func note(_ trouble: String?, _ subject: String, of node: NodeRecord) {
    guard node.isNews(trouble, of: subject) else { return }
    log.note("\(node.path): \(subject): \(trouble ?? "well again")")
  }

  private func note(_ failures: [RRDFailure], of node: NodeRecord) {
    let lines = Set(failures.map(\.description)).sorted()
    let more = lines.count > 3 ? "; and \(lines.count - 3) more" : ""
    note(
      lines.isEmpty ? nil : lines.prefix(3).joined(separator: "; ") + more, "recording", of: node)
  }

  func takeCycle() -> CycleReport {
    defer { cycle = CycleReport() }
    return cycle
  }

  // MARK: - For the pages

  /// What is known now, as a value.
  public func snapshot() -> Snapshot {
    let now = clock.epoch
    return Snapshot(
      time: now, started: started, updateRate: settings.updateRate,
      nodes: nodes.map { $0.view(at: now) }, mailsWaiting: mailsWaiting, mailsFailed: mailsFailed,
      lastPoll: lastPoll)
  }
}
