public import EventLoop
public import Ledger
internal import Limits
public import Logbook
public import Notify
internal import Inventory
internal import MuninWire
internal import Polling
public import RRD
public import Settings
internal import Text

/// The master: polls the nodes, records what they say, judges it, and tells people.
@LoopActor
public final class Collector {
  /// The settings in force: after a reload the directives of the start are still those of the start.
  public private(set) var settings: MasterSettings
  let clock: LoopClock
  let log: Logbook
  let mails: MailDelivery
  let commits: CommitQueue
  private let ledger: Ledger
  private let writer: RRDWriter
  private let site: String?
  private var announcer: Announcer
  private let tls: PollTLS
  private(set) var nodes: [NodeRecord] = []
  private let started: Int
  private(set) var cycle = CycleReport()
  private var lost = LostValues()
  /// Polls under way at once: each holds a descriptor, of which a process has 1024 by default.
  let turns = Permits(800)
  private var lastPoll: Int?
  /// Opened when a reload has brought nodes that are not scheduled yet.
  private(set) var newNodes = Gate()

  /// - Parameters:
  ///   - ledger: already migrated by ``prepare(_:)``.
  ///   - site: where the pages are, for links in mails.
  public init(
    settings: MasterSettings, ledger: Ledger, courier: Courier, writer: RRDWriter,
    grapher: RRDGrapher, site: String?, log: Logbook, clock: LoopClock = .real
  ) {
    self.settings = settings
    self.ledger = ledger
    self.writer = writer
    self.site = site
    self.log = log
    self.clock = clock
    let mails = MailDelivery(ledger: ledger, courier: courier, clock: clock, log: log)
    self.mails = mails
    commits = CommitQueue(ledger: ledger, log: log) { mails.enqueued($0) }
    announcer = Announcer(
      alerts: Alerts(settings: settings, site: site), grapher: grapher, log: log)
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
    try await restore(nodes)
    await mails.count()
  }

  private func restore(_ nodes: [NodeRecord]) async throws(LedgerError) {
    let contents = try await ledger.read { transaction throws(LedgerError) in
      try Store.read(in: transaction)
    }
    for node in nodes {
      node.restore(
        health: contents.health[node.path] ?? NodeHealth(),
        configs: contents.configs[node.path] ?? [], states: contents.states[node.path] ?? [:])
    }
  }

  /// Makes mails that were given up due again.
  public func retryFailedMails() async { await mails.retryFailed() }

  // MARK: - One node

  /// Polls one node and does all that follows from it.
  func visit(_ node: NodeRecord) async {
    guard !node.isPolling else { return }
    node.isPolling = true
    defer {
      node.isPolling = false
      lastPoll = clock.epoch
    }
    do throws(PollFailure) {
      let order = node.order(now: clock.epoch)
      let poll = try await Poller(order, clock: clock, tls: tls).poll()
      await record(poll, of: node)
    } catch {
      // Our own end says nothing about the node.
      if Task.isCancelled { return }
      if error.isWhileAsking {
        // Where one request at a time is no better, there is no use in being slow.
        node.isSerial.toggle()
        if node.isSerial, !node.isSerialTold {
          node.isSerialTold = true
          log.note("\(node.path): will be asked one request at a time")
        }
      }
      await recordFailure("\(error)", of: node)
    }
  }

  private func record(_ poll: Poll, of node: NodeRecord) async {
    let now = clock.epoch
    node.duration = poll.duration
    if !node.isSerial { node.isSerialTold = false }
    tell(ShortList.text(poll.faults, most: 5), "replies", of: node)
    if poll.services.isEmpty {
      return await recordFailure(
        "lists no service for '\(node.host.useNodeName ? poll.nodeName : node.host.name)'; the node "
          + "calls itself '\(poll.nodeName)' (use_node_name yes asks for that)", of: node)
    }
    var batch = Store.Batch(node: node.path)
    var updates: [RRDUpdate] = []
    var changes: [String: [FieldChange]] = [:]
    var values = 0
    for service in poll.services {
      tell(service.trouble, service.name, of: node)
      log.note("\(node.path): \(service.name): \(service.summary)", .debug)
      guard let config = service.config else { continue }
      if node.describe(service.name, config), !config.bytes.isEmpty {
        batch.configs.append((service.name, config.bytes))
      }
      guard let readTime = service.readTime else { continue }
      node.setFetched(service.name, at: readTime)
      var strangers: [String] = []
      for fetched in service.values {
        guard let graph = node.graphs[fetched.name], graph.service == service.name else {
          lost.undescribed += fetched.values.count
          if !fetched.values.isEmpty, strangers.count < 5 { strangers.append(fetched.name) }
          continue
        }
        values += fetched.values.count
        var news: [FieldChange] = []
        graph.record(fetched, readTime: readTime, now: now, updates: &updates, changes: &news)
        if !news.isEmpty { changes[fetched.name] = news }
      }
      tell(
        strangers.isEmpty
          ? nil
          : "graphs that its config does not describe, not kept: "
            + strangers.joined(separator: ", "), "values of \(service.name)", of: node)
    }
    for gone in node.forgetUnlisted(Set(poll.services.map(\.name))) {
      log.note("\(node.path): no longer offers \(gone); its files stay")
      batch.removed.append(gone)
    }
    for (name, graph) in node.graphs {
      let silent = graph.elapse(to: now)
      if !silent.isEmpty { changes[name, default: []] += silent }
    }
    tell(await writer.apply(updates, now: now), of: node, updates: updates.count)
    tellFindings(of: node)
    cycle.polled(
      node.path, values: values, services: poll.services.count, duration: poll.duration)
    log.note(
      "\(node.path): polled in \(Int(poll.duration * 1000 + 0.5)) ms: "
        + "\(Amount.count(poll.services.count, "service")), \(Amount.count(values, "value"))", .info
    )

    let wasTroubled = node.health.trouble != nil || node.health.lastAnswer == nil
    if let change = node.observe(nil, now: now, tolerated: UnknownLimit.standard.count) {
      announcer.announce(change, of: node, now: now, in: &batch)
    }
    if wasTroubled {
      batch.health = node.health
      if node.facts.update(nil, of: "poll") == .ended {
        log.note("\(node.path): reachable again")
      }
    }
    await announcer.announce(changes, of: node, now: now, in: &batch)
    await commits.commit(batch)
  }

  /// The node could not be polled.
  private func recordFailure(_ trouble: String, of node: NodeRecord) async {
    let now = clock.epoch
    cycle.failed(node.path)
    if node.facts.update(trouble, of: "poll") != nil { log.note("\(node.path): \(trouble)") }
    var batch = Store.Batch(node: node.path)
    if let change = node.observe(trouble, now: now, tolerated: UnknownLimit.standard.count) {
      announcer.announce(change, of: node, now: now, in: &batch)
    }
    batch.health = node.health
    await commits.commit(batch)
  }

  // MARK: - The log: each fact once, and once more when it is over

  private func tell(_ fact: String?, _ subject: @autoclosure () -> String, of node: NodeRecord) {
    guard fact != nil || !node.facts.isEmpty else { return }
    let subject = subject()
    switch node.facts.update(fact, of: subject) {
    case .begun(let fact), .changed(let fact): log.note("\(node.path): \(subject): \(fact)")
    case .ended: log.note("\(node.path): \(subject): resolved")
    case nil: break
    }
  }

  private func tell(_ failures: [RRDFailure], of node: NodeRecord, updates: Int) {
    if !failures.isEmpty { node.countLost(failures) }
    node.writeTrouble = writeTrouble(failures, updates: updates)
    // A file that is closed is a finding of its field.
    let told = failures.filter { if case .closed = $0.fate { false } else { true } }
    tell(
      ShortList.text(Set(told.map(\.description)).sorted(), most: 3), "recording", of: node)
  }

  /// Why the disk takes no values: it is full, or no file of the node can be written. One odd file is no trouble of the disk.
  private func writeTrouble(_ failures: [RRDFailure], updates: Int) -> String? {
    let unwritten = failures.filter { $0.fate == .later && $0.error.kind != .locked }
    if let full = unwritten.first(where: { $0.error.kind == .noSpace }) { return "\(full)" }
    let count = unwritten.reduce(0) { $0 + $1.updates.count }
    return count == updates ? unwritten.first.map { "\($0)" } : nil
  }

  private func tellFindings(of node: NodeRecord) {
    for (name, graph) in node.graphs {
      lost += graph.takeLost()
      let findings = graph.findings
      tell(findings.isEmpty ? nil : findings.joined(separator: "; "), "graph \(name)", of: node)
    }
  }

  func takeCycle() -> CycleReport {
    defer { cycle = CycleReport() }
    return cycle
  }

  // MARK: - For the pages

  /// What is known now, as a value.
  public func snapshot() -> Snapshot {
    let now = clock.epoch
    var snapshot = Snapshot(
      time: now, started: started, updateRate: settings.updateRate,
      nodes: nodes.map { $0.view(at: now) }, mailsWaiting: mails.waiting,
      mailsFailed: mails.failed, lastPoll: lastPoll, lost: lost)
    snapshot.storageTroubles = storageTroubles
    return snapshot
  }

  private var storageTroubles: [String] {
    var troubles: [String] = []
    if let trouble = commits.trouble ?? mails.outboxTrouble {
      troubles.append("cannot write the ledger: \(trouble)")
    }
    let failing = nodes.compactMap(\.writeTrouble)
    if let first = failing.first {
      let more = failing.count > 1 ? " (and values of \(failing.count - 1) more nodes)" : ""
      troubles.append(first + more)
    }
    return troubles
  }

  // MARK: - Other settings

  /// Goes on with other settings: hosts, thresholds, contacts and how a node is polled. Nodes that stay keep all that is known of them.
  /// Directives that take effect at a start are as before.
  public func reload(_ settings: MasterSettings, courier: Courier) async throws(LedgerError) {
    var settings = settings
    settings.keepStartDirectives(of: self.settings)
    let old = Dictionary(nodes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    var kept: Set<String> = []
    var new: [NodeRecord] = []
    let reloaded = settings.hosts.map { host in
      if let node = old[host.path], kept.insert(host.path).inserted { return node }
      let node = NodeRecord(host: host, settings: settings)
      new.append(node)
      return node
    }
    if !new.isEmpty { try await restore(new) }
    for (host, node) in zip(settings.hosts, reloaded) where kept.contains(host.path) {
      node.change(host: host, settings: settings)
    }
    for (path, node) in old where !kept.contains(path) { node.isRetired = true }
    nodes = reloaded
    self.settings = settings
    announcer = Announcer(
      alerts: Alerts(settings: settings, site: site), grapher: announcer.grapher, log: log)
    mails.courier = courier
    newNodes.open()
    newNodes = Gate()
  }
}

extension MasterSettings {
  /// What the files, the ledger and the schedule were made for at the start.
  fileprivate mutating func keepStartDirectives(of old: MasterSettings) {
    databaseDirectory = old.databaseDirectory
    updateRate = old.updateRate
    graphDataSize = old.graphDataSize
    webListen = old.webListen
    pidFile = old.pidFile
  }

  /// The directives that differ from those of a running collector and take effect at its next start.
  public func changedStartDirectives(since old: MasterSettings) -> [String] {
    var changed: [String] = []
    if databaseDirectory != old.databaseDirectory { changed.append("dbdir") }
    if updateRate != old.updateRate { changed.append("update_rate") }
    if graphDataSize != old.graphDataSize { changed.append("graph_data_size") }
    if webListen != old.webListen { changed.append("web_listen") }
    if pidFile != old.pidFile { changed.append("pid_file") }
    return changed
  }
}
