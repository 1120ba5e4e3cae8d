internal import EventLoop

/// Lets tasks do something one after the other, in the order they came.
@LoopActor
final class Turns {
  private var isTaken = false
  private var queue: [Gate] = []

  /// Waits for the caller's turn, which ``leave()`` ends.
  /// - Returns: whether it has come; `false` when the task was cancelled before.
  func enter() async -> Bool {
    guard !Task.isCancelled else { return false }
    guard isTaken else {
      isTaken = true
      return true
    }
    let gate = Gate()
    queue.append(gate)
    await withTaskCancellationHandler {
      await gate.wait()
    } onCancel: {
      EventLoop.main.post { self.giveUp(gate) }
    }
    // Still in the queue: it was not leave() that opened the gate.
    if let place = queue.firstIndex(where: { $0 === gate }) {
      queue.remove(at: place)
      return false
    }
    if Task.isCancelled {
      leave()
      return false
    }
    return true
  }

  func leave() {
    if queue.isEmpty {
      isTaken = false
    } else {
      queue.removeFirst().open()
    }
  }

  private func giveUp(_ gate: Gate) {
    if queue.contains(where: { $0 === gate }) { gate.open() }
  }
}
