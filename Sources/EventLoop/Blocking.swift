internal import CLinux

/// Runs calls that may block in the kernel on a few worker threads beside the loop.
///
/// A call that does not return in time keeps its thread until it returns; the caller gets `nil` at the limit, and the
/// loop never waits.
@LoopActor
public final class Blocking {
  /// The pool that all parts share which need no threads of their own.
  public static let shared = Blocking(threads: 16)

  private let permits: Permits
  private var idle: [ThreadExecutor] = []

  /// - Parameter threads: how many calls run, or hang, at once; further ones wait, within their own deadline.
  public init(threads: Int) { permits = Permits(threads) }

  /// Runs `body` on a thread of the pool.
  /// - Returns: its value, or `nil` when it was not there after `limit`.
  public func run<Value: Sendable>(
    within limit: Duration, clock: LoopClock = .real, _ body: @escaping @Sendable () -> Value
  ) async -> Value? {
    let gate = Gate()
    let box = Locked<Value?>(nil)
    let timer = clock.schedule(at: clock.now.advanced(by: limit)) { gate.open() }
    defer { timer.cancel() }
    let work = EventLoop.start {
      await self.call(body, into: box)
      gate.open()
    }
    await gate.wait()
    work.cancel()
    return box.with { $0 }
  }

  private func call<Value: Sendable>(
    _ body: @escaping @Sendable () -> Value, into box: Locked<Value?>
  ) async {
    await permits.run {
      let thread = idle.popLast() ?? ThreadExecutor(label: "blocking")
      // Straight to the thread: a `@concurrent` function would start the global pool's threads first.
      await Task(executorPreference: thread) {
        let value = body()
        box.with { $0 = value }
      }.value
      idle.append(thread)
    }
  }
}
