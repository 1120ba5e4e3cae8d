internal import EventLoop
internal import Incidents
internal import Inventory
internal import Limits
internal import MuninWire
internal import Polling
internal import Recording
internal import Settings

/// Graphs that are made of fields of other graphs: once in each period of their node they are judged by the newest values of their
/// members.
extension Collector {
  /// Judges the graphs of a node that are made of others.
  /// - Parameter waits: whether it is too early for members that have brought nothing since the start: without them a sum would be too
  ///   small, and an incident would seem to be over.
  func judgeVirtual(_ node: NodeRecord, waits: Bool) async {
    let records = node.virtualGraphs()
    guard !records.isEmpty else { return }
    let now = clock.epoch
    evaluate(node, now: now)
    var samples: [JudgedSample] = []
    for record in records.values.sorted(by: { $0.name < $1.name })
    where record.isComplete || !waits {
      samples += record.samples(at: now)
      let findings = record.findings
      tell(
        findings.isEmpty ? nil : findings.joined(separator: "; "),
        (node.graphs[record.name] == nil ? "graph " : "borrowed fields of graph ") + record.name,
        of: node)
    }
    var update = setRules(of: node, at: now) ?? AlertUpdate()
    update.append(alerts.judged(samples, at: now, facts: facts))
    await commit(update, JournalDraft(time: now), of: node.number, now: now)
  }

  /// Computes the values of a node's graphs that are made of others.
  func evaluate(_ node: NodeRecord, now: Int) {
    let records = node.virtualGraphs()
    guard !records.isEmpty else { return }
    let index = nodeIndex
    for record in records.values {
      record.evaluate(
        now: now,
        own: { node.graphs[record.name]?.field($0)?.value(at: now, judged: nil) },
        find: { Self.member(at: $0, in: index, now: now) },
        silence: { names in Self.node(at: names, in: index).flatMap { self.silence(of: $0) } })
    }
  }

  /// Why a node that is polled has no graphs.
  private func silence(of node: NodeRecord) -> String? {
    guard node.host.update, node.configs.isEmpty else { return nil }
    return reach(of: node.number).trouble == nil
      ? "not polled yet" : "its node has not answered yet"
  }

  /// The node of a place.
  private static func node(at names: [String], in index: [String: NodeRecord]) -> NodeRecord? {
    guard names.count >= 3 else { return nil }
    return (1...(names.count - 2)).reversed().lazy
      .compactMap { index[names[..<$0].joined(separator: ";")] }.first
  }

  /// What stands at a place: groups, host, the parts of the graph's name, field.
  private static func member(
    at names: [String], in index: [String: NodeRecord], now: Int
  ) -> FoundField<MemberSource>? {
    guard names.count >= 3, let field = names.last else { return nil }
    for count in (1...(names.count - 2)).reversed() {
      guard let node = index[names[..<count].joined(separator: ";")] else { continue }
      let graph = names[count..<(names.count - 1)].joined(separator: ".")
      if let found = node.member(graph, field, now: now) { return found }
    }
    return nil
  }

  /// Brings what pages show up to date, at most every ten seconds.
  func evaluateForPages(now: Int) {
    for node in nodes { evaluateForPages(node, now: now) }
  }

  /// The same of one node.
  func evaluateForPages(_ node: NodeRecord, now: Int) {
    let records = node.virtualGraphs()
    guard records.values.contains(where: { $0.evaluated.map { now - $0 >= 10 } ?? true }) else {
      return
    }
    evaluate(node, now: now)
  }

  /// Judges each node's graphs at the node's offset in its period.
  func keepJudgingVirtual() async {
    var judged: [String: LoopClock.Instant] = [:]
    while !Task.isCancelled {
      var pause = Int.max
      var due: [(node: NodeRecord, wait: Int)] = []
      let now = clock.preciseEpoch
      for node in nodes where !node.virtualGraphs().isEmpty {
        let schedule = Schedule(node: node.path, period: node.host.updateRate)
        let since = judged[node.path].map {
          Int($0.duration(to: clock.now).wholeNanoseconds / 1_000_000)
        }
        let wait = schedule.wait(
          seconds: now.seconds, nanoseconds: now.nanoseconds, sinceLast: since)
        due.append((node, wait))
        pause = min(pause, wait)
      }
      if due.isEmpty {
        let gate = virtualGraphs
        await withTaskCancellationHandler {
          await gate.wait()
        } onCancel: {
          EventLoop.main.post { gate.open() }
        }
        continue
      }
      guard (try? await clock.sleep(for: .milliseconds(pause))) != nil else { return }
      for (node, wait) in due where wait == pause && !node.isRetired {
        judged[node.path] = clock.now
        await judgeVirtual(node, waits: clock.epoch - started < 2 * node.host.updateRate)
      }
    }
  }

  /// Says that a node may have such graphs now.
  func noteVirtualGraphs() {
    virtualGraphs.open()
    virtualGraphs = Gate()
  }

  /// Judges the graphs of all nodes, after a cycle in which every node was polled.
  func judgeAllVirtual() async {
    for node in nodes { await judgeVirtual(node, waits: false) }
  }
}
