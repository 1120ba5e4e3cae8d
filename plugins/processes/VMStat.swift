public import MuninWire
public import PluginKit

/// Tasks that run or wait for a disk at this moment, from `/proc/stat`.
public struct VMStat: Plugin {
  public let name: StaticString = "vmstat"

  public init() {}

  public var manual: Manual {
    Manual(
      "tasks that run and tasks that wait for a disk",
      details: """
        The first two columns of vmstat: tasks that run or could run, and tasks blocked by input or
        output, at the moment of the question, from /proc/stat. The asking task is one of them.
        """,
      settings: [.thresholds, .general],
      fields: [("wait", "tasks that run or could run"), ("sleep", "tasks that wait for a disk")],
      example: "[vmstat]\nenv.sleep_warning 20")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/stat") ? .yes : .no("no /proc/stat")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields = [
      Field("wait", label: "running", max: 500_000, info: "tasks that run or could run"),
      Field("sleep", label: "I/O sleep", max: 500_000, info: "tasks that wait for a disk"),
    ]
    for index in fields.indices { host.applyThresholds(to: &fields[index]) }
    return Graph(
      "VMstat", category: "processes", args: "--base 1000 -l 0", vlabel: "process states",
      info: "Tasks that run and tasks that wait for a disk, at the moment of the question.",
      fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let (running, blocked) = try StatLine.numbers("procs_running", "procs_blocked", on: host)
    guard let running else { throw StatLine.missing("procs_running") }
    guard let blocked else { throw StatLine.missing("procs_blocked") }
    // The process that reads the file is counted as running, as it is by vmstat(8).
    reply.value("wait", amount: running)
    reply.value("sleep", amount: blocked)
  }
}
