public import MuninWire
public import PluginKit

/// The errors of a network interface: the family `if_err_`, a service for each.
public struct IfErr: Plugin {
  public let name: StaticString = "if_err_"

  public init() {}

  /// munin's fields are COUNTERs. When a reboot resets one, librrd assumes that it wrapped at 2^32, which is a spike of
  /// up to 14 million per second over five minutes. This maximum is below that and keeps the spike out.
  private static let most = 5_000_000

  public var manual: Manual {
    Manual(
      "errors of a network interface",
      details: """
        Packets with errors, packets dropped and collisions of one interface, if_err_eth0 for eth0,
        from /sys/class/net (without it from /proc/net/dev). A few drops are normal; errors point to a bad
        cable, connector or driver.
        """,
      settings: [
        .init(
          "rcvd_warning", "trans_warning", as: .range, default: "1", "packets per second"),
        .init(
          "rcvd_critical", "trans_critical", as: .range, default: "none", "packets per second"),
        .general,
      ],
      fields: [
        ("rcvd", "errors while receiving, per second"), ("trans", "errors while sending"),
        ("rxdrop", "received packets dropped"), ("txdrop", "packets to send dropped"),
        ("collisions", "collisions"),
      ],
      example: "[if_err_eth0]\nenv.rcvd_warning 5")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/net/dev") ? .yes : .no("no /proc/net/dev")
  }

  public func suggestions(on host: Host) -> [String] { Interface.suggestions(on: host) }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    let interface = Interface(of: host, plugin: name)
    func counter(
      _ name: String, _ label: String, negative: String? = nil, graph: Bool = true,
      warning: String? = nil
    ) -> Field {
      Field(
        name, label: label, type: .counter, max: IfErr.most, negative: negative, graph: graph,
        warning: warning)
    }
    var fields = [
      counter("rcvd", "errors", graph: false, warning: "1"),
      counter("trans", "errors", negative: "rcvd", warning: "1"),
      counter("rxdrop", "drops", graph: false),
      counter("txdrop", "drops", negative: "rxdrop"),
      counter("collisions", "collisions"),
    ]
    for index in 0...1 { host.applyThresholds(to: &fields[index]) }
    return Graph(
      "\(interface.name) errors", category: "network", args: "--base 1000",
      vlabel: "packets in (-) / out (+) per ${graph_period}", order: "rcvd trans",
      info: "Errors, drops and collisions of the interface \(interface.name).", fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let interface = Interface(of: host, plugin: name)
    reply.value("rcvd", try interface.value(of: .errorsIn, on: host))
    reply.value("trans", try interface.value(of: .errorsOut, on: host))
    reply.value("rxdrop", try interface.value(of: .dropsIn, on: host))
    reply.value("txdrop", try interface.value(of: .dropsOut, on: host))
    reply.value("collisions", try interface.value(of: .collisions, on: host))
  }
}
