/// One task waits here until another part of the program calls ``open()``. When that was called before, nobody waits.
@LoopActor
public final class Gate {
  private var isOpen = false
  private var waiter: UnsafeContinuation<Void, Never>?

  public init() {}

  /// Resumes the task that waits, or lets the next ``wait()`` return at once.
  public func open() {
    isOpen = true
    waiter?.resume()
    waiter = nil
  }

  /// Waits for ``open()``. One task at a time.
  public func wait() async {
    if isOpen { return }
    precondition(waiter == nil, "two tasks wait at one gate")
    // Another job may run before this closure does, so the state is looked at again here.
    await withUnsafeContinuation { continuation in
      if isOpen { continuation.resume() } else { waiter = continuation }
    }
  }
}
