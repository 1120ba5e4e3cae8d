internal import Collector
internal import HTTP
internal import MuninWire

/// Whether polls complete and can be kept, for a watchdog: `/healthz`.
struct Health {
  let state: CollectorState
  let answers: NodeAnswers
  let now: Int

  /// Whether a poll ended in the last two periods: silent nodes are the nodes' trouble, told on the pages. Right after the start none can have.
  private var polls: Bool {
    guard answers.polled > 0 else { return true }
    return now - (lastPoll ?? state.started) <= 2 * state.updateRate
  }

  private var lastPoll: Int? { state.lastPoll ?? answers.newest }

  private var reasons: [(String, Int)] {
    let lost = state.lost
    return [
      ("newest value of their file in the future", lost.closedFiles),
      ("impossible times", lost.impossibleTimes), ("not a number", lost.malformed),
      ("not storable in their type", lost.unstorable), ("refused by librrd", lost.refused),
      ("file not writable", lost.unwritten), ("not described by a config", lost.undescribed),
    ]
  }

  var response: HTTPResponse {
    let troubles = (polls ? [] : ["no poll has completed in time"]) + state.storageTroubles
    var lines = [
      troubles.isEmpty ? "ok" : troubles.joined(separator: "\n"),
      "seconds since the last poll: \(lastPoll.map { String(max(0, now - $0)) } ?? "none yet")",
      "seconds between two polls: \(state.updateRate)",
      "nodes that answer: \(answers.answering) of \(answers.polled)",
      "mails waiting: \(state.mailsWaiting)",
      "mails given up: \(state.mailsFailed)",
      "values lost since the start: \(state.lost.total)",
    ]
    if let trouble = state.heartbeatTrouble { lines.append("heartbeat_url: \(trouble)") }
    if let trouble = state.settingsTrouble { lines.append("settings: \(trouble.words)") }
    lines += state.deliveryTroubles.prefix(20).map {
      "contact \($0.contact): messages are not delivered (\($0.way)): \($0.problem)"
    }
    lines += state.heldMessages.prefix(20).map {
      "contact \($0.contact): \(CollectorTroubles.words($0))"
    }
    lines += state.recordingFindings
    lines += reasons.filter { $0.1 > 0 }.map { "values lost, \($0): \($1)" }
    for (stretch, remark) in [
      (state.longestStretch, ""), (state.longestOwnStretch, " without waiting for a core"),
    ] {
      guard let stretch else { continue }
      lines.append(
        "longest stretch of the event loop\(remark), in ms: \(formatted(stretch.ever, digits: 1)),"
          + " in the last minute: \(formatted(stretch.recent, digits: 1))")
    }
    var response = HTTPResponse.text(
      lines.joined(separator: "\n"), status: troubles.isEmpty ? 200 : 503)
    response.setCaching("no-store")
    return response
  }
}
