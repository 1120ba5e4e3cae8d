public import MuninWire
public import PluginKit

/// The number of threads of all processes, from `/proc/PID/stat`.
public struct Threads: Plugin {
  public let name: StaticString = "threads"

  public init() {}

  public var manual: Manual {
    Manual(
      "how many threads there are",
      details: """
        The threads of all processes, the kernel's too, from /proc/PID/stat. The machine's limit is
        in /proc/sys/kernel/threads-max. Shares its scan of /proc with processes and proc_pri.
        """,
      settings: [.thresholds("threads")],
      fields: [("threads", "threads of all processes")],
      example: "[threads]\nenv.threads_warning 10000")
  }

  public func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    if question == .fetch { ProcessTable.slowReads([], on: host, into: &list) }
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/1/stat") ? .yes : .no("no /proc/1/stat")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var threads = Field("threads", info: "threads of all processes")
    host.applyThresholds(to: &threads, general: false)
    return Graph(
      "Number of threads", category: "processes", vlabel: "number of threads",
      info: "The threads of all processes.", fields: [threads])
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    reply.value("threads", try ProcessTable.counts(on: host).threads)
  }
}
