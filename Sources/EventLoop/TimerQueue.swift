/// A binary heap of timers, earliest first. A cancelled timer stays until its time comes, or until half of all are
/// cancelled: each connection cancels one that is due only in a quarter of an hour.
struct TimerQueue {
  private var heap: [LoopTimer] = []
  /// At this size the cancelled timers are removed.
  private var full = 128

  var count: Int { heap.count { !$0.isCancelled } }

  /// How many are kept, cancelled ones too.
  var size: Int { heap.count }

  var nextDeadline: LoopClock.Instant? {
    mutating get {
      while let first = heap.first, first.isCancelled { removeFirst() }
      return heap.first?.deadline
    }
  }

  mutating func insert(_ timer: LoopTimer) {
    if heap.count >= full { removeCancelled() }
    heap.append(timer)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].deadline < heap[parent].deadline else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes the earliest timer that is not after `instant`.
  mutating func popDue(at instant: LoopClock.Instant) -> LoopTimer? {
    guard let next = nextDeadline, next <= instant else { return nil }
    let timer = heap[0]
    removeFirst()
    return timer
  }

  /// Removes the cancelled timers.
  mutating func removeCancelled() {
    heap.removeAll(where: \.isCancelled)
    heap.sort { $0.deadline < $1.deadline }  // what is sorted is a heap
    full = max(128, 2 * heap.count)
  }

  private mutating func removeFirst() {
    let last = heap.removeLast()
    guard !heap.isEmpty else { return }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].deadline < heap[least].deadline {
        least = child
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
