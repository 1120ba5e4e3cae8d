internal import MuninWire
internal import PluginKit

/// The graphs of ``DiskStats``: four of all disks, and up to four of each.
struct DiskGraphs {
  /// A disk, and whether it tells how long its work takes.
  struct Shown {
    var disk: Disk
    var hasTimes: Bool
  }

  private let disks: [Shown]
  private let labels: DiskLabels
  private let host: Host

  init(_ disks: [Shown], on host: Host) {
    self.disks = disks
    self.host = host
    labels = DiskLabels(disks.map(\.disk), host.settings)
  }

  var all: [Graph] {
    let single = disks.sorted { $0.disk.name.lexicographicallyPrecedes($1.disk.name) }
    return [latency, utilization, throughput, requests] + single.flatMap(graphs)
  }

  // MARK: All disks together

  private var latency: Graph {
    let fields = disks.filter(\.hasTimes).map {
      field(
        $0.disk.field + "_avgwait", labels.long($0.disk), "seconds from a request to its end")
    }
    return wide(
      Graph(
        "Disk latency per device", category: "disk", args: "--base 1000",
        vlabel: "Average IO Wait (seconds)", fields: fields), "diskstats_latency")
  }

  private var utilization: Graph {
    let fields = disks.filter(\.hasTimes).map {
      field(
        $0.disk.field + "_util", labels.long($0.disk), "share of the time in which it was busy")
    }
    return wide(
      Graph(
        "Utilization per device", category: "disk",
        args: "--base 1000 --lower-limit 0 --upper-limit 100 --rigid", vlabel: "% busy",
        scale: false, fields: fields), "diskstats_utilization")
  }

  private var throughput: Graph {
    let fields = disks.flatMap { pair($0.disk, "_rdbytes", "_wrbytes") }
    return wide(
      Graph(
        "Throughput per device", category: "disk", args: "--base 1024",
        vlabel: "Bytes/${graph_period} read (-) / write (+)",
        info: "Bytes read and written; K is 1024.", fields: fields), "diskstats_throughput")
  }

  private var requests: Graph {
    let fields = disks.flatMap { pair($0.disk, "_rdio", "_wrio") }
    return wide(
      Graph(
        "Disk IOs per device", category: "disk", args: "--base 1000",
        vlabel: "IOs/${graph_period} read (-) / write (+)", fields: fields), "diskstats_iops")
  }

  private func wide(_ graph: Graph, _ name: String) -> Graph {
    var graph = graph
    graph.name = name
    graph["graph_width"] = "\(labels.width)"
    return graph
  }

  /// Reads and writes of a disk, the reads drawn downwards.
  private func pair(_ disk: Disk, _ read: String, _ write: String) -> [Field] {
    let label = labels.short(disk)
    return mirrored(disk.field + read, label, disk.field + write, label)
  }

  // MARK: Each disk on its own

  private func graphs(of shown: Shown) -> [Graph] {
    let disk = shown.disk
    let device = "/dev/\(labels.long(disk))"
    var graphs: [Graph] = []
    if shown.hasTimes {
      graphs.append(
        named(
          "diskstats_latency", disk,
          Graph(
            "Average latency for \(device)", category: "disk", args: "--base 1000 --logarithmic",
            vlabel: "seconds", info: "How long requests take, on the disk and with the queue.",
            fields: times)))
      graphs.append(
        named(
          "diskstats_utilization", disk,
          Graph(
            "Disk utilization for \(device)", category: "disk",
            args: "--base 1000 --lower-limit 0 --upper-limit 100 --rigid", vlabel: "% busy",
            scale: false,
            fields: [
              field(
                "util", "Utilization",
                "share of the time in which there was work; at 100 % "
                  + "one that does one thing at a time can do no more")
            ])))
    }
    graphs.append(
      named(
        "diskstats_throughput", disk,
        Graph(
          "Disk throughput for \(device)", category: "disk", args: "--base 1024",
          vlabel: "Pr ${graph_period} read (-) / write (+)",
          info: "Bytes read and written; K is 1024.",
          fields: mirrored("rdbytes", "invisible", "wrbytes", "Bytes"))))
    graphs.append(
      named(
        "diskstats_iops", disk,
        Graph(
          "IOs for \(device)", category: "disk", args: "--base 1000",
          vlabel: "Units read (-) / write (+)",
          info: "Requests per second, and how large they are in thousands of bytes.",
          fields: mirrored("rdio", "dummy", "wrio", "IO/sec")
            + mirrored("avgrdrqsz", "dummy", "avgwrrqsz", "Req Size (KB)"))))
    return graphs
  }

  private var times: [Field] {
    [
      field("svctm", "Device IO time", "seconds on the disk per request, without the queue"),
      field("avgwait", "IO Wait time", "seconds from a request to its end"),
      field("avgrdwait", "Read IO Wait time", "the same of reads", warning: "0:3"),
      field("avgwrwait", "Write IO Wait time", "the same of writes", warning: "0:3"),
    ]
  }

  private func named(_ name: String, _ disk: Disk, _ graph: Graph) -> Graph {
    var graph = graph
    graph.name = "\(name).\(disk.field)"
    return graph
  }

  private func field(
    _ name: String, _ label: String, _ info: String? = nil, warning: String? = nil,
    negative: String? = nil, graph: Bool = true
  ) -> Field {
    var field = Field(
      name, label: label, min: 0, draw: "LINE1", negative: negative, graph: graph, info: info,
      warning: warning)
    host.applyThresholds(to: &field, general: false)
    return field
  }

  private func mirrored(
    _ below: String, _ belowLabel: String, _ above: String, _ label: String
  ) -> [Field] {
    [field(below, belowLabel, graph: false), field(above, label, negative: below)]
  }
}
