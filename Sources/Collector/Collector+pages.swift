internal import EventLoop
internal import Incidents
public import Notify
internal import RRD
internal import Recording
internal import Settings
internal import Text

/// What pages and mails ask for.
extension Collector {
  /// What is known now, as a value.
  public func snapshot() -> Snapshot {
    let now = clock.epoch
    evaluateForPages(now: now)
    var snapshot = Snapshot(
      time: now, started: started, updateRate: settings.updateRate,
      nodes: nodes.map { $0.view(incidents[$0.number], judge, at: now) },
      mailsWaiting: mails.waiting, mailsFailed: mails.failed, lastPoll: lastPoll, lost: lost)
    snapshot.storageTroubles = storageTroubles
    snapshot.recordingFindings = recorder.findings
    return snapshot
  }

  var storageTroubles: [String] {
    var troubles: [String] = []
    if let trouble = recorder.trouble ?? mails.outboxTrouble {
      troubles.append("cannot write the ledger: \(trouble)")
    }
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
    guard let node = nodeIndex[path] else { return }
    adopt(await recorder.write([node.number]))
  }

  /// The picture of a graph over the last day; `nil` where it cannot be drawn.
  public func picture(of order: PictureOrder) async -> MailPicture? {
    guard let node = nodeIndex[order.node] else { return nil }
    let now = clock.epoch
    let own = node.graphs[order.graph].map { $0.view(node.drawn($0), judge, at: now) }
    guard let view = node.virtualGraphs()[order.graph]?.view(over: own, judge) ?? own else {
      return nil
    }
    await writeFiles(of: order.node)
    for source in view.sources.sorted() { await writeFiles(of: source) }
    let picture = try? await grapher.picture(
      GraphRequest(period: .day, now: now), plain: { view.plain(hasFile: $0) })
    return picture.map { MailPicture(name: order.name, png: $0.png) }
  }
}
