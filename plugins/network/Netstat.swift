public import MuninWire
public import PluginKit

/// What TCP does on all interfaces together, from `/proc/net/snmp`.
public struct Netstat: Plugin {
  public let name: StaticString = "netstat"
  public let isMultigraph = true

  public init() {}

  /// The kernel's names of the numbers (RFC 4022), in munin's order.
  private static let counters: [(field: StaticString, column: StaticString, info: String)] = [
    ("active", "ActiveOpens", "connections that this machine opened"),
    ("passive", "PassiveOpens", "connections that others opened to this machine"),
    ("failed", "AttemptFails", "attempts in either direction that failed"),
    ("resets", "EstabResets", "connections that ended by a reset"),
  ]

  public var manual: Manual {
    Manual(
      "what TCP does on all interfaces together",
      details: """
        Connections opened, refused and reset per second, and those that are established, from
        /proc/net/snmp: IPv4 and IPv6 together. No socket is looked at, so it is cheap with many.
        """,
      settings: [
        .thresholds, .general,
      ],
      fields: Netstat.counters.map { ("\($0.field)", "per second, \($0.info)") }
        + [("established", "connections that are open now")],
      example: "[netstat]\nenv.established_warning 5000")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/net/snmp") ? .yes : .no("no /proc/net/snmp")
  }

  public func graphs(on host: Host) throws(PluginError) -> [Graph] {
    var fields = Netstat.counters.map {
      Field("\($0.field)", type: .derive, min: 0, max: 50_000, info: $0.info)
    }
    fields.append(Field("established", info: "connections that are open now"))
    for index in fields.indices { host.applyThresholds(to: &fields[index]) }
    var all = Graph(
      "Netstat, combined", category: "network", args: "--units=si -l 1 --base 1000 --logarithmic",
      vlabel: "TCP connections", period: "second",
      info: "What TCP does on all interfaces together.", fields: fields)
    all.name = "netstat"
    var established = Graph(
      "Netstat, established only", category: "network", args: "--lower-limit 0",
      vlabel: "TCP connections", period: "second", info: "TCP connections that are open now.",
      fields: fields.suffix(1))
    established.name = "netstat_established"
    return [all, established]
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    try host.read("/proc/net/snmp") { text throws(PluginError) in
      reply.multigraph("netstat")
      for counter in Netstat.counters {
        reply.value(counter.field, try number(counter.column, in: text))
      }
      let established = try number("CurrEstab", in: text)
      reply.value("established", amount: established)
      reply.multigraph("netstat_established")
      reply.value("established", amount: established)
    }
  }

  private func number(
    _ column: StaticString, in text: Span<UInt8>
  ) throws(PluginError) -> KernelCounter {
    guard let value = ProtocolCounters.value(column, of: "Tcp: ", in: text) else {
      throw PluginError(
        source: "/proc/net/snmp", expected: "a number \(column) of Tcp", found: "none")
    }
    return value
  }
}
