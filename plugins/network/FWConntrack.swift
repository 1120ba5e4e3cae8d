public import MuninWire
public import PluginKit

/// How many connections the kernel's firewall tracks, by state, from `/proc/net/nf_conntrack`.
public struct FWConntrack: Plugin {
  public let name: StaticString = "fw_conntrack"

  public init() {}

  /// Where the kernel says how many connections it can track, the newest place first.
  private static let limits: [StaticString] = [
    "/proc/sys/net/nf_conntrack_max", "/proc/sys/net/netfilter/nf_conntrack_max",
    "/proc/sys/net/ipv4/ip_conntrack_max", "/proc/sys/net/ipv4/netfilter/ip_conntrack_max",
  ]

  public var manual: Manual {
    Manual(
      "how many connections the firewall tracks",
      details: """
        Counts the lines of /proc/net/nf_conntrack, which only root may read. A table that is full drops new
        connections: the total warns at 80 % of nf_conntrack_max and is critical at 90 %.
        """,
      settings: [.thresholds],
      fields: [
        ("established, fin_wait, time_wait, syn_sent", "TCP connections in these states"),
        ("udp", "UDP conversations"), ("assured", "connections whose both sides have spoken"),
        ("nated", "connections whose addresses are translated"), ("total", "all connections"),
      ],
      example: "[fw_conntrack]\nuser root")
  }

  public func autoconf(on host: Host) -> Availability { TrackedConnections.autoconf(on: host) }

  public func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    if question == .fetch { TrackedConnections.slowReads(on: host, into: &list) }
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields = [
      Field("established", label: "Established", draw: "AREA"),
      Field("fin_wait", label: "FIN_WAIT", draw: "STACK"),
      Field("time_wait", label: "TIME_WAIT", draw: "STACK"),
      Field("syn_sent", label: "SYN_SENT", draw: "STACK"),
      Field("udp", label: "UDP connections", draw: "STACK"),
      Field("assured", label: "Assured", draw: "LINE2"),
      Field("nated", label: "NATed", draw: "LINE1"),
      Field("total", label: "Total", graph: false),
    ]
    if let most = try FWConntrack.most(on: host) {
      for (kind, tenths) in [("warning", UInt64(8)), ("critical", 9)] {
        let (whole, rest) = (most * tenths).quotientAndRemainder(dividingBy: 10)
        fields[fields.count - 1][kind] = rest == 0 ? "\(whole)" : "\(whole).\(rest)"
      }
    }
    for index in fields.indices { host.applyThresholds(to: &fields[index], general: false) }
    return Graph(
      "Connections through firewall", category: "network", args: "-l 0", vlabel: "Connections",
      info: "Connections that the kernel's firewall tracks.", fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let table = try TrackedConnections.current(on: host)
    reply.value("established", table.established)
    reply.value("fin_wait", table.finWait)
    reply.value("time_wait", table.timeWait)
    reply.value("syn_sent", table.synSent)
    reply.value("udp", table.udp)
    reply.value("assured", table.assured)
    reply.value("nated", table.translated)
    reply.value("total", table.total)
  }

  /// How many connections the kernel can track, a 32-bit number of its own; `nil` when it does not say.
  private static func most(on host: Host) throws(PluginError) -> UInt64? {
    for path in limits where host.canRead(path) {
      return try host.read(path) { text in
        var words = WordReader()
        return words.unsigned(in: text).flatMap { (1...UInt64(UInt32.max)).contains($0) ? $0 : nil }
      }
    }
    return nil
  }
}
