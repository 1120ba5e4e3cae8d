public import MuninWire
public import PluginKit

/// How full the swap is: each device, all together, and what compressed swap takes of the memory.
public struct SwapUsage: Plugin {
  public let name: StaticString = "swap_usage"

  public init() {}

  public var manual: Manual {
    Manual(
      "how full the swap is",
      details: """
        Bytes in use on each swap device or file, from /proc/swaps, and on all together. Swap in memory
        is told apart: zram devices, with what their compressed pages take of the memory
        (/sys/block/zram0/mm_stat), and zswap (Linux 5.19), which keeps pages compressed in memory
        that are counted as swapped: then swap in use may grow while no disk is written.

        Only the sum has thresholds out of the box: of several devices the first is filled before the next,
        which is no trouble. Above 80 % there is little left for what must be swapped next, above 95 %
        programs are killed soon. Where there is no swap, the sum is unknown (U): neither 0 nor 100 %.
        In a control group with a limit of swap (memory.swap.max; in the first version
        memory.memsw.limit_in_bytes less memory.limit_in_bytes) group is what it uses of that.
        """,
      settings: [
        .thresholds(
          "total", as: .rangeOrShare, default: "80%, 95%", "bytes or % of all swap",
          check: EnvSetting.bytes),
        .thresholds(
          "group", as: .rangeOrShare, default: "80%, 95%", "bytes or % of the limit",
          check: EnvSetting.bytes),
        .thresholds("zswap", "bytes"),
        .thresholds("zswapped", "bytes"),
        .thresholds(
          "DEVICE", as: .rangeOrShare, "bytes or % of the device", check: EnvSetting.bytes),
        MemoryRoom.cgroupSetting,
      ],
      fields: [
        ("total", "bytes in use on all devices"), ("group", "bytes in use by the control group"),
        ("DEVICE", "bytes in use; the device or file with _ for other signs: _dev_sda2"),
        ("DEVICE_memory", "bytes of memory that the compressed pages of a zram device take"),
        ("zswap", "bytes of memory that the compressed pages of zswap take"),
        ("zswapped", "bytes that the pages in zswap had before; part of the swap in use"),
      ],
      example: "[swap_usage]\nenv.total_warning 50%\nenv._dev_zram0_warning 90%")
  }

  public func autoconf(on host: Host) -> Availability {
    guard host.canRead("/proc/swaps") else { return .no("no /proc/swaps") }
    // What is wrong with the file is said when the plugin is asked.
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
        whole: list.size, value: .value(list.used), limits: ("80%", "95%")))
    let memory = try MemInfo(on: host)
    let bounds = Finding(&complaints) { () throws(PluginError) in
      try MemoryBoundsFinder.bounds(on: host, of: memory).swap
    }
    if case .value(let swap) = bounds, swap.limit > 0 {
      rows.append(
        Row(
          field: "group", label: "control group", draw: "LINE2",
          info: "in use by the control group, which may have \(swap.limit.inWords)",
          whole: swap.limit, value: .value(swap.used), limits: ("80%", "95%")))
    }
    for device in list.devices where !device.memory.isAbsent {
      rows.append(
        Row(
          field: "\(device.field)_memory", label: "\(device.name), in memory", draw: "LINE1",
          info: "memory that the compressed pages take", whole: device.size,
          value: device.memory))
    }
    if let pool = memory[.zswap], let pages = memory[.zswapped] {
      rows.append(
        Row(
          field: "zswap", label: "zswap, in memory", draw: "LINE1",
          info: "memory that compressed pages take on their way to a disk", value: .value(pool)))
      rows.append(
        Row(
          field: "zswapped", label: "zswap, pages", draw: "LINE1",
          info: "what these pages had before; they count as swapped", value: .value(pages)))
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
