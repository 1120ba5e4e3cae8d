public import MuninWire
public import PluginKit

/// The five-minute load average, from `/proc/loadavg`.
public struct Load: Plugin {
  public let name: StaticString = "load"

  public init() {}

  public var manual: Manual {
    Manual(
      "the five-minute load average",
      details: """
        The number of processes that run or wait for a CPU or a disk, averaged over five minutes,
        from /proc/loadavg. A load above the number of CPUs means that processes wait.
        """,
      settings: [.thresholds("load"), .general],
      fields: [("load", "processes, five-minute average")],
      example: "[load]\nenv.load_warning 4\nenv.load_critical 8")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/loadavg") ? .yes : .no("no /proc/loadavg")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var load = Field("load", info: "5 minute load average")
    host.applyThresholds(to: &load)
    return Graph(
      "Load average", category: "system", args: "--base 1000 -l 0", vlabel: "load", scale: false,
      info: "How many processes run or wait to run, averaged over five minutes.", fields: [load])
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    try host.read("/proc/loadavg", isOneRecord: true) { text throws(PluginError) in
      var words = WordReader()
      guard words.skip(1, in: text), let average = words.next(in: text),
        parseNumber(text.extracting(average)) != nil
      else {
        throw PluginError(
          source: "/proc/loadavg", expected: "three averages", found: "'\(String(copying: text))'")
      }
      reply.value("load", text.extracting(average))
    }
  }
}
