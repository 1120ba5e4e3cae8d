internal import EventLoop
internal import Logbook
internal import PluginKit

/// Makes the slow reads of built-in plugins on worker threads, each once however many services wait for it.
@LoopActor
final class SlowReadRunner {
  static let shared = SlowReadRunner(threads: 8)

  /// Threads of its own: mounts that hang must not take those of name look-ups.
  private let threads: Blocking
  private var underWay: [ObjectIdentifier: Task<Void, Never>] = [:]
  /// The reads that were stuck when their limit was over, to log when one answers again.
  private var stuck: Set<ObjectIdentifier> = []

  init(threads: Int) { self.threads = Blocking(threads: threads) }

  /// Returns when each read has ended or passed its limit.
  /// - Parameters:
  ///   - host: of the service that asks first; the log says its name.
  ///   - log: where to say, once, that a read is stuck, and that it answers again.
  func run(_ reads: SlowReads, on host: Host, log: Logbook) async {
    var tasks: [Task<Void, Never>] = []
    for read in reads.needed {
      let key = ObjectIdentifier(read)
      if let task = underWay[key] {
        tasks.append(task)
      } else if let work = read.begin() {
        let task = EventLoop.start {
          _ = await self.threads.run(within: read.limit) { work() }
          self.underWay[key] = nil
          let end = read.finish(at: host.kernel.secondsSinceBoot())
          self.report(read, end, host.service, log)
        }
        underWay[key] = task
        tasks.append(task)
      }
    }
    for task in tasks { await task.value }
  }

  private func report(
    _ read: AnySlowRead, _ end: AnySlowRead.End, _ service: String, _ log: Logbook
  ) {
    let key = ObjectIdentifier(read)
    switch end {
    case .stuck:
      if stuck.insert(key).inserted {
        log.note(
          "\(service): \(read.subject): no answer within \(read.limit.components.seconds) s, "
            + "not read again until it answers")
      }
    case .answered:
      if stuck.remove(key) != nil { log.note("\(service): \(read.subject): answers again") }
    case .notBegun: break
    }
  }
}
