internal import EventLoop
public import MuninWire
public import PluginKit

/// chronyd's clock and its work as a server, one graph each: `chrony_status` of munin's contrib.
public struct ChronyStatus: RemotePlugin {
  public let name: StaticString = "chrony_status"
  public let isMultigraph = true

  public init() {}

  public func deadline(on host: Host) -> Duration { .seconds(10) }

  @LoopActor
  public func autoconf(on host: Host) async -> Availability { await host.hasDaemon(.chrony) }

  @LoopActor
  public func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    let shape = try await NTPWatch.of(host).look(on: host).shape
    func graph(
      _ name: String, _ title: String, _ vlabel: String, lower: Bool = false, _ fields: [Field]
    ) -> Graph {
      var fields = fields
      for index in fields.indices { host.applyThresholds(to: &fields[index], general: false) }
      var graph = Graph(
        title, category: "time", args: lower ? "--base 1000 --lower-limit 0" : "--base 1000",
        vlabel: vlabel, fields: fields)
      graph.name = "chrony_\(name)"
      return graph
    }
    var graphs = [
      graph(
        "stratum", "Chrony stratum", "stratum", lower: true,
        [Field("stratum", label: "Stratum", warning: "1:9")]),
      graph(
        "systime", "Chrony system time offset", "seconds",
        [Field("systime", label: "System time offset to NTP time")]),
      graph(
        "delay", "Chrony network delay", "seconds", [Field("delay", label: "Network path delay")]),
      graph(
        "frequency", "Chrony clock frequency error", "ppm",
        [Field("frequency", label: "Local clock frequency error")]),
    ]
    if let counts = shape?.statistics?.counts {
      graphs.append(
        graph(
          "serverstats", "Chrony server statistics", "Packets/${graph_period}",
          counts.map { count in
            let name = "\(count.name)"
            return Field(name, label: ChronyStatus.label(of: name), type: .derive, min: 0)
          }))
    }
    return graphs
  }

  /// `command_received` as `Command received`.
  private static func label(of name: String) -> String {
    let words = name.split(separator: "_").joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  @LoopActor
  public func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    let snapshot = try await host.chronySnapshot(&reply)
    let tracking = snapshot?.tracking
    reply.multigraph("chrony_stratum")
    // Stratum 0 means not synchronised.
    reply.value(
      "stratum", "", exactly: tracking.flatMap { $0.stratum == 0 ? nil : Double($0.stratum) })
    reply.multigraph("chrony_systime")
    reply.value("systime", "", exactly: tracking.map { -$0.correction })
    reply.multigraph("chrony_delay")
    reply.value("delay", "", exactly: tracking?.rootDelay)
    reply.multigraph("chrony_frequency")
    reply.value("frequency", "", exactly: tracking?.frequency)
    let shape = try await NTPWatch.of(host).look(on: host).shape
    guard let counts = (snapshot ?? shape)?.statistics?.counts else { return }
    reply.multigraph("chrony_serverstats")
    for count in counts {
      if snapshot == nil {
        reply.unknown(count.name)
      } else {
        reply.value(count.name, count.count)
      }
    }
  }
}
