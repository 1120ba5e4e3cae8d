internal import Glibc
public import MuninWire
public import PluginKit

/// What the machine uses its memory for, from `/proc/meminfo`, in the fields of munin's plugin `memory`.
public struct Memory: Plugin {
  public let name: StaticString = "memory"

  public init() {}

  /// A field: name, label, draw, palette entry, meaning, and value.
  private struct Row: Sendable {
    var field: StaticString
    var label: String
    var draw: String
    var colour: Int
    var info: String
    var value: @Sendable (MemInfo) -> Finding<UInt64>
  }

  private static let rows: [Row] = [
    Row(field: "apps", label: "apps", draw: "AREA", colour: 0, info: "used by programs") {
      $0.apps
    },
    Row(
      field: "page_tables", label: "page_tables", draw: "STACK", colour: 1,
      info: "the kernel's maps from virtual to physical memory"
    ) { $0.finding(.pageTables) },
    Row(
      field: "per_cpu", label: "per_cpu", draw: "STACK", colour: 20,
      info: "the kernel's data kept once per CPU"
    ) { $0.finding(.percpu) },
    Row(
      field: "swap_cache", label: "swap_cache", draw: "STACK", colour: 2,
      info: "pages that are both in memory and in swap"
    ) { $0.finding(.swapCached) },
    Row(
      field: "slab", label: "slab_cache", draw: "STACK", colour: 3,
      info: "the kernel's objects, mostly cached inodes and directory entries"
    ) { $0.finding(.slab) },
    Row(
      field: "shmem", label: "shmem", draw: "STACK", colour: 9, info: "tmpfs and shared memory"
    ) { $0.finding(.shmem) },
    Row(
      field: "cached", label: "cache", draw: "STACK", colour: 4,
      info: "contents of files, reclaimed when programs need the memory"
    ) { $0.cachedFiles },
    Row(
      field: "buffers", label: "buffers", draw: "STACK", colour: 5,
      info: "blocks of disks, cached or waiting to be written"
    ) { $0.finding(.buffers) },
    Row(field: "free", label: "unused", draw: "STACK", colour: 6, info: "not used at all") {
      $0.finding(.memFree)
    },
    Row(field: "swap", label: "swap", draw: "STACK", colour: 7, info: "swap space in use") {
      $0.swapUsed
    },
    Row(
      field: "vmalloc_used", label: "vmalloc_used", draw: "LINE2", colour: 8,
      info: "the kernel's own virtual memory"
    ) { $0.finding(.vmallocUsed) },
    Row(
      field: "committed", label: "committed", draw: "LINE2", colour: 10,
      info: "promised to programs; may be far more than all memory"
    ) { $0.finding(.committed) },
    Row(
      field: "mapped", label: "mapped", draw: "LINE2", colour: 11,
      info: "files mapped into programs"
    ) {
      $0.finding(.mapped)
    },
    Row(
      field: "active", label: "active", draw: "LINE2", colour: 12, info: "used recently"
    ) { $0.finding(.active) },
    Row(
      field: "active_anon", label: "active_anon", draw: "LINE1", colour: 13,
      info: "used recently, not backed by a file (Linux 2.4)"
    ) { $0.finding(.activeAnon) },
    Row(
      field: "active_cache", label: "active_cache", draw: "LINE1", colour: 14,
      info: "used recently, cache (Linux 2.4)"
    ) { $0.finding(.activeCache) },
    Row(
      field: "inactive", label: "inactive", draw: "LINE2", colour: 15, info: "not used for a while"
    ) { $0.finding(.inactive) },
    Row(
      field: "inact_dirty", label: "inactive_dirty", draw: "LINE1", colour: 16,
      info: "not used for a while, to be written (Linux 2.4)"
    ) { $0.finding(.inactDirty) },
    Row(
      field: "inact_laundry", label: "inactive_laundry", draw: "LINE1", colour: 17,
      info: "not used for a while, being written (Linux 2.4)"
    ) { $0.finding(.inactLaundry) },
    Row(
      field: "inact_clean", label: "inactive_clean", draw: "LINE1", colour: 18,
      info: "not used for a while, may be reclaimed (Linux 2.4)"
    ) { $0.finding(.inactClean) },
  ]

  public var manual: Manual {
    Manual(
      "what the machine uses its memory for",
      details: """
        From /proc/meminfo, in bytes. The stack from apps to unused is all of the memory; swap in use is
        drawn on top of it. The cache is shown without tmpfs and shared memory, which cannot be
        reclaimed. Where the kernel has no such line the field is left out.
        """,
      settings: [
        .thresholds(
          "FIELD", as: .rangeOrShare, "bytes or % of the memory (swap: % of the swap)",
          check: { EnvSetting.notZero($0) ?? EnvSetting.bytes($0) }),
        .thresholds(
          "committed", as: .rangeOrShare, "bytes or % of the memory, which may be above 100 %",
          check: Memory.checkThreshold),
        .init(
          "warning", "critical", as: .rangeOrShare, default: "none",
          "bytes or %, for all fields without their own", check: Memory.checkThreshold),
      ],
      fields: Memory.rows.map { ("\($0.field)", "bytes, \($0.info)") }
        + [("ksm_sharing", "bytes, saved by merging equal pages (no thresholds)")],
      example: "[memory]\nenv.free_warning 10000000:\nenv.swap_warning 50%")
  }

  /// munin's plugin, like all of Perl, takes a plain 0 for not set. What is committed may be more than the memory, so
  /// that a share above 100 % can be meant.
  @Sendable private static func checkThreshold(_ value: String) -> String? {
    EnvSetting.notZero(value) ?? (value.contains("%") ? nil : EnvSetting.bytes(value))
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/meminfo") ? .yes : .no("no /proc/meminfo")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    let memory = try read(on: host)
    let total = memory[.memTotal]!
    var fields: [Field] = []
    for row in Memory.rows where !row.value(memory).isAbsent {
      let name = "\(row.field)"
      var field = Field(
        name, label: row.label, draw: row.draw, colour: "COLOUR\(row.colour)", info: row.info)
      host.applyThresholds(
        to: &field, whole: name == "swap" ? memory[.swapTotal] : total, general: true, warning: nil,
        critical: nil)
      fields.append(field)
    }
    if sharedByKSM(on: host) != nil {
      fields.append(
        Field(
          "ksm_sharing", label: "KSM sharing", draw: "LINE2", colour: "COLOUR19",
          info: "saved by merging equal pages"))
    }
    let stacked = ["AREA", "STACK"]
    return Graph(
      "Memory usage", category: "system", args: "--base 1024 -l 0 --upper-limit \(total)",
      vlabel: "Bytes",
      order: fields.filter { stacked.contains($0.draw ?? "") }.map(\.name).joined(separator: " "),
      info: "What the machine uses its memory for.", fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let memory = try read(on: host)
    for row in Memory.rows { reply.value(row.field, row.value(memory)) }
    if let complaint = memory.complaint { reply.complain("\(complaint)") }
    if let shared = sharedByKSM(on: host) { reply.value("ksm_sharing", shared) }
  }

  private func read(on host: Host) throws(PluginError) -> MemInfo {
    try MemInfo(on: host)
  }

  /// The bytes saved, where the kernel merges equal pages (admin-guide/mm/ksm.rst).
  private func sharedByKSM(on host: Host) -> UInt64? {
    guard number(in: "/sys/kernel/mm/ksm/run", on: host).map({ $0 != 0 }) == true,
      let pages = number(in: "/sys/kernel/mm/ksm/pages_sharing", on: host)
    else { return nil }
    return pages &* UInt64(sysconf(Int32(_SC_PAGESIZE)))
  }

  private func number(in path: StaticString, on host: Host) -> UInt64? {
    // A kernel without KSM has no such file, which is not an error.
    try? host.read(path) { text in
      var words = WordReader()
      return words.unsigned(in: text)
    }
  }
}
