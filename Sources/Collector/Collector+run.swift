internal import EventLoop
internal import Incidents
internal import Logbook
internal import Polling
internal import Recording
internal import Settings
internal import Text

extension Collector {
  /// Polls, mails and reports until the task is cancelled.
  /// - Parameter report: called once in each period, with what happened in it.
  public func run(report: @escaping @LoopActor @Sendable (CycleReport) -> Void) async {
    dialer.keepConnections()
    // munin may have written its files meanwhile, and knows nothing of what we have learned since.
    muninState.setChanged()
    await withDiscardingTaskGroup { group in
      group.addTask { await self.mails.run() }
      group.addTask { await self.keepJudgingVirtual() }
      group.addTask { await self.keepTelling() }
      group.addTask { await self.keepTellingRegularly() }
      group.addTask { await self.keepObeying() }
      group.addTask { await self.keepReporting(report) }
      group.addTask {
        await self.recorder.run(journalSync: self.settings.journalSync) { self.adopt($0) }
      }
      while !Task.isCancelled {
        let more = newNodes
        setPollPermits()
        let new = nodes.filter { $0.host.update && !$0.isScheduled }
        let isAtOnce = new.count <= Schedule.firstPollsAtOnce
        for node in new {
          node.isScheduled = true
          group.addTask { await self.keepPolling(node, isAtOnce: isAtOnce) }
        }
        await withTaskCancellationHandler {
          await more.wait()
        } onCancel: {
          EventLoop.main.post { more.open() }
        }
      }
    }
  }

  /// Brings everything that was recorded into the files. What takes too long is in the journal and is written at the next start.
  public func finish() async {
    await storeLastAnswers()
    _ = await recorder.flushCommits()
    adopt(await recorder.writeAll())
    await recorder.syncCommits()
    await muninState.writeDatafile(settings, atOnce: true)
  }

  /// Polls every node once and makes one attempt for every mail: for cron.
  /// - Parameter writesAll: whether no value is left in the journal, whatever munin.conf says.
  public func pollOnce(writesAll: Bool = false) async -> CycleReport {
    if settings.keepsValuesOverPolls, !writesAll { recorder.change(.kept) }
    setPollPermits()
    await gatherMessages()
    let told = repeatsTroubles ? [] : await recallFacts()
    let began = clock.now
    // Told by the process that found it.
    for node in nodes {
      if let trouble = reach(of: node.number).trouble {
        _ = node.facts.update(trouble, of: "poll")
      }
    }
    await withDiscardingTaskGroup { group in
      for node in nodes where node.host.update {
        group.addTask {
          await self.turns.run { await self.visit(node, asksAll: true) }
          await self.writeMeanwhile()
        }
      }
    }
    await judgeAllVirtual()
    await tellGathered()
    await tellRegular(isSettled: true)
    await storeLastAnswers()
    let (isKept, notifications) = await recorder.flushCommits()
    if notifications > 0 { mails.enqueued(notifications) }
    adopt(await recorder.writeBeforeEnd())
    await recorder.syncCommits()
    await mails.deliver()
    if !repeatsTroubles { await keepFacts(since: told) }
    var report = takeCycle()
    report.isKept = isKept
    if isKept, isHealthy { await beat(report) }
    await pruneAlerts()
    await writeMuninState(seconds: Double(milliseconds(since: began)) / 1000)
    return report
  }

  /// Writes munin's own files, after a cycle.
  /// - Parameter seconds: what the cycle took.
  private func writeMuninState(seconds: Double) async {
    var answered: [(path: String, seconds: Double)] = []
    for node in nodes where node.host.update && reach(of: node.number).trouble == nil {
      if let duration = node.duration { answered.append((node.path, duration)) }
    }
    await muninState.write(settings, nodes: answered, total: seconds)
  }

  /// Writes what is due, while other nodes are polled: a node that hangs is not waited for. What comes meanwhile is left to
  /// the one that writes.
  private func writeMeanwhile() async {
    guard !isWritingMeanwhile else { return }
    isWritingMeanwhile = true
    defer { isWritingMeanwhile = false }
    while true {
      let reports = await recorder.writeDue()
      guard !reports.isEmpty else { return }
      adopt(reports)
    }
  }

  /// - Parameter isAtOnce: whether the first poll does not wait for the node's offset.
  private func keepPolling(_ node: NodeRecord, isAtOnce: Bool) async {
    defer { node.isScheduled = false }
    // A first look at once, unless a former run took it moments ago.
    if isAtOnce, clock.epoch - (reach(of: node.number).lastAnswer ?? 0) >= node.host.updateRate {
      await visitAlone(node)
    }
    var last: LoopClock.Instant?
    var took = 0
    while !Task.isCancelled {
      // After a reload the node may have another rate.
      let schedule = Schedule(node: node.path, period: node.period)
      let now = clock.preciseEpoch
      var wait = schedule.wait(
        seconds: now.seconds, nanoseconds: now.nanoseconds,
        sinceLast: last.map { milliseconds(since: $0) })
      if reach(of: node.number).missed == 1 { wait = schedule.wait(wait, afterFailureOf: took) }
      guard (try? await clock.sleep(for: .milliseconds(wait))) != nil else { return }
      guard !node.isRetired, node.host.update else { return }
      let began = clock.now
      last = began
      await visitAlone(node)
      took = milliseconds(since: began)
      let missed = schedule.missed(in: took)
      cycle.missed += missed
      node.counts.missed &+= UInt32(clamping: missed)
      node.overruns = missed > 0 ? node.overruns + 1 : 0
      tell(
        missed == 0
          ? nil
          : "longer than update_rate \(schedule.period): the polls due meanwhile are left out",
        "duration of a poll", of: node)
    }
  }

  /// Polls in a task of its own: what a task has needed once it keeps as long as it lives, and the tasks that wait for the next
  /// poll live as long as the program. (27 kB for each node.)
  private func visitAlone(_ node: NodeRecord) async {
    await turns.run {
      await withDiscardingTaskGroup { $0.addTask { await self.visit(node) } }
    }
  }

  private func milliseconds(since instant: LoopClock.Instant) -> Int {
    Int(instant.duration(to: clock.now).wholeNanoseconds / 1_000_000)
  }

  /// Adapts the number of polls at once to the descriptors that a process may have.
  private func setPollPermits() {
    let children = nodes.count { $0.host.needsChild }
    let limit = DescriptorLimit.raise()
    var polls = DescriptorLimit.polls(within: limit, children: children)
    let kept = nodes.count {
      !$0.host.needsChild && Dialer.isKept($0.host, period: $0.period)
    }
    if polls < nodes.count {
      // A node has a descriptor at most; where not every one can, half of them are for polls under way.
      dialer.mostKept = min(kept, polls / 2)
      polls -= dialer.mostKept
    } else {
      dialer.mostKept = nodes.count
    }
    turns.limit = polls
    let fact =
      polls < nodes.count
      ? "at most \(limit) descriptors (ulimit -n): only \(polls) of \(Amount.count(nodes.count, "node")) are polled at once"
      : nil
    switch descriptors.update(fact, of: "limit") {
    case .begun(let fact), .changed(let fact): log.note(fact)
    case .ended, nil: break
    }
  }

  private func keepReporting(
    _ report: @LoopActor @Sendable (CycleReport) -> Void
  ) async {
    await withDiscardingTaskGroup { group in
      while (try? await clock.sleep(for: .seconds(settings.updateRate))) != nil {
        let cycle = takeCycle()
        report(cycle)
        if isHealthy { group.addTask { await self.beat(cycle) } }
        await writeMuninState(seconds: cycle.slowest)
        await pruneAlerts()
      }
    }
  }

  /// Whether polls complete and can be kept: nodes that do not answer are the nodes' trouble.
  private var isHealthy: Bool {
    guard storageTroubles.isEmpty else { return false }
    guard nodes.contains(where: { $0.host.update }) else { return true }
    return lastPoll.map { clock.epoch - $0 <= 2 * settings.updateRate } ?? false
  }

  /// Tells that the collector is alive.
  private func beat(_ cycle: CycleReport) async {
    await heartbeat.call(
      settings.heartbeatCall,
      "\(Amount.count(cycle.nodes, "node")), \(cycle.silent) silent, "
        + "\(Amount.count(mails.waiting, "mail")) waiting\n")
  }
}
