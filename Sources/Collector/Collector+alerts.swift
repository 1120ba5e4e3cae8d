internal import EventLoop
internal import Incidents
internal import Inventory
internal import Ledger
internal import Limits
internal import Logbook
internal import Notify
internal import Recording
internal import Settings

/// Judging, incidents and what people are told: the stages behind a poll.
extension Collector {
  /// Whether a node can be polled; as of before its first poll for one that is new.
  func reach(of node: NodeNumber) -> Reachability {
    alerts.machine.standings[node].map(Reachability.init(_:)) ?? Reachability()
  }

  /// Takes over the levels and incidents of a former run, before anything is polled.
  func restoreAlerts(_ stored: AlertContents, at now: Int) async {
    var stored = stored
    // Polls that change nothing store no level and no answer: the journal has them.
    var newest: [NodeNumber: Int] = [:]
    var slices = WorkSlices()
    for row in recorder.newestRows {
      newest[row.node] = row.time
      for value in row.values where stored.states[value.series] != nil {
        stored.states[value.series]?.previous =
          ValueCell(time: value.time, text: value.text) ?? ValueCell(unknownAt: value.time)
      }
      await slices.pause()
    }
    let seen = stored.watched?.upperBound ?? 0
    prunedDay = seen / 86_400
    for (node, standing) in stored.standings where standing.missed == 0 {
      let period = nodesByNumber[node]?.period ?? settings.updateRate
      // A collector that was killed may have had later answers, of which nothing is left to tell.
      let isNewest = standing.lastAnswer.map { $0 >= seen - 2 * period } ?? false
      stored.standings[node]?.lastAnswer =
        [newest[node], isNewest ? standing.lastAnswer : nil].compactMap(\.self).max()
    }
    for (series, state) in stored.states {
      alerts.restore(state, of: series)
      await slices.pause()
    }
    stored.states = [:]
    for (place, fault) in stored.faults where fault.isGone {
      guard let node = nodesByNumber[place.node], node.isOffered(place.service) else { continue }
      node.setUnlisted(place.service, polls: fault.count)
    }
    alerts.restore(stored)
    formerIncidents = stored.former
    orders = stored.orders
    // A life that begins soon after another goes on with it: for a process of cron, which polls once.
    if let watched = stored.watched, now - watched.upperBound <= 2 * settings.updateRate,
      watched.upperBound <= now
    {
      watchedSince = watched.lowerBound
    }
  }

  /// Goes on with the alerts of a former run, or with other settings: the rules of all nodes are known.
  /// - Parameter isAlone: whether no poll can come in between: then it goes in parts. What a poll makes of an incident must not be
  ///   overtaken by what was made of it before.
  func startAlerts(at now: Int, isAlone: Bool) async {
    var update = alerts.set([], at: now, facts: facts)
    var slices = WorkSlices()
    for node in nodes {
      _ = node.virtualGraphs()
      if let more = restoreGoneFields(of: node, at: now) { update.append(more) }
      if let more = setRules(of: node, at: now) { update.append(more) }
      if isAlone { await slices.pause() }
    }
    update.append(alerts.configure(directory.settings, at: now, facts: facts))
    for node in nodes { endUnjudgedGone(of: node, at: now, &update) }
    regularDue.open()
    if !formerIncidents.isEmpty {
      update.append(
        alerts.adopt(formerIncidents, at: now, facts: facts) { number, graph in
          guard let record = nodesByNumber[number]?.graphs[graph] else { return nil }
          return (record.service, record.judgedSeries)
        })
      formerIncidents = []
    }
    // The names of nodes that were never polled are news of their first poll.
    await commit(update, JournalDraft(time: now), of: NodeNumber(0), now: now, hasNews: false)
    await carryOutOrders()
  }

  /// From here on messages wait for others of the same cycle, until ``tellGathered()``: this process ends after it. After a kill they are
  /// told by the next process, at the latest when they are due.
  func gatherMessages() async {
    let now = clock.epoch
    var own = directory.settings
    own.groupWait = 600
    let update = alerts.configure(own, at: now, facts: facts)
    await commit(update, JournalDraft(time: now), of: NodeNumber(0), now: now, hasNews: false)
  }

  /// Tells what the cycle has brought. What may still come waits for nothing.
  func tellGathered() async {
    let now = clock.epoch
    var own = directory.settings
    own.groupWait = 0
    var update = alerts.configure(own, at: now, facts: facts)
    update.append(alerts.tellGathered(at: now, facts: facts))
    await commit(update, JournalDraft(time: now), of: NodeNumber(0), now: now, hasNews: false)
    while let next = alerts.nextTime, next <= now {
      // What one call does not tell at once.
      await tellDue()
    }
  }

  /// Stores when each node has answered last, and until when the nodes were watched: this process ends.
  func storeLastAnswers() async {
    let now = clock.epoch
    watchedUntil = 0
    let update = AlertUpdate(rows: alerts.lastAnswers)
    await commit(update, JournalDraft(time: now), of: NodeNumber(0), now: now, hasNews: false)
  }

  /// Takes over the rules that a node's descriptions have changed.
  func setRules(of node: NodeRecord, at now: Int) -> AlertUpdate? {
    guard let news = node.takeRules() else { return nil }
    let gone = Set(news.removed)
    // A series that another service describes from now on is removed and set.
    let kept = Set(news.rules.lazy.filter { $0.rules != nil }.map(\.series))
    for series in kept {
      judgedPlaces[series] = nil
      node.goneFields[series] = nil
    }
    indexJudged(node)
    var update = alerts.set(news.rules, at: now, facts: facts)
    let removed = gone.subtracting(kept).sorted().filter {
      !keepsJudging($0, news.leftOut[$0], of: node, at: now)
    }
    if !removed.isEmpty {
      update.append(alerts.remove(nil, series: removed, at: now, facts: facts))
      for series in removed { judgedPlaces[series] = nil }
    }
    return update
  }

  /// Ends the trouble of services that the node no longer lists, where their limits were taken away or their history was forgotten.
  func endUnjudgedGone(of node: NodeRecord, at now: Int, _ update: inout AlertUpdate) {
    for service in alerts.machine.faults(of: node.number).sorted()
    where alerts.machine.fault(of: service, on: node.number)?.isGone == true {
      if node.isOffered(service) || node.isJudged(service) { continue }
      node.forget(service)
      update.append(
        alerts.remove(node.number, service: service, series: [], at: now, facts: facts))
    }
  }

  /// Notes where the judged series of a node are.
  private func indexJudged(_ node: NodeRecord) {
    for (name, graph) in node.graphs where graph.isJudged {
      for series in graph.judgedSeries where judgedPlaces[series] == nil {
        judgedPlaces[series] = (node.number, name)
      }
    }
    for (name, graph) in node.virtual.records {
      for entry in graph.entries {
        guard let series = entry.series, judgedPlaces[series] == nil else { continue }
        judgedPlaces[series] = (node.number, name)
      }
    }
  }

  /// A node is no longer watched.
  func endAlerts(of node: NodeRecord, at now: Int) -> AlertUpdate {
    let series = judgedPlaces.filter { $0.value.node == node.number }.map(\.key).sorted()
    let update = alerts.remove(node.number, series: series, at: now, facts: facts)
    for series in series { judgedPlaces[series] = nil }
    return update
  }

  /// Commits what a poll has brought, and what the alerts have made of it; deliveries follow.
  func commit(
    _ update: AlertUpdate, _ values: JournalDraft, of node: NodeNumber, now: Int,
    hasNews: Bool = true, _ further: [OutgoingMail] = []
  ) async {
    var rows: [any LedgerRows] = []
    if hasNews, let news = book.takeNews(at: now) {
      rows.append(news)
      muninState.setChanged()
    }
    for line in update.log { log.note(line, logsIncidents ? .notice : .info) }
    if !update.rows.isEmpty { rows.append(update.rows) }
    if let watched = takeWatched(at: now) { rows.append(watched) }
    let messages = update.notifications.flatMap(messages) + further as [any LedgerRows]
    rows += messages
    let count = await recorder.record(
      values, of: node, with: rows, notifications: messages.count)
    lost.unwritten += recorder.takeDropped()
    if count > 0 { self.mails.enqueued(count) }
    if recorder.takesNothing, !messages.isEmpty { self.mails.deliverUnkept(messages) }
    if alerts.nextTime != alertTime { alertsDue.open() }
  }

  /// Tells what is due, until the task is cancelled.
  func keepTelling() async {
    while !Task.isCancelled {
      let gate = Gate()
      alertsDue = gate
      alertTime = alerts.nextTime
      let wait = min(3600, max(0, (alertTime ?? .max) - clock.epoch))
      let timer = clock.schedule(at: clock.now.advanced(by: .seconds(wait))) { gate.open() }
      await withTaskCancellationHandler {
        await gate.wait()
      } onCancel: {
        EventLoop.main.post { gate.open() }
      }
      timer.cancel()
      guard !Task.isCancelled else { return }
      await tellDue()
    }
  }

  /// What the log of outages has to say of this life of the collector, once in a minute.
  private func takeWatched(at now: Int) -> WatchedSpan? {
    let since = watchedSince ?? now
    watchedSince = since
    guard now - watchedUntil >= 60 || now < watchedUntil else { return nil }
    watchedUntil = now
    return WatchedSpan(began: min(since, now), ended: now)
  }

  /// Removes once a day what is too old for anybody to ask for.
  func pruneAlerts() async {
    let now = clock.epoch
    guard now / 86_400 != prunedDay else { return }
    prunedDay = now / 86_400
    // A ledger in trouble is told where values are written, and the next day tries again.
    try? await ledger.transaction(synced: false) { transaction throws(LedgerError) in
      try AlertTables.prune(at: now, in: transaction)
    }
  }

  /// Tells what is due now.
  func tellDue() async {
    let now = clock.epoch
    guard let next = alerts.nextTime, next <= now else { return }
    let update = alerts.elapse(at: now, facts: facts)
    await commit(update, JournalDraft(time: now), of: NodeNumber(0), now: now)
  }
}
