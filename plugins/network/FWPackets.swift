public import MuninWire
public import PluginKit

/// The IPv4 packets that this machine received, and those of them that it passed on, from `/proc/net/snmp`.
public struct FWPackets: Plugin {
  public let name: StaticString = "fw_packets"

  public init() {}

  /// The kernel's names of the numbers (RFC 4293), in munin's order.
  private static let counters: [(field: StaticString, column: StaticString, label: String)] = [
    ("received", "InReceives", "Received"), ("forwarded", "ForwDatagrams", "Forwarded"),
  ]

  public var manual: Manual {
    Manual(
      "IPv4 packets that this machine received and passed on",
      details: """
        The counters InReceives and ForwDatagrams of the line Ip of /proc/net/snmp. On a machine that is no router
        nothing is passed on.
        """,
      settings: [.thresholds],
      fields: [
        ("received", "packets per second that arrived, wanted or not"),
        ("forwarded", "packets per second that were passed on to other machines"),
      ],
      example: "[fw_packets]\nenv.received_warning 100000")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/net/snmp") ? .yes : .no("no /proc/net/snmp")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields = [
      Field("received", label: "Received", type: .derive, min: 0, draw: "AREA"),
      Field("forwarded", label: "Forwarded", type: .derive, min: 0, draw: "LINE2"),
    ]
    for index in fields.indices { host.applyThresholds(to: &fields[index], general: false) }
    return Graph(
      "Firewall Throughput", category: "network", args: "--base 1000 -l 0",
      vlabel: "Packets/${graph_period}",
      info: "IPv4 packets that this machine received and passed on.",
      fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    try host.read("/proc/net/snmp") { text throws(PluginError) in
      for counter in FWPackets.counters {
        guard let value = ProtocolCounters.value(counter.column, of: "Ip: ", in: text) else {
          throw PluginError(
            source: "/proc/net/snmp", expected: "a number \(counter.column) of Ip", found: "none")
        }
        reply.value(counter.field, value)
      }
    }
  }
}
