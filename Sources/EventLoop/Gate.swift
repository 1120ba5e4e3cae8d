/// A door that one task waits at until somebody opens it. Opened before the wait, it stands open.
@LoopActor
public final class Gate {
  private var isOpen = false
  private var waiter: UnsafeContinuation<Void, Never>?

  public init() {}

  /// Lets the waiting task, or the next one to come, pass.
  public func open() {
    isOpen = true
    waiter?.resume()
    waiter = nil
  }

  /// Waits until the gate is open. One task at a time.
  public func wait() async {
    if isOpen { return }
    precondition(waiter == nil, "two tasks wait at one gate")
    // Getting here may take a turn of the loop, so the question is asked where the answer is kept.
    await withUnsafeContinuation { continuation in
      if isOpen { continuation.resume() } else { waiter = continuation }
    }
  }
}
