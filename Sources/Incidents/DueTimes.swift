/// When what is due: the earliest first, of equal times the one that was set first. A key has one time; a later call replaces it.
struct DueTimes<Key: Hashable & Sendable>: Sendable {
  private struct Entry {
    var time: Int
    var order: Int
    var key: Key

    static func < (one: Entry, two: Entry) -> Bool {
      (one.time, one.order) < (two.time, two.order)
    }
  }

  /// The number of the entry that counts.
  private var orders: [Key: Int] = [:]
  /// A binary heap whose first entry counts; others may have been replaced.
  private var heap: [Entry] = []
  private var lastOrder = 0

  /// The earliest time.
  var next: Int? { heap.first?.time }

  mutating func set(_ key: Key, at time: Int?) {
    guard let time else {
      orders[key] = nil
      prune()
      return
    }
    lastOrder += 1
    orders[key] = lastOrder
    heap.append(Entry(time: time, order: lastOrder, key: key))
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
    // Entries that were replaced do not pile up.
    if heap.count > 64, heap.count > 4 * orders.count { rebuild() }
    prune()
  }

  /// The earliest key, if it is due.
  func first(at now: Int) -> Key? {
    guard let first = heap.first, first.time <= now else { return nil }
    return first.key
  }

  /// Takes the earliest key out, if it is due.
  mutating func take(at now: Int) -> Key? {
    guard let first = heap.first, first.time <= now else { return nil }
    orders[first.key] = nil
    prune()
    return first.key
  }

  /// Moves all times.
  mutating func shift(by seconds: Int) {
    for index in heap.indices { heap[index].time += seconds }
  }

  private mutating func prune() {
    while let first = heap.first, orders[first.key] != first.order { removeFirst() }
  }

  private mutating func rebuild() {
    // An ascending list is a heap.
    heap = heap.filter { orders[$0.key] == $0.order }.sorted(by: <)
  }

  private mutating func removeFirst() {
    guard let last = heap.popLast(), !heap.isEmpty else { return }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child] < heap[least] { least = child }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
