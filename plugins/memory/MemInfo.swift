internal import MuninWire
internal import PluginKit

/// The lines of `/proc/meminfo` that plugins use, in bytes (proc_meminfo(5)). Kernels differ in the lines they have:
/// a missing line is `nil`, never 0. A line without a credible number is unknown.
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
  /// Lines that are there without a credible number: some kernels print a count that fell below zero as 2^64 less
  /// a little (Committed_AS).
  private var odd: UInt32 = 0
  /// More kB than 64 bits of addresses can hold.
  private static let most: UInt64 = 1 << 54

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

  /// What the kernel says in a line, as a field shows it.
  func finding(_ line: Line) -> Finding<UInt64> { isOdd(line) ? .unknown : Finding(self[line]) }

  /// A value made of several lines: unknown when one of them is.
  private func finding(of lines: [Line], _ value: UInt64?) -> Finding<UInt64> {
    lines.contains(where: isOdd) ? .unknown : Finding(value)
  }

  private func isOdd(_ line: Line) -> Bool { odd & (1 << UInt32(line.rawValue)) != 0 }

  /// The first line without a credible number, for the log.
  var complaint: PluginError? {
    guard odd != 0, let line = Line.allCases.first(where: isOdd) else { return nil }
    return PluginError(
      source: "/proc/meminfo", expected: "a number of kB behind \(MemInfo.names[line.rawValue])",
      found: "another word, or more than a machine can have")
  }

  /// Whether a line's name may be one of these, by its first letter and length: most lines of the file are not, and are
  /// passed over without a comparison.
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
      if let kilobytes = words.unsigned(in: line), kilobytes < MemInfo.most {
        bytes[index] = kilobytes * 1024
        present |= 1 << UInt32(index)
      } else {
        odd |= 1 << UInt32(index)
      }
      return
    }
  }

  /// What programs use: all memory that is neither free nor cache nor the kernel's.
  var apps: Finding<UInt64> {
    let others: [Line] = [
      .memFree, .buffers, .cached, .slab, .pageTables, .percpu, .swapCached,
    ]
    var rest = self[.memTotal]!
    for line in others { rest = rest.droppingBelowZero(self[line] ?? 0) }
    return finding(of: others, rest)
  }

  /// The page cache without tmpfs and shared memory, which the kernel counts in.
  var cachedFiles: Finding<UInt64> {
    finding(of: [.cached, .shmem], self[.cached].map { $0.droppingBelowZero(self[.shmem] ?? 0) })
  }

  /// Memory reserved as huge pages, used or not: only programs that ask for such pages get any of it.
  private var hugePages: UInt64 {
    // Before Linux 4.17 the kernel tells only the pages of the usual size. Their number has no unit: read as kB above.
    let counted = (self[.hugePagesTotal] ?? 0) / 1024
    return self[.hugetlb]
      ?? counted.multipliedReportingOverflow(by: self[.hugepagesize] ?? 0).partialValue
  }

  /// The most memory that programs can have.
  var whole: UInt64 { self[.memTotal]!.droppingBelowZero(hugePages) }

  var swapUsed: Finding<UInt64> {
    var used: UInt64?
    if let total = self[.swapTotal], let free = self[.swapFree] {
      used = total.droppingBelowZero(free)
    }
    return finding(of: [.swapTotal, .swapFree], used)
  }
}

extension UInt64 {
  /// The difference, or 0: the kernel does not sample the counters of one file at one instant.
  func droppingBelowZero(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
