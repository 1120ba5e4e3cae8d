internal import EventLoop
internal import Incidents
public import Notify
internal import RRD
internal import Recording
internal import Settings

/// What pages and mails ask for.
extension Collector {
  /// What is known now, as a value.
  public func snapshot() -> Snapshot {
    let now = clock.epoch
    var snapshot = Snapshot(
      time: now, started: started, updateRate: settings.updateRate,
      nodes: nodes.map { $0.view(incidents[$0.number], judge, at: now) },
      mailsWaiting: mails.waiting, mailsFailed: mails.failed, lastPoll: lastPoll, lost: lost)
    snapshot.storageTroubles = storageTroubles
    return snapshot
  }

  private var storageTroubles: [String] {
    var troubles: [String] = []
    if let trouble = recorder.trouble ?? mails.outboxTrouble {
      troubles.append("cannot write the ledger: \(trouble)")
    }
    let failing = nodes.compactMap(\.writeTrouble)
    if let first = failing.first {
      let more = failing.count > 1 ? " (and values of \(failing.count - 1) more nodes)" : ""
      troubles.append(first + more)
    }
    return troubles
  }

  /// Brings everything recorded of a node into its files, before somebody looks at them.
  /// - Parameter path: `group;host`.
  public func writeFiles(of path: String) async {
    guard let node = nodes.first(where: { $0.path == path }) else { return }
    adopt(await recorder.write([node.number]))
  }

  /// The picture of a graph over the last day; `nil` where it cannot be drawn.
  public func picture(of order: PictureOrder) async -> MailPicture? {
    await writeFiles(of: order.node)
    guard let node = nodes.first(where: { $0.path == order.node }),
      let graph = node.graphs[order.graph]
    else { return nil }
    let picture = try? await grapher.picture(
      of: node.drawn(graph), GraphRequest(period: .day, now: clock.epoch), path: graph.paths)
    return picture.map { MailPicture(name: order.name, png: $0.png) }
  }
}
