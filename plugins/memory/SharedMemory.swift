internal import MuninWire
internal import PluginKit

/// All shared memory of the machine, tmpfs included, and how much of it is in swap.
struct SharedMemory {
  /// Bytes in memory: tmpfs, System V segments, shared anonymous pages, graphics buffers (`Shmem`, Linux 2.6.32).
  var resident: UInt64?
  /// Bytes stored on tmpfs, in memory or in swap.
  var tmpfs: UInt64
  /// Bytes of System V segments, in memory and in swap (`/proc/sysvipc/shm`, Linux 2.6.37).
  var segments: Finding<(resident: UInt64, swapped: UInt64)> = .absent
  private(set) var complaints: [PluginError] = []
  /// Bytes that are in swap at least.
  ///
  /// The kernel does not count them. But bytes stored on tmpfs and in segments beyond all shared memory that is in
  /// memory can only be in swap. There may be more: shared anonymous pages, tmpfs of other containers.
  var swapped: UInt64?

  init(on host: Host, tmpfs: UInt64) throws(PluginError) {
    self.tmpfs = tmpfs
    let memory = try MemInfo(on: host)
    resident = memory[.shmem]
    if host.canRead("/proc/sysvipc/shm") {
      segments = Finding(&complaints) { () throws(PluginError) in
        try host.read("/proc/sysvipc/shm") { text throws(PluginError) in
          try SharedMemory.segments(in: text)
        }
      }
    }
    var known: (resident: UInt64, swapped: UInt64) = (0, 0)
    if case .value(let sums) = segments { known = sums }
    guard let resident, let used = memory.swapUsed.known, memory[.swapTotal] ?? 0 > 0 else {
      return
    }
    let stored = tmpfs &+ known.resident &+ known.swapped
    // The kernel adds up its per-CPU counts only now and then, so the difference is cut to the swap in use.
    swapped = max(min(stored.droppingBelowZero(resident), used), known.swapped)
  }

  /// The sums of the columns `rss` and `swap` of a table whose first line names its columns (proc_sysvipc(5)).
  private static func segments(
    in text: Span<UInt8>
  ) throws(PluginError) -> (resident: UInt64, swapped: UInt64)? {
    var lines = LineReader()
    guard let names = lines.next(in: text) else { return nil }
    let head = text.extracting(names)
    var columns: (resident: Int?, swapped: Int?) = (nil, nil)
    var words = WordReader()
    var column = 0
    while let word = words.next(in: head) {
      if head.extracting(word).isEqual(to: "rss") { columns.resident = column }
      if head.extracting(word).isEqual(to: "swap") { columns.swapped = column }
      column += 1
    }
    guard let first = columns.resident, let second = columns.swapped, first < second else {
      return nil
    }
    var sum: (resident: UInt64, swapped: UInt64) = (0, 0)
    while let range = lines.next(in: text) {
      let line = text.extracting(range)
      var words = WordReader()
      guard words.skip(first, in: line), let resident = words.unsigned(in: line),
        words.skip(second - first - 1, in: line), let swapped = words.unsigned(in: line)
      else {
        throw PluginError(
          source: "/proc/sysvipc/shm", expected: "\(column) numbers", found: excerpt(line))
      }
      sum.resident &+= resident
      sum.swapped &+= swapped
    }
    return sum
  }
}
