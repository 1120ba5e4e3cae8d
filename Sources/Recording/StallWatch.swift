internal import EventLoop
internal import Logbook
internal import Text

/// Notices work on a disk that does not end: a dead network file system or a failing disk keeps a system call for hours, and reports no
/// error. It cannot end the call; it says that it hangs, once, and that it is over.
@LoopActor
final class StallWatch {
  private struct Running {
    var count = 0
    /// When the oldest call under way began, or when one before it ended.
    var began: LoopClock.Instant
    var since: Int
    var timer: LoopTimer?
    var isTold = false
    /// Opened when the work is found to hang.
    var gates: [Gate] = []
  }

  /// A full round of many files on a slow disk is shorter.
  static let limit = Duration.seconds(60)

  private let log: Logbook
  private let clock: LoopClock
  private var running: [String: Running] = [:]

  init(log: Logbook, clock: LoopClock) {
    self.log = log
    self.clock = clock
  }

  /// What hangs at present, for people; the first by name comes first.
  var stalls: [String] {
    running.filter(\.value.isTold).sorted { $0.key < $1.key }.map {
      "\($0.key) has not ended since \(CalendarTime.local($0.value.since).text): does the disk hang?"
    }
  }

  /// Whether some work hangs at present.
  func hangs(_ work: String) -> Bool { running[work]?.isTold ?? false }

  /// Runs some work.
  /// - Parameters:
  ///   - work: for the log: `writing files below /var/lib/munin`. Work of the same name waits in one queue.
  ///   - gate: opened when it is found to hang.
  func run<Value: Sendable, Failure: Error>(
    _ work: String, opening gate: Gate? = nil,
    _ body: @LoopActor () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    begin(work, gate)
    defer { end(work) }
    return try await body()
  }

  private func begin(_ work: String, _ gate: Gate?) {
    var state = running.removeValue(forKey: work) ?? Running(began: clock.now, since: clock.epoch)
    state.count += 1
    if let gate {
      if state.isTold { gate.open() } else { state.gates.append(gate) }
    }
    if state.timer == nil { state.timer = timer(for: work) }
    running[work] = state
  }

  private func end(_ work: String) {
    guard var state = running.removeValue(forKey: work) else { return }
    state.count -= 1
    state.timer?.cancel()
    if state.isTold {
      let seconds = Int(state.began.duration(to: clock.now).wholeNanoseconds / 1_000_000_000)
      log.note("\(work): ended after \(TimeSpan.text(seconds))")
    }
    guard state.count > 0 else { return }
    // The next one in the queue begins only now.
    state.isTold = false
    state.began = clock.now
    state.since = clock.epoch
    state.timer = timer(for: work)
    running[work] = state
  }

  private func timer(for work: String) -> LoopTimer {
    clock.schedule(at: clock.now.advanced(by: StallWatch.limit)) { [weak self] in
      self?.tell(work)
    }
  }

  private func tell(_ work: String) {
    guard var state = running.removeValue(forKey: work) else { return }
    state.isTold = true
    let gates = state.gates
    state.gates = []
    running[work] = state
    let seconds = Int(StallWatch.limit.components.seconds)
    log.note(
      "\(work): not ended after \(TimeSpan.text(seconds)): does the disk hang? Nodes are polled meanwhile",
      .failure)
    for gate in gates { gate.open() }
  }
}
