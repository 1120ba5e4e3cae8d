internal import EventLoop
internal import Incidents
public import Limits
internal import Notify
internal import RRD
internal import Recording
internal import Settings
internal import Text

/// What pages and mails ask for.
extension Collector: SiteSource {
  /// What is known now, as a value: with thousands of nodes it is large, and pages take it in parts.
  public func snapshot() -> Snapshot {
    Snapshot(state: state, nodes: names.compactMap(node))
  }

  public var state: CollectorState {
    var state = CollectorState(
      time: clock.epoch, started: started, updateRate: settings.updateRate)
    state.mailsWaiting = mails.waiting
    state.mailsFailed = mails.failed
    state.mailsGivenUp = mails.givenUp
    state.lastPoll = lastPoll
    state.lost = lost
    state.storageTroubles = storageTroubles
    state.heartbeatTrouble = heartbeat.trouble
    state.settingsTrouble = settingsTrouble
    state.deliveryTroubles = mails.troubles.map {
      ContactTrouble(contact: $0.contact, way: $0.way, since: $0.since, problem: $0.problem)
    }
    state.heldMessages = alerts.plan.heldBack.map {
      HeldMessages(contact: $0.contact, until: $0.until, incidents: $0.incidents)
    }
    state.recordingFindings = recorder.findings
    func milliseconds(
      _ stretches: (ever: Duration, recent: Duration)
    ) -> (ever: Double, recent: Double) {
      (stretches.ever / .milliseconds(1), stretches.recent / .milliseconds(1))
    }
    state.longestStretch = milliseconds(EventLoop.main.longestStretches)
    state.longestOwnStretch = milliseconds(EventLoop.main.longestOwnStretches)
    return state
  }

  public var answers: NodeAnswers {
    var answers = NodeAnswers()
    for node in nodes {
      let reach = reach(of: node.number)
      answers.add(
        isPolled: node.host.update, lastAnswer: reach.lastAnswer, trouble: reach.trouble)
    }
    return answers
  }

  public func node(_ name: NodeName) -> NodeView? {
    guard let node = nodeIndex[name.path] else { return nil }
    evaluateForPages(node, now: clock.epoch)
    return view(of: node)
  }

  public func summary(of name: NodeName) -> NodeSummary? {
    guard let node = nodeIndex[name.path] else { return nil }
    // Few nodes have graphs that are made of others.
    if !node.virtualGraphs().isEmpty { return self.node(name).map(NodeSummary.init) }
    return node.summary(alerts, at: clock.epoch)
  }

  /// How many graphs have each level, those that are not judged left out.
  public var graphLevels: [Level: Int] {
    var levels: [Level: Int] = [:]
    for node in nodes {
      for graph in node.graphs.values where graph.isJudged {
        levels[graph.level(by: alerts.judge), default: 0] += 1
      }
    }
    return levels
  }

  var storageTroubles: [String] {
    recorder.stalls + [ledgerTrouble].compactMap(\.self) + fileTroubles
  }

  var ledgerTrouble: String? {
    (recorder.trouble ?? mails.outboxTrouble).map { "cannot write the ledger: \($0)" }
  }

  /// Why files cannot be written.
  var fileTroubles: [String] {
    var troubles: [String] = []
    let failing = nodes.compactMap(\.writeTrouble)
    if let first = failing.first {
      let more = failing.count > 1 ? " (and values of \(failing.count - 1) more nodes)" : ""
      troubles.append(first + more)
    }
    // Files of nodes of which others can be written.
    let faulty = nodes.filter { $0.writeTrouble == nil && !$0.fileFaults.isEmpty }
    if let first = faulty.first?.fileFaults.values.min() {
      let files = faulty.reduce(0) { $0 + $1.fileFaults.count }
      let more =
        files > 1
        ? " (and \(Amount.count(files - 1, "more file")), of \(Amount.count(faulty.count, "node")))"
        : ""
      troubles.append(first + more)
    }
    return troubles
  }

  /// Brings everything recorded of a node into its files, before somebody looks at them.
  /// - Parameter path: `group;host`.
  public func writeFiles(of path: String) async {
    // A page does not wait for a disk that hangs.
    guard let node = nodeIndex[path], recorder.stalls.isEmpty else { return }
    adopt(await recorder.write([node.number]))
  }
}
