public import MuninWire
public import PluginKit

/// The time since the machine started, in days, from `/proc/uptime`.
public struct Uptime: Plugin {
  public let name: StaticString = "uptime"

  public init() {}

  public var manual: Manual {
    Manual(
      "how long the machine has been up",
      details: "The time since the machine started, from /proc/uptime. It falls to 0 at a reboot.",
      settings: [.thresholds("uptime"), .general],
      fields: [("uptime", "days")],
      example: "[uptime]\nenv.uptime_warning 0.01:")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/uptime") ? .yes : .no("no /proc/uptime")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var uptime = Field("uptime", draw: "AREA")
    host.applyThresholds(to: &uptime)
    return Graph(
      "Uptime", category: "system", args: "--base 1000 -l 0", vlabel: "uptime in days",
      scale: false, fields: [uptime])
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    try host.read("/proc/uptime", isOneRecord: true) { text throws(PluginError) in
      var words = WordReader()
      guard let seconds = words.number(in: text) else {
        throw PluginError(
          source: "/proc/uptime", expected: "seconds", found: "'\(String(copying: text))'")
      }
      reply.value("uptime", seconds / 86400, digits: 2)
    }
  }
}
