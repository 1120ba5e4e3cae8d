internal import EventLoop
internal import Logbook
internal import Notify
internal import Settings

/// Calls `heartbeat_url` after healthy cycles.
@LoopActor
final class HeartbeatCaller {
  private let log: Logbook
  private var isUnderWay = false
  private var troubles = OnceLog<String>()
  /// How many calls failed since one succeeded.
  private var failures = 0
  /// From so many failed calls in a row on it is an incident: a service that restarts refuses one or two.
  private static let lastingFailures = 3

  init(log: Logbook) { self.log = log }

  private static let subject = "heartbeat_url"

  /// Why the last call failed.
  var trouble: String? { troubles[Self.subject] }

  /// Why the last call failed, when those before it failed too.
  var lastingTrouble: String? { failures >= Self.lastingFailures ? trouble : nil }

  /// Makes the call of a cycle, unless that of the cycle before is still under way.
  /// - Parameters:
  ///   - setting: `nil` for none.
  ///   - words: what is posted.
  func call(_ setting: HeartbeatCall?, _ words: String) async {
    guard let setting else {
      troubles.forget(Self.subject)
      failures = 0
      return
    }
    guard !isUnderWay else { return }
    isUnderWay = true
    let request = HeartbeatRequest(address: setting.address.text, isPost: setting.isPost)
    let trouble = await request.send(words)
    isUnderWay = false
    if Task.isCancelled { return }
    failures = trouble == nil ? 0 : failures + 1
    switch troubles.update(trouble, of: Self.subject) {
    case .begun(let trouble), .changed(let trouble): log.note("heartbeat_url: \(trouble)")
    case .ended: log.note("heartbeat_url: answered again")
    case nil: break
    }
  }
}
