internal import EventLoop
internal import Incidents
internal import Inventory
internal import Ledger
internal import Limits
internal import Logbook
internal import MuninWire
internal import Notify
internal import RRD
internal import Recording
internal import Settings
internal import Text

/// Messages by the clock: digests and signs of life.
extension Collector {
  /// Sends what is due by the clock, until the task is cancelled.
  func keepTellingRegularly() async {
    while !Task.isCancelled {
      let gate = Gate()
      regularDue = gate
      await tellRegular(isSettled: false)
      var timer: LoopTimer?
      if let next = alerts.regular.nextTime {
        // The machine's clock may be set meanwhile, so not longer than a minute.
        let wait = min(60, next - clock.epoch)
        if wait <= 0 { continue }
        timer = clock.schedule(at: clock.now.advanced(by: .seconds(wait))) { gate.open() }
      }
      await withTaskCancellationHandler {
        await gate.wait()
      } onCancel: {
        EventLoop.main.post { gate.open() }
      }
      timer?.cancel()
    }
  }

  /// Sends what is due by the clock.
  /// - Parameter isSettled: whether the nodes were polled since the start, however short ago that was: a digest waits for that.
  func tellRegular(isSettled: Bool) async {
    let now = clock.epoch
    let isSettled = isSettled || now - started >= min(settings.updateRate, 300)
    let alive = aliveFacts
    var gathered: [DigestOrigin: (sources: DigestSources, until: Int)] = [:]
    for order in alerts.takeRegular(at: now) {
      guard order.key.kind == .digest else {
        await finish(order, with: alerts.signOfLife(order, alive, at: now), at: now)
        continue
      }
      guard isSettled,
        let contact = settings.contacts.first(where: { $0.name == order.key.contact })
      else { continue }
      let origin = DigestOrigin(since: order.since, zone: zone(of: contact.name))
      if gathered[origin] == nil {
        let until = clock.epoch
        // A ledger that cannot be read is told where values are written; the digest stays due.
        guard let sources = await digestSources(origin, until: until) else { continue }
        gathered[origin] = (sources, until)
      }
      guard let (sources, until) = gathered[origin], !Task.isCancelled else { continue }
      await finish(
        order, with: await digest(order, sources, to: contact, until: until), at: until)
    }
  }

  /// Orders of which one look at everything is enough.
  private struct DigestOrigin: Hashable {
    let since: Int
    let zone: ZoneFile
  }

  private func zone(of contact: String) -> ZoneFile {
    directory.settings.contacts.first { $0.name == contact }?.zone ?? .utc
  }

  private func finish(
    _ order: RegularOrder, with notification: Notification?, at time: Int
  ) async {
    let update = alerts.finish(order, with: notification, at: time)
    let now = clock.epoch
    await commit(update, JournalDraft(time: now), of: NodeNumber(0), now: now, hasNews: false)
  }

  /// The digest without the lines that the contact wants to ignore; `nil` when there is nothing new in it.
  private func digest(
    _ order: RegularOrder, _ sources: DigestSources, to contact: Contact, until: Int
  ) async -> Notification? {
    var slices = WorkSlices()
    let stages = alerts
    var notification = await stages.digest(order, sources, at: until, facts: facts) {
      await slices.pause()
    }
    guard let contents = notification.digest else { return nil }
    let ignored = IgnoredLines(contact)
    for problem in ignored.problems {
      log.note("digest of contact \(contact.name): \(problem)")
    }
    var kept = contents.items
    if !ignored.isEmpty {
      kept = []
      let words = DigestWords(notification, surroundings(of: contact.name))
      for item in contents.items {
        if !ignored.contains(words.line(item)) { kept.append(item) }
        await slices.pause()
      }
    }
    guard let told = contents.keeping(kept) else { return nil }
    notification.digest = told
    return notification
  }

  /// What a sign of life says.
  private var aliveFacts: AliveFacts {
    let polled = nodes.filter { $0.host.update }
    let slowest = polled.max { $0.duration ?? 0 < $1.duration ?? 0 }
    return AliveFacts(
      nodes: polled.count, silent: polled.count { reach(of: $0.number).trouble != nil },
      incidents: alerts.machine.open.count { !$0.holds.contains(.parent) },
      waiting: mails.waiting, slowest: slowest?.duration,
      slowestNode: slowest?.duration == nil ? nil : slowest?.path)
  }

  // MARK: - What a digest is made of

  /// - Returns: `nil` when the ledger cannot be read.
  private func digestSources(_ origin: DigestOrigin, until: Int) async -> DigestSources? {
    let since = origin.since
    // What has ended up to now has to be in the ledger.
    let (isKept, notifications) = await recorder.flushCommits()
    if notifications > 0 { mails.enqueued(notifications) }
    guard isKept else { return nil }
    // The second poll finds what did not answer in the first one.
    let arrival = max(60, 2 * settings.updateRate)
    let read = try? await ledger.read { transaction throws(LedgerError) in
      let start = try OutageLog.firstWatched(in: transaction) ?? until
      return (
        try DigestSources.read(since: since, until: until, in: transaction),
        // With the first start everything is new.
        try InventoryNews.all(
          since: since, until: until, start: start + arrival, arrival: arrival, in: transaction)
      )
    }
    guard let (stored, news) = read else { return nil }
    var sources = stored
    sources.appearances = news.map {
      DigestSources.Appearance(
        node: $0.node, service: $0.service, isGone: $0.isGone, services: $0.services)
    }
    sources.nearLimits = await nearLimits(since: since, at: until)
    await compare(with: origin.zone, since: since, until: until, &sources)
    return sources
  }

  /// The values that have nearly reached a limit and were farther from it at the time of the last digest.
  private func nearLimits(since: Int, at now: Int) async -> [DigestSources.NearValue] {
    var found: [DigestSources.NearValue] = []
    var slices = WorkSlices()
    for node in nodes where !node.isRetired {
      for (_, graph) in node.graphs where graph.isJudged {
        for field in graph.fields {
          await slices.pause()
          guard let rules = field.rules, alerts.judge.level(of: field.series) == .ok,
            let value = alerts.judge.value(of: field.series)
          else { continue }
          let near = rules.near(value) { other in
            other == 0 ? nil : self.value(of: other - 1, besides: field.series, at: now)
          }
          guard let near, await !wasNear(field, rules, at: since) else { continue }
          found.append(
            DigestSources.NearValue(series: field.series, value: value, limit: near))
        }
      }
    }
    return found
  }

  /// Whether a value was near its limit, or beyond it, at a time; not for a value of which nothing is known.
  private func wasNear(
    _ field: GraphRecord.KnownField, _ rules: SeriesRules, at time: Int
  ) async -> Bool {
    // What is calculated of several fields is in no file.
    guard rules.unit == nil || rules.unit?.fields == [0] else { return false }
    let step = field.form.spec.step
    let rows = try? await grapher.fetch(
      field.path, .average, start: time - 7200 - 3 * step, end: time, resolution: step)
    guard let raw = rows?.values.last(where: { !$0.isNaN }),
      let value = rules.unit.map({ unit in unit.value { _ in raw } }) ?? raw
    else { return false }
    return rules.isNearOrBeyond(value) { $0 == 0 ? raw : nil }
  }
}
