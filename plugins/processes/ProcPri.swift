public import MuninWire
public import PluginKit

/// The number of processes with a negative nice value, with a positive one, and with memory locked against swapping.
public struct ProcPri: Plugin {
  public let name: StaticString = "proc_pri"

  public init() {}

  public var manual: Manual {
    Manual(
      "how many processes have another priority than usual",
      details: """
        Counts processes with a nice value below 0 and above 0 (/proc/PID/stat) and those with locked
        memory (VmLck in /proc/PID/status). Shares its scan of /proc with processes and threads.
        """,
      settings: [
        .thresholds, .general,
      ],
      fields: [
        ("low", "processes with a nice value above 0"),
        ("high", "processes with a nice value below 0"),
        ("locked", "processes with memory that is never swapped"),
      ],
      example: "[proc_pri]\nenv.high_warning 50")
  }

  public func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    if question == .fetch { ProcessTable.slowReads(.locked, on: host, into: &list) }
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/1/stat") ? .yes : .no("no /proc/1/stat")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields = [
      Field(
        "low", label: "low priority", draw: "AREA", info: "processes with a nice value above 0"),
      Field(
        "high", label: "high priority", draw: "STACK", info: "processes with a nice value below 0"
      ),
      Field(
        "locked", label: "locked in memory", draw: "STACK",
        info: "processes with memory that is never swapped"),
    ]
    for index in fields.indices { host.applyThresholds(to: &fields[index]) }
    return Graph(
      "Processes priority", category: "processes", args: "--base 1000 -l 0",
      vlabel: "Number of processes", order: "low high locked",
      info: "Processes with another priority than usual.", fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let counts = try ProcessTable.counts(on: host, locked: true)
    reply.value("high", counts.high)
    reply.value("low", counts.low)
    reply.value("locked", counts.locked)
  }
}
