public import MuninWire
public import PluginKit

/// Waiting times, utilization, throughput and requests of the disks: graphs of all disks and of each.
public struct DiskStats: Plugin {
  public let name: StaticString = "diskstats"
  public let isMultigraph = true

  public init() {}

  public var manual: Manual {
    Manual(
      "what the disks do",
      details: """
        From /proc/diskstats: averages over about the last five minutes. Earlier counters are kept in
        memory, for all masters together, so the first fetch after a start of the node may give
        unknown values (U). Partitions and disks that were never used are left out. LVM volumes are
        shown by their own names.
        """,
      settings: [
        .init(
          "include_only", as: .list(), default: "all",
          "parts of the names of disks to show, separated by commas"),
        .init(
          "exclude", as: .list(), default: "none",
          "parts of the names of disks to leave out, separated by commas"),
        .init("graph_width", as: .whole(1...10_000), default: "400", "pixels"),
        .init(
          "trim_labels", as: .choice(["yes", "1", "0"]), default: "not set",
          "yes: long names are cut, not the graph widened"),
        .thresholds(
          "FIELD", default: "0:3 for avgrdwait, avgwrwait", "thresholds of one field"),
      ],
      fields: [
        ("DISK_avgwait, avgwait", "seconds from a request to its end"),
        ("avgrdwait, avgwrwait", "the same of reads, of writes"),
        ("svctm", "seconds on the disk per request, without the queue"),
        ("DISK_util, util", "percent of the time in which the disk was busy"),
        ("DISK_rdbytes, rdbytes", "bytes read per second"),
        ("DISK_wrbytes, wrbytes", "bytes written per second"),
        ("DISK_rdio, rdio", "reads per second"), ("DISK_wrio, wrio", "writes per second"),
        ("avgrdrqsz, avgwrrqsz", "thousands of bytes per read, per write"),
      ],
      example: "[diskstats]\nenv.exclude sr0,loop\nenv.avgwrwait_warning 0:1")
  }

  public func autoconf(on host: Host) -> Availability {
    guard host.canRead("/proc/diskstats") else { return .no("no /proc/diskstats") }
    // Reading the counters here gives the first fetch something to compare with. A damaged file is an error then.
    try? DiskHistory.of(host).look(on: host)
    return .yes
  }

  public func graphs(on host: Host) throws(PluginError) -> [Graph] {
    let history = DiskHistory.of(host)
    try history.look(on: host)
    let choice = try DiskChoice(host.settings)
    return DiskGraphs(
      history.present.compactMap { place in
        let disk = history.disks[place]
        guard let counters = history.counters(of: place), choice.wants(disk) else { return nil }
        return DiskGraphs.Shown(disk: disk, hasTimes: counters.hasTimes)
      }, on: host
    ).all
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let history = DiskHistory.of(host)
    try history.look(on: host)
    let choice = try DiskChoice(host.settings)
    func forEach(_ body: (Disk, DiskRates?, Bool) -> Void) {
      for place in history.present {
        guard let counters = history.counters(of: place), choice.wants(history.disks[place])
        else { continue }
        body(history.disks[place], history.rates[place], counters.hasTimes)
      }
    }
    reply.multigraph("diskstats_latency")
    forEach { disk, rates, hasTimes in
      if hasTimes { reply.value(disk.field, "_avgwait", exactly: rates?.wait) }
    }
    reply.multigraph("diskstats_utilization")
    forEach { disk, rates, hasTimes in
      if hasTimes { reply.value(disk.field, "_util", exactly: rates?.utilization) }
    }
    reply.multigraph("diskstats_throughput")
    forEach { disk, rates, _ in
      reply.value(disk.field, "_rdbytes", exactly: rates?.bytesReadPerSecond)
      reply.value(disk.field, "_wrbytes", exactly: rates?.bytesWrittenPerSecond)
    }
    reply.multigraph("diskstats_iops")
    forEach { disk, rates, _ in
      reply.value(disk.field, "_rdio", exactly: rates?.readsPerSecond)
      reply.value(disk.field, "_wrio", exactly: rates?.writesPerSecond)
    }
    forEach { disk, rates, hasTimes in values(of: disk, rates, hasTimes, into: &reply) }
  }

  private func values(
    of disk: Disk, _ rates: DiskRates?, _ hasTimes: Bool, into reply: inout Reply
  ) {
    if hasTimes {
      reply.multigraph("diskstats_latency.", disk.field)
      reply.value("svctm", "", exactly: rates?.serviceTime)
      reply.value("avgwait", "", exactly: rates?.wait)
      reply.value("avgrdwait", "", exactly: rates?.readWait)
      reply.value("avgwrwait", "", exactly: rates?.writeWait)
      reply.multigraph("diskstats_utilization.", disk.field)
      reply.value("util", "", exactly: rates?.utilization)
    }
    reply.multigraph("diskstats_throughput.", disk.field)
    reply.value("rdbytes", "", exactly: rates?.bytesReadPerSecond)
    reply.value("wrbytes", "", exactly: rates?.bytesWrittenPerSecond)
    reply.multigraph("diskstats_iops.", disk.field)
    reply.value("rdio", "", exactly: rates?.readsPerSecond)
    reply.value("wrio", "", exactly: rates?.writesPerSecond)
    reply.value("avgrdrqsz", "", exactly: rates?.readSize)
    reply.value("avgwrrqsz", "", exactly: rates?.writeSize)
  }
}
