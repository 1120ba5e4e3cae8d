public import MuninWire
public import PluginKit

/// Pages swapped in and out, from `/proc/vmstat`.
public struct Swap: Plugin {
  public let name: StaticString = "swap"

  public init() {}

  public var manual: Manual {
    Manual(
      "pages swapped in and out",
      details: """
        Pages that move between memory and swap, from pswpin and pswpout of /proc/vmstat. Constant
        traffic slows the machine down; swap that is in use without traffic does not.
        """,
      settings: [.thresholds, .general],
      fields: [("swap_in", "pages per second"), ("swap_out", "pages per second")],
      example: "[swap]\nenv.swap_in_warning 500")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/vmstat") ? .yes : .no("no /proc/vmstat")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields = [
      Field("swap_in", label: "swap", type: .derive, min: 0, max: 100_000, graph: false),
      Field("swap_out", label: "swap", type: .derive, min: 0, max: 100_000, negative: "swap_in"),
    ]
    for index in fields.indices { host.applyThresholds(to: &fields[index]) }
    return Graph(
      "Swap in/out", category: "system", args: "-l 0 --base 1000",
      vlabel: "pages per ${graph_period} in (-) / out (+)", fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    try host.read("/proc/vmstat") { text throws(PluginError) in
      var incoming: KernelCounter?
      var outgoing: KernelCounter?
      var lines = LineReader()
      while let line = lines.next(in: text) {
        let bytes = text.extracting(line)
        var words = WordReader(from: 8)
        if bytes.hasPrefix("pswpin ") {
          words = WordReader(from: 7)
          incoming = words.counter(in: bytes)
        } else if bytes.hasPrefix("pswpout ") {
          outgoing = words.counter(in: bytes)
          break
        }
      }
      guard let incoming, let outgoing else {
        throw PluginError(
          source: "/proc/vmstat", expected: "pswpin and pswpout", found: "neither or one")
      }
      reply.value("swap_in", incoming)
      reply.value("swap_out", outgoing)
    }
  }
}
