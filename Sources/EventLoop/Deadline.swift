/// One deadline that may be moved often and rings rarely.
@LoopActor
final class Deadline {
  private let clock: LoopClock
  private let action: @LoopActor () -> Void
  private var due: LoopClock.Instant?
  private var timer: LoopTimer?

  init(clock: LoopClock, action: @escaping @LoopActor () -> Void) {
    self.clock = clock
    self.action = action
  }

  func set(_ deadline: LoopClock.Instant?) {
    due = deadline
    guard let deadline else {
      timer?.cancel()
      timer = nil
      return
    }
    // A timer that rings too early looks again: moving the deadline back costs nothing.
    if let timer, timer.deadline <= deadline { return }
    timer?.cancel()
    timer = clock.schedule(at: deadline) { [weak self] in self?.rang() }
  }

  private func rang() {
    timer = nil
    guard let due else { return }
    if due <= clock.now { action() } else { set(due) }
  }
}
