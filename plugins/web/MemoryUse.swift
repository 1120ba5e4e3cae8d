internal import Glibc
internal import MuninWire
internal import PluginKit

/// The memory of one process, in bytes.
enum MemoryUse: Sendable {
  /// From `smaps_rollup` (Linux 4.14, for root and the owner): exact, shared pages divided by their number of users.
  case measured(Rollup)
  /// From `status`: anonymous memory, and the mapped parts of files and of shared memory, however many share them.
  /// - Parameter isOverCap: `smaps_rollup` was not read because the limit of such reads was reached.
  case counted(Counted, isOverCap: Bool)
  case unknown

  struct Rollup: Sendable {
    var resident: UInt64 = 0
    var proportional: UInt64 = 0
    var own: UInt64 = 0
    /// The share of pages in swap; `nil` where the kernel does not provide it.
    var swap: UInt64?
  }

  struct Counted: Sendable {
    var resident: UInt64 = 0
    var anonymous: UInt64 = 0
    var file: UInt64 = 0
    var shared: UInt64 = 0
    var swap: UInt64?
    /// Whether the kernel distinguishes the three.
    var tellsKinds = false
  }
}

extension MemoryUse.Rollup {
  /// - Returns: `nil` when the text is not a `smaps_rollup`.
  init?(_ text: Span<UInt8>) {
    var isSane = false
    var lines = LineReader()
    while let line = lines.next(in: text) {
      let start = line.lowerBound
      // With the colon: newer kernels have Pss_Dirty, Pss_Anon and others after Pss.
      if text.hasPrefix("Pss:", at: start) {
        proportional = kilobytes(text, start + 4)
        isSane = true
      } else if text.hasPrefix("Rss:", at: start) {
        resident = kilobytes(text, start + 4)
      } else if text.hasPrefix("Private_Clean:", at: start)
        || text.hasPrefix("Private_Dirty:", at: start)
      {
        own = own.addingReportingOverflow(kilobytes(text, start + 14)).partialValue
      } else if text.hasPrefix("SwapPss:", at: start) {
        swap = kilobytes(text, start + 8)
      } else if swap == nil, text.hasPrefix("Swap:", at: start) {
        swap = kilobytes(text, start + 5)
      }
    }
    guard isSane else { return nil }
  }
}

extension MemoryUse.Counted {
  /// - Returns: `nil` for a process without memory. Before Linux 4.5 only the resident size is there.
  init?(status text: Span<UInt8>) {
    var isSane = false
    var lines = LineReader()
    while let line = lines.next(in: text) {
      let start = line.lowerBound
      guard
        text.hasPrefix("VmRSS:", at: start) || text.hasPrefix("Rss", at: start)
          || text.hasPrefix("VmSwap:", at: start)
      else { continue }
      if text.hasPrefix("VmRSS:", at: start) {
        resident = kilobytes(text, start + 6)
        isSane = true
      } else if text.hasPrefix("RssAnon:", at: start) {
        anonymous = kilobytes(text, start + 8)
        tellsKinds = true
      } else if text.hasPrefix("RssFile:", at: start) {
        file = kilobytes(text, start + 8)
      } else if text.hasPrefix("RssShmem:", at: start) {
        shared = kilobytes(text, start + 9)
      } else if text.hasPrefix("VmSwap:", at: start) {
        swap = kilobytes(text, start + 7)
      }
    }
    guard isSane else { return nil }
  }

  /// Adds the counts of `statm`, in pages, for kernels before Linux 4.5. It counts files and shared memory together.
  mutating func take(statm text: Span<UInt8>) {
    var words = WordReader()
    guard words.skip(1, in: text), let pages = words.unsigned(in: text),
      let sharedPages = words.unsigned(in: text), pages < 1 << 40, sharedPages < 1 << 40
    else { return }
    resident = pages * MemoryUse.pageSize
    file = min(sharedPages, pages) * MemoryUse.pageSize
    anonymous = resident - file
  }
}

extension MemoryUse {
  static let pageSize = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))

  /// The memory of a process, as exactly as it may be read.
  /// - Parameter exactly: whether to read `smaps_rollup`, which takes the kernel's time and blocks the process
  ///   meanwhile.
  static func of(_ pid: Span<UInt8>, exactly: Bool, on host: Host) -> MemoryUse {
    if exactly,
      let rollup = host.readIfAllowed("/proc/", pid, "/smaps_rollup", { Rollup($0) }),
      let rollup
    {
      return .measured(rollup)
    }
    guard let found = host.readIfAllowed("/proc/", pid, "/status", { Counted(status: $0) }),
      var counted = found
    else { return .unknown }
    if !counted.tellsKinds {
      _ = host.readIfAllowed("/proc/", pid, "/statm") { counted.take(statm: $0) }
    }
    return .counted(counted, isOverCap: !exactly)
  }
}

/// A number of kB, in bytes; 0 when it cannot be parsed or is larger than any machine's memory.
private func kilobytes(_ text: Span<UInt8>, _ start: Int) -> UInt64 {
  var words = WordReader(from: start)
  guard let number = words.unsigned(in: text), number < 1 << 50 else { return 0 }
  return number * 1024
}
