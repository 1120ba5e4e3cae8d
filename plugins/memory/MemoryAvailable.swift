public import MuninWire
public import PluginKit

/// How much memory programs can still get, with thresholds that suit machines of any size.
public struct MemoryAvailable: Plugin {
  public let name: StaticString = "memory_available"

  public init() {}

  private struct Row: Sendable {
    var field: StaticString
    var label: String
    var draw: String
    var colour: Int
    var info: String
    /// What 100 % is.
    var whole: @Sendable (MemoryRoom) -> UInt64 = { $0.whole }
    var warning: @Sendable (MemoryRoom) -> String? = { _ in nil }
    var critical: String?
    var value: @Sendable (MemoryRoom) -> Finding<UInt64>
  }

  private static let rows: [Row] = [
    Row(
      field: "available", label: "available", draw: "LINE2", colour: 0,
      info: "what new programs can get without swapping, by the kernel's own estimate",
      warning: { _ in "10%:" }, critical: "5%:",
      value: { $0.available }
    ),
    Row(
      field: "available_estimate", label: "available (estimate)", draw: "LINE2", colour: 0,
      info: "at most what programs can get without swapping: free + buffers + cache + "
        + "reclaimable slab; this kernel has no estimate of its own",
      warning: { _ in "10%:" }, critical: "5%:",
      value: { $0.estimate }
    ),
    Row(
      field: "free", label: "free", draw: "LINE1", colour: 6, info: "not used at all",
      warning: { $0.leastFree.map { "\($0):" } },
      value: { $0.free }
    ),
    Row(
      field: "cached", label: "cache", draw: "LINE1", colour: 4,
      info: "contents of files, tmpfs and shared memory not counted",
      warning: { $0.leastCached.map { "\($0):" } },
      value: { $0.cached }
    ),
    Row(
      field: "slab_unreclaimable", label: "slab, unreclaimable", draw: "LINE1", colour: 3,
      info: "the kernel's own objects that it cannot give back", warning: { _ in "30%" },
      value: { $0.slab }
    ),
    Row(
      field: "swap", label: "swap in use", draw: "LINE2", colour: 7, info: "swap space in use",
      whole: { $0.swapTotal }, warning: { _ in SwapThresholds.warning },
      critical: SwapThresholds.critical,
      value: { $0.swapUsed }
    ),
    Row(
      field: "hardware_corrupted", label: "corrupted", draw: "LINE1", colour: 8,
      info: "memory that the kernel no longer uses because its hardware lost data", critical: ":0",
      value: { $0.corrupted }
    ),
  ]

  public var manual: Manual {
    Manual(
      "memory that programs can still get",
      details: """
        From /proc/meminfo, in bytes. The important field is "available": the kernel's own estimate
        (Linux 3.14) of the memory that programs can get before it must swap. Free memory alone says
        little, since a healthy kernel fills it with contents of files; the cache is shown without
        tmpfs and shared memory, which the kernel counts in but cannot reclaim. Where the kernel has
        no such line the field is left out.

        100 % is all memory without huge pages (of swap: all swap). The thresholds and their reasons:
        - available below 10 % (warning): programs that start or grow will soon wait for swap or be
          killed; below 5 % (critical) that is near.
        - free below 1 MB on a machine with 32 MB and below 10 MB on a server. Between: 1 MB x root of
          (memory / 32 MB), so 2 MB with 128 MB, 5.7 MB with 1 GB, 10 MB from 3.2 GB on (MB = 1048576).
          The kernel's own reserve (vm.min_free_kbytes) grows by the same root: less means that it
          cannot free pages as fast as programs ask for them. A small machine with a full cache comes
          close to this threshold; env.free_warning sets another one.
        - cached below 3 %, but never asking for more than 100 MB: the cache holds the code of running
          programs; code that does not fit is read from disk again and again.
        - swap: \(SwapThresholds.reasons).
        - slab_unreclaimable above 30 %: probably a memory leak in the kernel.
        - hardware_corrupted above 0, critical: a memory module is failing.

        Where a control group limits memory (a container; memory.max or memory.high, in version 1
        memory.limit_in_bytes), free and available are at most what the tightest limit leaves, 100 %
        is the smallest limit, and the cache is that of the group with this limit. Then free and
        cached have no thresholds, since contents of files fill every limit and are often charged to
        another container. The graph's text names the limit. A limit on the node's own systemd service
        does not concern the machine and is ignored.
        """,
      settings: [
        .thresholds(
          "available", as: .rangeOrShare, default: "10%:, 5%:", "bytes or % of the memory",
          check: EnvSetting.bytes),
        .thresholds(
          "available_estimate", as: .rangeOrShare, default: "10%:, 5%:",
          "bytes or % of the memory, for the estimate", check: EnvSetting.bytes),
        .thresholds(
          "free", as: .rangeOrShare, default: "see above, none", "bytes or % of the memory",
          check: EnvSetting.bytes),
        .thresholds(
          "cached", as: .rangeOrShare, default: "3%: or 104857600:, none",
          "bytes or % of the memory", check: EnvSetting.bytes),
        .thresholds(
          "slab_unreclaimable", as: .rangeOrShare, default: "30%, none",
          "bytes or % of the memory", check: EnvSetting.bytes),
        SwapThresholds.setting("swap", of: "the swap"),
        .thresholds(
          "hardware_corrupted", as: .rangeOrShare, default: "none, :0",
          "bytes or % of the memory", check: EnvSetting.bytes),
        .init(
          "estimate", as: .choice(["yes", "no"]), default: "no",
          "yes: available_estimate where the kernel has no estimate of its own"),
        MemoryRoom.cgroupSetting,
      ],
      fields: MemoryAvailable.rows.map { ("\($0.field)", "bytes, \($0.info)") },
      example: "[memory_available]\nenv.available_warning 15%:\nenv.free_warning 2000000:")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/meminfo") ? .yes : .no("no /proc/meminfo")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    let room = try MemoryRoom(on: host)
    var fields: [Field] = []
    for row in MemoryAvailable.rows where !row.value(room).isAbsent {
      var field = Field(
        "\(row.field)", label: row.label, draw: row.draw, colour: "COLOUR\(row.colour)",
        info: row.info)
      if !row.value(room).isUnknown {
        host.applyThresholds(
          to: &field, whole: row.whole(room), warning: row.warning(room), critical: row.critical)
      }
      fields.append(field)
    }
    return Graph(
      "Memory available", category: "system", args: "--base 1024 -l 0", vlabel: "Bytes",
      info: "Memory for programs that want more." + room.bounds.note, fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let room = try MemoryRoom(on: host)
    for row in MemoryAvailable.rows { reply.value(row.field, row.value(room)) }
    reply.complain(room.complaints)
  }
}
