internal import Collector
internal import HTTP

/// Whether polls complete and can be kept, for a watchdog: `/healthz`.
struct Health {
  let snapshot: Snapshot
  let now: Int

  /// Whether a poll ended in the last two periods: silent nodes are the nodes' trouble, told on the pages. Right after the start none can have.
  private var polls: Bool {
    guard snapshot.nodes.contains(where: \.isPolled) else { return true }
    return now - (lastPoll ?? snapshot.started) <= 2 * snapshot.updateRate
  }

  private var lastPoll: Int? { snapshot.lastPoll ?? snapshot.nodes.compactMap(\.lastAnswer).max() }

  private var reasons: [(String, Int)] {
    let lost = snapshot.lost
    return [
      ("newest value of their file in the future", lost.closedFiles),
      ("impossible times", lost.impossibleTimes), ("not a number", lost.malformed),
      ("not storable in their type", lost.unstorable), ("refused by librrd", lost.refused),
      ("file not writable", lost.unwritten), ("not described by a config", lost.undescribed),
    ]
  }

  var response: HTTPResponse {
    let polled = snapshot.nodes.filter(\.isPolled)
    let troubles = (polls ? [] : ["no poll has completed in time"]) + snapshot.storageTroubles
    var lines = [
      troubles.isEmpty ? "ok" : troubles.joined(separator: "\n"),
      "seconds since the last poll: \(lastPoll.map { String(max(0, now - $0)) } ?? "none yet")",
      "seconds between two polls: \(snapshot.updateRate)",
      "nodes that answer: \(polled.count { $0.trouble == nil && $0.lastAnswer != nil })"
        + " of \(polled.count)",
      "mails waiting: \(snapshot.mailsWaiting)",
      "mails given up: \(snapshot.mailsFailed)",
      "values lost since the start: \(snapshot.lost.total)",
    ]
    lines += snapshot.recordingFindings
    lines += reasons.filter { $0.1 > 0 }.map { "values lost, \($0): \($1)" }
    var response = HTTPResponse.text(
      lines.joined(separator: "\n"), status: troubles.isEmpty ? 200 : 503)
    response.setCaching("no-store")
    return response
  }
}
