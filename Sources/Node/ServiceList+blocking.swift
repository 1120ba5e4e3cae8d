internal import EventLoop
internal import Logbook
internal import PluginKit

// What may keep a plugin waiting is gone for by other threads, while the loop serves everybody else.
extension ServiceList {
  /// Answers for a plugin that needs something first: sends its errands, then asks it again.
  func answerBlocking(
    _ plugin: any Plugin, _ name: String, _ question: Question, on host: Host,
    into reply: inout Reply
  ) async {
    // A plugin may learn from one answer what else it wants to know; none needs as many rounds.
    for _ in 0..<4 {
      await runErrands(of: host, for: name)
      if answer(plugin, name, question, on: host, into: &reply) { return }
    }
    _ = host.takeErrands()
    reply.append("# Timed out\n")
  }

  /// Returns when what a plugin needs has come, or will not come in time.
  func runErrands(of host: Host, for name: String) async {
    await ErrandRunner.shared.send(
      host.takeErrands(), now: host.kernel.secondsSinceBoot,
      note: { self.log.note("\(name): \($0)") })
  }
}

/// Sends errands, each once however many services wait for it.
@LoopActor
final class ErrandRunner {
  static let shared = ErrandRunner(threads: 8)

  /// Threads of its own: mounts that hang must not take those of name look-ups.
  private let threads: Blocking
  private var underWay: [ObjectIdentifier: Task<Void, Never>] = [:]
  /// What has not come back in time, to tell when it does.
  private var late: Set<ObjectIdentifier> = []

  init(threads: Int) { self.threads = Blocking(threads: threads) }

  /// Returns when each errand has come back or passed its limit.
  /// - Parameters:
  ///   - now: the seconds since the machine started.
  ///   - note: where to say, once, that one is stuck, and that it goes on.
  func send(
    _ errands: [Errand], now: @escaping @Sendable () -> Double, note: @escaping (String) -> Void
  ) async {
    var tasks: [Task<Void, Never>] = []
    for errand in errands {
      let key = ObjectIdentifier(errand)
      if let task = underWay[key] {
        tasks.append(task)
      } else if let work = errand.setOut() {
        let task = EventLoop.start {
          _ = await self.threads.run(within: errand.limit) { work() }
          self.underWay[key] = nil
          self.end(errand, errand.comeBack(at: now()), note)
        }
        underWay[key] = task
        tasks.append(task)
      }
    }
    for task in tasks { await task.value }
  }

  private func end(_ errand: Errand, _ end: Errand.End, _ note: (String) -> Void) {
    let key = ObjectIdentifier(errand)
    switch end {
    case .stuck:
      if late.insert(key).inserted {
        note(
          "\(errand.subject): no answer within \(errand.limit.components.seconds) s, "
            + "not asked again until there is one")
      }
    case .answered:
      if late.remove(key) != nil { note("\(errand.subject): answers again") }
    case .notBegun: break
    }
  }
}
