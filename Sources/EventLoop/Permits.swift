/// Counted permits: at most so many tasks do something at the same time; the others wait in the order they came.
@LoopActor
public final class Permits {
  /// The number of permits. When it is lowered, tasks keep the permits that they have; no further one is given out until
  /// enough were released.
  public var limit: Int { didSet { giveOut() } }
  private var taken = 0
  private var waiting: [Gate] = []

  public nonisolated init(_ limit: Int) { self.limit = limit }

  /// How many tasks wait.
  public var waitingCount: Int { waiting.count }

  /// Waits for a permit, which the caller gives back with ``release()``.
  /// - Returns: whether the caller has one; `false` when its task was cancelled before.
  public func acquire() async -> Bool {
    if Task.isCancelled { return false }
    if waiting.isEmpty, taken < limit {
      taken += 1
      return true
    }
    let gate = Gate()
    waiting.append(gate)
    await withTaskCancellationHandler {
      await gate.wait()
    } onCancel: {
      EventLoop.main.post { self.wakeIfWaiting(gate) }
    }
    // A task that is still in the queue was woken by its cancellation, and holds no permit.
    if let place = waiting.firstIndex(where: { $0 === gate }) {
      waiting.remove(at: place)
      return false
    }
    if Task.isCancelled {
      release()
      return false
    }
    return true
  }

  /// Gives a permit back.
  public func release() {
    taken -= 1
    giveOut()
  }

  /// Runs `body` with a permit.
  /// - Returns: what `body` returned; `nil` when the task was cancelled while it waited.
  @discardableResult
  public func run<Value>(_ body: () async -> Value) async -> Value? {
    guard await acquire() else { return nil }
    defer { release() }
    return await body()
  }

  private func giveOut() {
    while taken < limit, !waiting.isEmpty {
      taken += 1
      waiting.removeFirst().open()
    }
  }

  private func wakeIfWaiting(_ gate: Gate) {
    if waiting.contains(where: { $0 === gate }) { gate.open() }
  }
}
