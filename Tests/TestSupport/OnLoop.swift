internal import CLinux
internal import EventLoop

/// Starts the process's event loop on a thread of its own, once.
private let loopThread: Void = {
  let problem = clinux_thread_start(
    "loop", 0,
    { _ in
      try? EventLoop.main.run {
        // Tests come and go; the loop stays until the process ends.
        while true { try await LoopClock.real.sleep(for: .seconds(3600)) }
      }
    }, nil)
  precondition(problem == 0, "cannot start the loop's thread")
}()

/// Starts the event loop on a thread of its own, for code that comes to it from other threads.
public func startTestLoop() { _ = loopThread }

/// Runs a test's body on the event loop.
public func onTestLoop<Value: Sendable>(
  _ body: @escaping @LoopActor @Sendable () async throws -> Value
) async throws -> Value {
  _ = loopThread
  // The child tasks of the body run on the loop too, as in a program.
  return try await withTaskExecutorPreference(EventLoop.main) { try await body() }
}
