/// A deadline that is moved often and passes rarely: moving it back does not touch the timer.
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
    // A timer that is due earlier than the deadline sets itself again when it fires.
    if let timer, timer.deadline <= deadline { return }
    timer?.cancel()
    timer = clock.schedule(at: deadline) { [weak self] in self?.timerFired() }
  }

  private func timerFired() {
    timer = nil
    guard let due else { return }
    if due <= clock.now { action() } else { set(due) }
  }
}
