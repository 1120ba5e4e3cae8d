internal import CLinux

/// A place for calls that may hang in the kernel: a few threads beside the loop.
///
/// A call that does not return in time is left behind: its thread is lost until the call returns, the caller
/// gets `nil`, and the loop never waits.
@LoopActor
public final class Blocking {
  /// The pool that all parts share.
  public static let shared = Blocking(threads: 16)

  private let limit: Int
  private var idle: [ThreadExecutor] = []
  private var made = 0
  private var queue: [Gate] = []

  /// - Parameter threads: how many calls run, or hang, at once; further ones wait, within their own deadline.
  public init(threads: Int) { limit = threads }

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
    let thread = await takeThread()
    if !Task.isCancelled {
      // Straight to the thread: a `@concurrent` function would start the global pool's threads first.
      await Task(executorPreference: thread) {
        let value = body()
        box.with { $0 = value }
      }.value
    }
    giveBack(thread)
  }

  private func takeThread() async -> ThreadExecutor {
    while true {
      if let thread = idle.popLast() { return thread }
      if made < limit {
        made += 1
        return ThreadExecutor(label: "blocking")
      }
      let turn = Gate()
      queue.append(turn)
      await turn.wait()
    }
  }

  private func giveBack(_ thread: ThreadExecutor) {
    idle.append(thread)
    if !queue.isEmpty { queue.removeFirst().open() }
  }
}
