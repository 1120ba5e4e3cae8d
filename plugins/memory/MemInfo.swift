internal import MuninWire
internal import PluginKit

/// The lines of `/proc/meminfo` that plugins use, in bytes (proc_meminfo(5)). Kernels differ in what they have;
/// what is missing is `nil`, never 0.
struct MemInfo {
  /// A line of the file.
  enum Line: Int, CaseIterable {
    case memTotal, memFree, buffers, cached, swapCached, active, inactive, swapTotal, swapFree,
      mapped
    case slab, pageTables, percpu, shmem, vmallocUsed, committed
    case activeAnon, activeCache, inactDirty, inactLaundry, inactClean
    case memAvailable, sReclaimable, sUnreclaim, hardwareCorrupted, zswap, zswapped
    case hugetlb, hugePagesTotal, hugepagesize
  }

  private static let names: [StaticString] = [
    "MemTotal", "MemFree", "Buffers", "Cached", "SwapCached", "Active", "Inactive", "SwapTotal",
    "SwapFree", "Mapped", "Slab", "PageTables", "Percpu", "Shmem", "VmallocUsed", "Committed_AS",
    "ActiveAnon", "ActiveCache", "Inact_dirty", "Inact_laundry", "Inact_clean", "MemAvailable",
    "SReclaimable", "SUnreclaim", "HardwareCorrupted", "Zswap", "Zswapped", "Hugetlb",
    "HugePages_Total", "Hugepagesize",
  ]

  private var bytes = InlineArray<30, UInt64>(repeating: 0)
  private var present: UInt32 = 0

  init(_ text: Span<UInt8>) throws(PluginError) {
    var lines = LineReader()
    while let range = lines.next(in: text) { take(text.extracting(range)) }
    for needed in [Line.memTotal, .memFree] where self[needed] == nil {
      throw PluginError(
        source: "/proc/meminfo", expected: "a line \(MemInfo.names[needed.rawValue])", found: "none"
      )
    }
  }

  init(on host: Host) throws(PluginError) {
    self = try host.read("/proc/meminfo", isOneRecord: true) { text throws(PluginError) in
      try MemInfo(text)
    }
  }

  subscript(_ line: Line) -> UInt64? {
    present & (1 << UInt32(line.rawValue)) == 0 ? nil : bytes[line.rawValue]
  }

  /// Whether a name may be one of these, by its first letter and length: most lines of the file are not, and need no
  /// comparison.
  private static let hints = {
    var hints = InlineArray<256, Bool>(repeating: false)
    for name in names {
      hints[hint(name.withUTF8Buffer { $0[0] }, name.utf8CodeUnitCount)] = true
    }
    return hints
  }()

  private static func hint(_ first: UInt8, _ length: Int) -> Int {
    (Int(first) * 31 + length) & 255
  }

  private mutating func take(_ line: Span<UInt8>) {
    guard let colon = line.firstIndex(of: 0x3A), colon > 0,
      MemInfo.hints[MemInfo.hint(line[0], colon)]
    else { return }
    for (index, name) in MemInfo.names.enumerated()
    where name.utf8CodeUnitCount == colon && line.hasPrefix(name) {
      var words = WordReader(from: colon + 1)
      guard let kilobytes = words.unsigned(in: line) else { return }
      let (value, overflow) = kilobytes.multipliedReportingOverflow(by: 1024)
      if !overflow {
        bytes[index] = value
        present |= 1 << UInt32(index)
      }
      return
    }
  }

  /// What programs use: all that is not free, cache, or the kernel's.
  var apps: UInt64 {
    let others: [Line] = [
      .memFree, .buffers, .cached, .slab, .pageTables, .percpu, .swapCached,
    ]
    var rest = self[.memTotal]!
    for line in others { rest = rest.droppingBelowZero(self[line] ?? 0) }
    return rest
  }

  /// The page cache without tmpfs and shared memory, which the kernel counts in.
  var cachedFiles: UInt64? { self[.cached].map { $0.droppingBelowZero(self[.shmem] ?? 0) } }

  /// What is set apart as huge pages. No program has it that does not ask for such pages, used or not.
  var hugePages: UInt64 {
    // Before Linux 4.17 only the pages of the usual size are told. Their number has no unit, and was taken for kB.
    let counted = (self[.hugePagesTotal] ?? 0) / 1024
    return self[.hugetlb]
      ?? counted.multipliedReportingOverflow(by: self[.hugepagesize] ?? 0).partialValue
  }

  /// The memory that programs can have at most.
  var whole: UInt64 { self[.memTotal]!.droppingBelowZero(hugePages) }

  var swapUsed: UInt64? {
    guard let total = self[.swapTotal], let free = self[.swapFree] else { return nil }
    return total.droppingBelowZero(free)
  }
}

extension UInt64 {
  /// The difference, or 0: counters of one file are not read at one instant.
  func droppingBelowZero(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
