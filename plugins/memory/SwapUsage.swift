public import MuninWire
public import PluginKit

/// How full the swap is: each device, all together, and the memory that compressed swap takes.
public struct SwapUsage: Plugin {
  public let name: StaticString = "swap_usage"

  public init() {}

  public var manual: Manual {
    Manual(
      "how full the swap is",
      details: """
        Bytes in use on each swap device or file, from /proc/swaps, and on all together. Compressed
        swap in memory has fields of its own: zram devices, with the memory that their compressed
        pages take (/sys/block/zram0/mm_stat), and zswap (Linux 5.19), whose pages count as swapped
        but are in memory: swap in use may then grow while no disk is written.

        Of the sum, \(SwapThresholds.reasons).
        Single devices have no standard thresholds: the kernel fills one before the next. On a machine
        without swap the sum is unknown (U): neither 0 nor 100 %.
        Where a control group limits swap (memory.swap.max; in version 1 memory.memsw.limit_in_bytes
        less memory.limit_in_bytes) the field group is what the group uses of that limit.
        """,
      settings: [
        SwapThresholds.setting("total", of: "all swap"),
        SwapThresholds.setting("group", of: "the limit"),
        .thresholds("zswap", "bytes", check: EnvSetting.bytes),
        .thresholds("zswapped", "bytes", check: EnvSetting.bytes),
        .thresholds(
          "DEVICE", as: .rangeOrShare, "bytes or % of the device", check: EnvSetting.bytes),
        MemoryRoom.cgroupSetting,
      ],
      fields: [
        ("total", "bytes in use on all devices"), ("group", "bytes in use by the control group"),
        ("DEVICE", "bytes in use; the device or file with _ for other signs: _dev_sda2"),
        ("DEVICE_memory", "bytes of memory that the compressed pages of a zram device take"),
        ("zswap", "bytes of memory that the compressed pages of zswap take"),
        ("zswapped", "bytes of the pages in zswap before compression; part of the swap in use"),
      ],
      example: "[swap_usage]\nenv.total_warning 50%\nenv._dev_zram0_warning 90%")
  }

  public func autoconf(on host: Host) -> Availability {
    guard host.canRead("/proc/swaps") else { return .no("no /proc/swaps") }
    // An error in the file is reported when the plugin is asked for values.
    guard let list = try? SwapDevices.read(on: host) else { return .no("no list in /proc/swaps") }
    return list.devices.isEmpty ? .no("no swap") : .yes
  }

  /// A field with its value.
  private struct Row {
    var field: String
    var label: String
    var draw: String
    var info: String
    var whole: UInt64?
    var value: Finding<UInt64>
    var limits: (warning: String?, critical: String?) = (nil, nil)
  }

  private func rows(
    on host: Host, _ complaints: inout [PluginError]
  ) throws(PluginError) -> [Row] {
    let list = try SwapDevices.read(on: host)
    guard !list.devices.isEmpty else {
      complaints.append(PluginError(source: "/proc/swaps", expected: "swap", found: "none"))
      return [
        Row(
          field: "total", label: "all swap", draw: "LINE2", info: "there is no swap",
          value: .unknown)
      ]
    }
    complaints = list.complaints
    var rows: [Row] = []
    for device in list.devices {
      rows.append(
        Row(
          field: device.field, label: device.name, draw: rows.isEmpty ? "AREA" : "STACK",
          info: "in use; \(device.kind.rawValue) of \(device.size.inWords)", whole: device.size,
          value: .value(device.used)))
    }
    rows.append(
      Row(
        field: "total", label: "all swap", draw: "LINE2", info: "in use of \(list.size.inWords)",
        whole: list.size, value: .value(list.used),
        limits: (SwapThresholds.warning, SwapThresholds.critical)))
    let memory = try MemInfo(on: host)
    if let complaint = memory.complaint { complaints.append(complaint) }
    let bounds = Finding(&complaints) { () throws(PluginError) in
      try MemoryBoundsFinder.bounds(on: host, of: memory).swap
    }
    if case .value(let swap) = bounds, swap.limit > 0 {
      rows.append(
        Row(
          field: "group", label: "control group", draw: "LINE2",
          info: "in use by the control group, which may have \(swap.limit.inWords)",
          whole: swap.limit, value: .value(swap.used),
          limits: (SwapThresholds.warning, SwapThresholds.critical)))
    }
    for device in list.devices where !device.memory.isAbsent {
      rows.append(
        Row(
          field: "\(device.field)_memory", label: "\(device.name), in memory", draw: "LINE1",
          info: "memory that the compressed pages take", whole: device.size,
          value: device.memory))
    }
    let (pool, pages) = (memory.finding(.zswap), memory.finding(.zswapped))
    if !pool.isAbsent, !pages.isAbsent {
      rows.append(
        Row(
          field: "zswap", label: "zswap, in memory", draw: "LINE1",
          info: "memory that the compressed pages of zswap take", value: pool))
      rows.append(
        Row(
          field: "zswapped", label: "zswap, pages", draw: "LINE1",
          info: "the size of these pages before compression; they count as swapped", value: pages))
    }
    return rows
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var info = "Swap in use."
    var complaints: [PluginError] = []
    let rows = try rows(on: host, &complaints)
    if rows.count == 1 { info = "There is no swap." }
    let fields = rows.map { row in
      var field = Field(row.field, label: row.label, draw: row.draw, info: row.info)
      host.applyThresholds(
        to: &field, whole: row.whole, warning: row.limits.warning, critical: row.limits.critical)
      return field
    }
    return Graph(
      "Swap in use", category: "system", args: "--base 1024 -l 0", vlabel: "Bytes", info: info,
      fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    var complaints: [PluginError] = []
    for row in try rows(on: host, &complaints) { reply.value(row.field, row.value) }
    reply.complain(complaints)
  }
}
