public import MuninWire
public import PluginKit

/// The traffic of a network interface: the family `if_`, a service for each.
public struct If: Plugin {
  public let name: StaticString = "if_"

  public init() {}

  public var manual: Manual {
    Manual(
      "the traffic of a network interface",
      details: """
        Bytes received and sent by one interface, if_eth0 for eth0, from /sys/class/net (without it from
        /proc/net/dev); drawn in bits. The speed of the interface bounds the values: what passes it
        is no traffic but a counter that began anew. A speed counts only where it is that of hardware
        (a device with full duplex); that of tunnels, bridges and the like is invented.
        """,
      settings: [
        .init(
          "speed",
          as: .form("a whole number from 1 to 1000000000, or U") {
            $0 == "U" || Int($0).map { (1...1_000_000_000).contains($0) } ?? false
          }, default: "what the driver says", "megabits per second; U: unknown"),
        .thresholds("FIELD", "bytes per second"),
        .general,
      ],
      fields: [("down", "bytes received per second"), ("up", "bytes sent per second")],
      example: "[if_eth0]\nenv.speed 1000\nenv.up_warning 100000000")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/net/dev") ? .yes : .no("no /proc/net/dev")
  }

  public func suggestions(on host: Host) -> [String] { Interface.suggestions(on: host) }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    let interface = Interface(of: host, plugin: name)
    let speed = try speed(of: interface, on: host)
    let most = speed.map { $0 * 1_000_000 }
    let known = speed.map { "at most \($0) Mbit/s" } ?? "its speed is not known: set env.speed"
    var fields = [
      Field(
        "down", label: "received", type: .derive, min: 0, max: most, cdef: "down,8,*",
        graph: false),
      Field(
        "up", label: "bps", type: .derive, min: 0, max: most, negative: "down", cdef: "up,8,*",
        info: "traffic of \(interface.name), \(known)"),
    ]
    for index in fields.indices { host.applyThresholds(to: &fields[index]) }
    return Graph(
      "\(interface.name) traffic", category: "network", args: "--base 1000",
      vlabel: "bits in (-) / out (+) per ${graph_period}", order: "down up",
      info: "The traffic of the interface \(interface.name), in bits.", fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let interface = Interface(of: host, plugin: name)
    reply.value("down", try interface.value(of: .bytesIn, on: host))
    reply.value("up", try interface.value(of: .bytesOut, on: host))
  }

  /// Megabits per second; `nil` where it is not known. Virtual drivers invent a speed (tun 10, veth 10000); as a maximum
  /// it would discard every value above it.
  private func speed(of interface: Interface, on host: Host) throws(PluginError) -> Int? {
    if let text = host.settings["speed"], !text.isEmpty {
      if text == "U" { return nil }
      guard let speed = Int(text), (1...1_000_000_000).contains(speed) else {
        throw PluginError(
          source: "env.speed", expected: "megabits per second", found: "'\(text)'")
      }
      return speed
    }
    guard interface.isHardware(on: host) else { return nil }
    // A driver without a known speed gives -1, an interface that is down an error.
    let speed = try? host.readIfPresent("/sys/class/net/", interface.name.utf8.span, "/speed") {
      text in
      var words = WordReader()
      return words.unsigned(in: text)
    }
    return speed.flatMap { $0 }.flatMap { (1...1_000_000_000).contains($0) ? Int($0) : nil }
  }
}
