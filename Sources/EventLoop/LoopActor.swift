/// Everything that belongs to the event loop's thread: connections, timers, child processes.
///
/// Its executor is the loop itself, so an `await` between two such parts never changes the thread.
@globalActor
public actor LoopActor {
  public static let shared = LoopActor()

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    EventLoop.main.asUnownedSerialExecutor()
  }
}

/// Runs a closure of the loop's actor from a C callback that is known to be on the loop's thread.
public func onLoop(_ action: @LoopActor () -> Void) {
  EventLoop.main.checkIsolated()
  EventLoop.main.woke()
  // The closure differs from a plain one only by its isolation, which was just checked.
  withoutActuallyEscaping(action) { unsafeBitCast($0, to: (() -> Void).self)() }
  EventLoop.main.worked()
}
