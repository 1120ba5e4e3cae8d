internal import EventLoop
internal import Incidents
internal import Polling
internal import Recording
internal import Settings

extension Collector {
  /// Polls, mails and reports until the task is cancelled.
  /// - Parameter report: called once in each period, with what happened in it.
  public func run(report: @escaping @LoopActor @Sendable (CycleReport) -> Void) async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.keepDelivering() }
      group.addTask { await self.keepReporting(report) }
      group.addTask {
        await self.recorder.run(journalSync: self.settings.journalSync) { self.adopt($0) }
      }
      while !Task.isCancelled {
        let more = newNodes
        for node in nodes where node.host.update && !node.isScheduled {
          node.isScheduled = true
          group.addTask { await self.keepPolling(node) }
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
    _ = await recorder.flushCommits()
    adopt(await recorder.writeAll())
    await recorder.syncCommits()
  }

  /// Polls every node once and makes one attempt for every mail: for cron.
  public func pollOnce() async -> CycleReport {
    await withDiscardingTaskGroup { group in
      for node in nodes where node.host.update {
        group.addTask { await self.turns.run { await self.visitAndWrite(node) } }
      }
    }
    let (isKept, notifications) = await recorder.flushCommits()
    if notifications > 0 { mails.enqueued(notifications) }
    adopt(await recorder.writeAll())
    await recorder.syncCommits()
    await mails.deliver()
    var report = takeCycle()
    report.isKept = isKept
    return report
  }

  /// The process ends soon: nothing is gained by writing later, and a node that hangs is not waited for.
  private func visitAndWrite(_ node: NodeRecord) async {
    await visit(node)
    adopt(await recorder.write([node.number]))
  }

  private func keepPolling(_ node: NodeRecord) async {
    defer { node.isScheduled = false }
    let schedule = Schedule(node: node.path, period: settings.updateRate)
    // A first look at once, unless a former run took it moments ago.
    if clock.epoch - (incidents[node.number].lastAnswer ?? 0) >= settings.updateRate {
      await turns.run { await visit(node) }
    }
    while !Task.isCancelled {
      let now = clock.preciseEpoch
      let wait = schedule.wait(seconds: now.seconds, nanoseconds: now.nanoseconds)
      guard (try? await clock.sleep(for: .milliseconds(wait))) != nil else { return }
      guard !node.isRetired, node.host.update else { return }
      await turns.run { await visit(node) }
    }
  }

  private func keepDelivering() async {
    while !Task.isCancelled {
      await mails.deliver()
      guard (try? await mails.untilDue()) != nil else { return }
    }
  }

  private func keepReporting(
    _ report: @LoopActor @Sendable (CycleReport) -> Void
  ) async {
    while (try? await clock.sleep(for: .seconds(settings.updateRate))) != nil {
      report(takeCycle())
    }
  }
}
