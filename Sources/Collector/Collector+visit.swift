internal import EventLoop
internal import Incidents
internal import Inventory
internal import Ledger
internal import Limits
internal import Logbook
internal import MuninWire
internal import Notify
internal import Polling
internal import RRD
internal import Recording
internal import Settings
internal import Text

/// The road of a poll.
extension Collector {
  /// Polls one node and does all that follows from it.
  /// - Parameter asksAll: whether each service is asked for its config: by a process that polls once.
  func visit(_ node: NodeRecord, asksAll: Bool = false) async {
    guard !node.isPolling else { return }
    node.isPolling = true
    node.counts.polls &+= 1
    defer {
      node.isPolling = false
      lastPoll = clock.epoch
    }
    do throws(PollFailure) {
      let order = node.order(
        now: clock.epoch, missed: reach(of: node.number).missed, asksAll: asksAll)
      let poller = Poller(order, clock: clock, tls: tls, dialer: dialer)
      var isPartial = false
      repeat {
        var poll = try await poller.poll()
        node.quarantine.apply(&poll.services, now: clock.epoch, period: node.period)
        node.observe(poll)
        // The first parts of a spool may hold all that is new.
        await record(poll, of: node, isRest: isPartial)
        isPartial = poll.spool?.isPartial == true
      } while isPartial
    } catch {
      // Our own end says nothing about the node.
      if Task.isCancelled { return }
      // Where one request at a time is no better, there is no use in being slow.
      if error.isWhileAsking { node.isSerial = false }
      node.observeFailure()
      await recordFailure("\(error)", of: node)
    }
  }

  /// - Parameter isRest: whether a part of the same spool came before.
  private func record(_ poll: Poll, of node: NodeRecord, isRest: Bool) async {
    let now = clock.epoch
    node.duration = poll.duration
    tell(
      node.isSerial ? "asked one at a time: the node loses those that arrive together" : nil,
      "requests", of: node)
    tell(ShortList.text(poll.faults, most: 5), "replies", of: node)
    if let spool = poll.spool {
      if !isRest, let trouble = self.trouble(of: spool, of: node, now: now) {
        return await recordFailure(trouble, of: node)
      }
    } else if poll.services.isEmpty {
      return await recordFailure(emptyList(poll, of: node), of: node)
    }
    var intake = Intake(time: now)
    var values = 0
    // By their places: an iterator would copy each.
    let services = poll.services
    for index in services.indices {
      values += take(services[index], of: node, now: now, into: &intake)
    }
    lost += intake.lost
    repeatedValues += intake.repeated
    if let spool = poll.spool {
      // Of a service that is not here it is only known that it has nothing new.
      if let position = spool.position { node.setSpooled(position) }
    } else if let list = node.listed {
      let gone = node.forgetUnlisted(list)
      if !gone.isEmpty {
        let more = gone.count > 10 ? " and \(gone.count - 10) more" : ""
        let names = gone.prefix(10).joined(separator: ", ") + more
        note("no longer offers \(names); \(gone.count == 1 ? "its" : "their") files stay", of: node)
      }
    }
    tellFindings(of: node)
    if let trouble = poll.trouble {
      cycle.failed(node.path)
      tellTrouble(trouble, of: node)
    } else {
      cycle.polled(
        node.path, values: values, services: poll.services.count, duration: poll.duration,
        isRest: isRest)
    }
    log.note(
      "\(node.path): polled in \(Int(poll.duration * 1000 + 0.5)) ms: "
        + "\(Amount.count(poll.services.count, "service")), \(Amount.count(values, "value"))", .info
    )

    if let count = node.logLimit.takeLeftOut(now: now) {
      log.note(
        "\(node.path): \(Amount.count(count, "line")) left out since the last count: its replies change in each poll"
      )
    }
    let files = node.takeFiles()
    if !files.isEmpty {
      adopt(await recorder.setFiles(files, of: node.number, at: node.fileStart, areNew: true))
      forgetLayouts()
    }
    // From here to the commit nothing is waited for: what other polls make of the same incidents must not be overtaken.
    var update = setRules(of: node, at: now) ?? AlertUpdate()
    if let more = takeReturnedFields(of: node, now: now) { update.append(more) }
    if !node.goneServices.isEmpty { endUnjudgedGone(of: node, at: now, &update) }
    let lastAnswer = alerts.machine.standings[node.number]?.lastAnswer
    let judged = judge(poll, intake.samples, of: node, now: now)
    update.append(judged)
    if let restart = restart(of: node, lastAnswer: lastAnswer) {
      update.rows.mishaps.append(restart)
    }
    if poll.trouble == nil, node.facts.update(nil, of: "poll") == .ended {
      log.note("\(node.path): reachable again")
    }
    await commit(
      update, intake.journal, of: node.number, now: now,
      muninMessages(of: node, judged, now: now))
  }

  /// Whether the machine of a node was started since its last poll: the value of its service `uptime` has fallen.
  /// - Parameter lastAnswer: when the node answered before this poll.
  private func restart(of node: NodeRecord, lastAnswer: Int?) -> Mishap? {
    guard let graph = node.graphs["uptime"], let field = graph.field("uptime") else { return nil }
    if let time = field.record.fallTime {
      return Mishap(node: node.number, .restarted, at: time, words: "", by: alerts.countingTimes)
    }
    // Nothing is known of before this run: then a start that is later than the last answer. (Plugins tell days to two digits.)
    guard field.record.isFirst, let newest = field.record.newestNumber, let lastAnswer,
      node.drawn(graph).vlabel?.contains("day") == true,
      newest.value >= 0, newest.value * 86_400 < Double(newest.time - lastAnswer) - 900
    else { return nil }
    return Mishap(
      node: node.number, .restarted, at: newest.time, words: "", by: alerts.countingTimes)
  }

  /// Judges what a poll has brought.
  private func judge(
    _ poll: Poll, _ samples: [JudgedSample], of node: NodeRecord, now: Int
  ) -> AlertUpdate {
    var judged = AlertStages.Poll(node: node.number, samples: samples)
    var silent: Set<String> = []
    let services = poll.services
    for index in services.indices {
      if !services[index].isJudged {
        judged.skipped.insert(services[index].name)
      } else if let trouble = services[index].trouble, services[index].valueCount == 0 {
        judged.faults.append(ServiceFault(service: services[index].name, words: trouble))
        silent.insert(services[index].name)
      }
    }
    let known = node.judged
    var told = Set(services.lazy.filter(\.isJudged).map(\.name)).subtracting(silent)
    if node.listed != nil, poll.trouble == nil {
      // Those without limits are counted, too: after some polls they are marked as gone.
      for service in node.unlistedServices {
        judged.faults.append(
          ServiceFault(
            service: service, words: "the node does not list it any more", isGone: true))
        silent.insert(service)
        told.insert(service)
      }
    } else {
      // Of a service that is not there it is only known that it has nothing new.
      judged.skipped.formUnion(
        node.configs.keys.filter { name in !poll.services.contains { $0.name == name } })
    }
    judged.failed = silent.sorted().flatMap { known[$0] ?? [] }
    if poll.trouble == nil { judged.failed += node.goneSeries(of: told) }
    // As for a node that cannot be polled at all: what it did not answer keeps its level.
    if poll.trouble == nil {
      judged.asked =
        silent.isEmpty
        ? node.allJudged : known.filter { !silent.contains($0.key) }.flatMap(\.value)
    }
    func value(_ series: SeriesNumber, _ field: Int) -> Double? {
      self.value(of: field, besides: series, at: now)
    }
    guard let trouble = poll.trouble else {
      return alerts.polled(judged, at: now, facts: facts, value: value)
    }
    return alerts.interrupted(
      judged, NodeFault(words: trouble), judging: judgedAsMunin(of: node), at: now, facts: facts,
      value: value)
  }

  /// The series of a node that munin-limits would judge whether the node answers or not.
  private func judgedAsMunin(of node: NodeRecord) -> [SeriesNumber] {
    node.allJudged.filter { alerts.judge.rules(of: $0)?.manner == .munin }
  }

  /// Says that a spool has not grown for so long that munin-asyncd cannot be running.
  private func trouble(of spool: Poll.Spool, of node: NodeRecord, now: Int) -> String? {
    // What was read last comes once more.
    guard !spool.isPartial, (spool.position ?? 0) <= node.spoolPosition else { return nil }
    let hint = "does munin-asyncd run on the node?"
    if node.spoolPosition == 0 { return "its spool is empty: \(hint)" }
    guard now - node.spoolPosition > max(900, 3 * node.period) else { return nil }
    return "nothing new in its spool since "
      + "\(CalendarTime.local(node.spoolPosition).text): \(hint)"
  }

  /// Says that a node lists nothing. The advice is for nodes that were never polled under this name and have an address of
  /// their own: behind one address there may be several nodes, one of which offers nothing at present.
  private func emptyList(_ poll: Poll, of node: NodeRecord) -> String {
    let host = node.host
    let asked = host.useDefaultNode ? "" : host.useNodeName ? poll.nodeName : host.name
    var text = "lists no service" + (asked.isEmpty ? "" : " for '\(asked)'")
    guard asked != poll.nodeName, !asked.isEmpty else { return text }
    text += "; the node calls itself '\(poll.nodeName)'"
    let hasOwnAddress = !settings.hosts.contains {
      $0.path != host.path && $0.endpoint == host.endpoint
    }
    // A UPS whose link is down has no service for a while, and its node has no services of its own.
    if node.configs.isEmpty, hasOwnAddress, poll.nodes.contains(poll.nodeName),
      !poll.nodes.contains(asked)
    {
      text += ": 'use_node_name yes' asks for that name"
    }
    return text
  }

  /// - Returns: how many values the service has brought.
  private func take(
    _ service: PolledService, of node: NodeRecord, now: Int, into intake: inout Intake
  ) -> Int {
    // What was said of a service that was not asked stays.
    if service.isJudged { tell(service.trouble, service.name, of: node) }
    log.note("\(node.path): \(service.name): \(service.summary)", .debug)
    guard let config = service.config else { return 0 }
    node.describe(service.name, config)
    if node.virtual.isOutOfDate, !node.virtualGraphs().isEmpty { noteVirtualGraphs() }
    guard let readTime = service.readTime else {
      // munin makes the files of a service whose fetch fails, too.
      if service.trouble != nil { node.makeFiles(of: service.name, at: now, into: &intake) }
      return 0
    }
    node.setFetched(service.name, at: readTime, isStamped: service.isStamped)
    let alignment = node.alignment(of: service.name)
    let time = readTime - readTime % (alignment ?? 1)
    var undescribed: [String] = []
    func graph(_ name: String, _ count: Int) -> GraphRecord? {
      if let graph = node.graphs[name], graph.service == service.name { return graph }
      intake.lost.undescribed += count
      if count > 0, undescribed.count < 5 {
        undescribed.append("\(name) (\(node.refusal(of: name)))")
      }
      return nil
    }
    if let reply = service.plain, alignment == nil {
      reply.forEachGraph { name, range in
        graph(name, range.count)?
          .record(reply, range, readTime: readTime, now: now, into: &intake)
      }
    } else {
      for fetched in align(service.values, to: alignment) {
        graph(fetched.name, fetched.values.count)?
          .record(fetched.ordered(), readTime: time, now: now, into: &intake)
      }
    }
    node.makeFiles(of: service.name, at: time, into: &intake)
    tell(
      undescribed.isEmpty
        ? nil
        : "graphs not kept: " + undescribed.joined(separator: ", "), "values of \(service.name)",
      of: node)
    return service.valueCount
  }

  /// Rounds the times of values down, as munin does for an `update_rate` that is `aligned`.
  private func align(
    _ values: [FetchedGraph], to multiple: Int?
  ) -> [FetchedGraph] {
    guard let multiple else { return values }
    var values = values
    for graph in values.indices {
      for index in values[graph].values.indices {
        let reading = values[graph].values[index].reading
        guard let time = reading.time else { continue }
        values[graph].values[index].reading = reading.taken(at: time - time % multiple)
      }
    }
    return values
  }

  /// The node could not be polled.
  private func recordFailure(_ trouble: String, of node: NodeRecord) async {
    let now = clock.epoch
    cycle.failed(node.path)
    node.counts.failures &+= 1
    tellTrouble(trouble, of: node)
    let update = alerts.missed(
      node.number, NodeFault(words: trouble), judging: judgedAsMunin(of: node), at: now,
      facts: facts)
    await commit(
      update, JournalDraft(time: now), of: node.number, now: now,
      muninMessages(of: node, update, now: now))
  }

  /// Forgets layouts that no node has any more, now and then: configs that change in each poll must not fill the memory.
  private func forgetLayouts() {
    guard book.wantsForgetting else { return }
    let used = Set(nodes.flatMap { $0.configs.values.map(ObjectIdentifier.init) })
    book.forgetLayouts(except: used)
    layouts.forget(except: used, nodes.flatMap { $0.graphs.values.map(\.form) })
  }

  // MARK: - Files

  /// Takes over what came of writing files.
  func adopt(_ reports: [FileReport]) {
    for report in reports {
      guard let node = nodesByNumber[report.node] else { continue }
      node.countLost(report.failures, in: &lost)
      node.writeTrouble = report.trouble
      if !node.fileFaults.isEmpty { for series in report.series { node.fileFaults[series] = nil } }
      node.fileFaults.merge(report.faults) { $1 }
      for failure in report.failures where failure.isSetAside && node.filesSetAside.count < 20 {
        node.filesSetAside.append(failure.description)
      }
      // A file that is closed is a finding of its field.
      let told = report.failures.filter { if case .closed = $0.fate { false } else { true } }
      tell(
        ShortList.text(Set(told.map(\.description)).sorted(), most: 3), "recording", of: node)
      tellFindings(of: node)
    }
  }

  // MARK: - The log: each fact once, and once more when it is over

  private func tellTrouble(_ trouble: String, of node: NodeRecord) {
    switch node.facts.update(trouble, of: "poll") {
    case .begun:
      cycle.newFailures += 1
      log.note("\(node.path): \(trouble)")
    // A dead node may be dead in several ways: one line for each change of its state is enough.
    case .changed, .ended, nil:
      log.note(
        "\(node.path): still failing: \(trouble)", repeatsTroubles ? .notice : .info)
    }
  }

  func tell(_ fact: String?, _ subject: @autoclosure () -> String, of node: NodeRecord) {
    guard fact != nil || !node.facts.isEmpty else { return }
    let subject = subject()
    switch node.facts.update(fact, of: subject) {
    case .begun(let fact), .changed(let fact): note("\(subject): \(fact)", subject, of: node)
    case .ended: note("\(subject): resolved", subject, of: node)
    case nil: break
    }
  }

  /// Writes a line about a node, see ``NodeLogLimit``. What is the collector's own is always written.
  private func note(_ text: String, _ subject: String = "", of node: NodeRecord) {
    let isOwn = subject == "recording" || subject == "duration of a poll"
    let isCounting = node.logLimit.isCounting
    if isOwn || node.logLimit.admits(poll: node.counts.polls, now: clock.epoch) {
      return log.note("\(node.path): \(text)")
    }
    if !isCounting {
      log.note(
        "\(node.path): its replies change in each poll: further lines about them are left out and counted (log_level 3 has them)"
      )
    }
    log.note("\(node.path): \(text)", .info)
  }

  private func tellFindings(of node: NodeRecord) {
    for (name, graph) in node.graphs {
      guard graph.hasFindings || !node.facts.isEmpty else { continue }
      let findings = graph.findings
      tell(findings.isEmpty ? nil : findings.joined(separator: "; "), "graph \(name)", of: node)
    }
  }

  func takeCycle() -> CycleReport {
    defer { cycle = CycleReport() }
    return cycle
  }
}
