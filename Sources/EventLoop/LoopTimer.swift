/// An action that a ``LoopClock`` runs once, at its deadline.
public final class LoopTimer: @unchecked Sendable {
  // Unchecked: belongs to the loop's thread.
  let deadline: LoopClock.Instant
  private var action: (@LoopActor () -> Void)?

  init(deadline: LoopClock.Instant, action: @escaping @LoopActor () -> Void) {
    self.deadline = deadline
    self.action = action
  }

  var isCancelled: Bool { action == nil }

  /// Drops the action. It does nothing when the action has run.
  @LoopActor
  public func cancel() { action = nil }

  func fire() {
    guard let action else { return }
    self.action = nil
    onLoop(action)
  }
}
