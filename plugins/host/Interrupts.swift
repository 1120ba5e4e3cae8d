public import MuninWire
public import PluginKit

/// Interrupts and context switches per second, from `/proc/stat`.
public struct Interrupts: Plugin {
  public let name: StaticString = "interrupts"

  public init() {}

  public var manual: Manual {
    Manual(
      "interrupts and context switches",
      details: """
        Interrupts that the CPUs handled and switches from one task to another, from /proc/stat. Both
        are high on a busy machine; where they are high without load, irqstats names the device.
        """,
      settings: [.thresholds, .general],
      fields: [("intr", "interrupts per second"), ("ctx", "context switches per second")],
      example: "[interrupts]\nenv.ctx_warning 100000")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/stat") ? .yes : .no("no /proc/stat")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields = [
      Field(
        "intr", label: "interrupts", type: .derive, min: 0,
        info: "signals from devices and timers that a CPU answered"),
      Field(
        "ctx", label: "context switches", type: .derive, min: 0,
        info: "times a CPU left one task for another"),
    ]
    for index in fields.indices { host.applyThresholds(to: &fields[index]) }
    return Graph(
      "Interrupts and context switches", category: "system", args: "--base 1000 -l 0",
      vlabel: "interrupts & ctx switches / ${graph_period}",
      info: "How often the CPUs are interrupted, and how often they change tasks.", fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let (interrupts, switches) = try StatLine.numbers("intr", "ctxt", on: host)
    guard let interrupts else { throw StatLine.missing("intr") }
    guard let switches else { throw StatLine.missing("ctxt") }
    reply.value("intr", interrupts)
    reply.value("ctx", switches)
  }
}
