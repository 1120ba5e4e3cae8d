public import MuninWire
public import PluginKit

/// New processes and threads per second, from `/proc/stat`.
public struct Forks: Plugin {
  public let name: StaticString = "forks"

  public init() {}

  public var manual: Manual {
    Manual(
      "how many processes are started",
      details: """
        Processes and threads started, from the line 'processes' of /proc/stat. A high rate without a
        high load is often a program that crashes and is restarted again and again.
        """,
      settings: [.thresholds("forks"), .general],
      fields: [("forks", "starts per second")],
      example: "[forks]\nenv.forks_warning 500")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/stat") ? .yes : .no("no /proc/stat")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var forks = Field(
      "forks", type: .derive, min: 0, max: 100_000, info: "processes and threads started")
    host.applyThresholds(to: &forks)
    return Graph(
      "Fork rate", category: "processes", args: "--base 1000 -l 0",
      vlabel: "forks / ${graph_period}", info: "How many processes and threads are started.",
      fields: [forks])
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    reply.value("forks", try StatLine.number("processes", on: host))
  }
}
