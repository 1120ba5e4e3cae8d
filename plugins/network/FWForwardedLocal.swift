public import MuninWire
public import PluginKit

/// How many established connections have this machine as sender or not, as munin tells them apart: by whether the
/// answers go to the address that began them, from `/proc/net/nf_conntrack`.
public struct FWForwardedLocal: Plugin {
  public let name: StaticString = "fw_forwarded_local"

  public init() {}

  public var manual: Manual {
    Manual(
      "established connections whose sender's address is translated, and the others",
      details: """
        Counts the lines of /proc/net/nf_conntrack with the state ESTABLISHED; only root may read it. A connection
        whose answers go to another address than the one that began it is forwarded with its sender hidden (NAT).
        """,
      settings: [.thresholds],
      fields: [
        ("forward", "connections whose sender's address is translated"), ("local", "the others"),
      ],
      example: "[fw_forwarded_local]\nuser root")
  }

  public func autoconf(on host: Host) -> Availability { TrackedConnections.autoconf(on: host) }

  public func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    if question == .fetch { TrackedConnections.slowReads(on: host, into: &list) }
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields = [Field("forward"), Field("local")]
    for index in fields.indices { host.applyThresholds(to: &fields[index], general: false) }
    return Graph(
      "ipconntrack", category: "network", args: "-l 0 --base 1000",
      vlabel: "established connections",
      info: "Established connections that the kernel's firewall tracks.", fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let table = try TrackedConnections.current(on: host)
    reply.value("forward", table.forwarded)
    reply.value("local", table.local)
  }
}
