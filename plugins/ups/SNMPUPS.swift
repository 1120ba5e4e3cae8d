#if SNMP
  public import EventLoop
  public import MuninWire
  public import PluginKit
  internal import SNMP

  /// A UPS with a network card, asked over SNMP: `snmp_HOST_ups`, shown as a node of its own.
  public struct SNMPUPS: RemotePlugin {
    public let name: StaticString = "snmp__ups"
    public let isMultigraph = true
    private let answers: UPSAnswers

    public init(clock: LoopClock = .real) { self.init(clock: clock, make: nil) }

    /// - Parameter make: makes the sources that are asked, in place of real agents.
    init(clock: LoopClock, make: UPSDevice.Maker?) {
      answers = UPSAnswers(
        plugin: name, clock: clock,
        wish: { service, words throws(UPSFailure) in try UPSWish.snmp(service, words) }, make: make)
    }

    public var manual: Manual { UPSManual.snmp }

    /// As with munin's SNMP plugins the device is the node, except for this machine's own agent.
    public func nodeName(of service: String, _ settings: [String: String]) -> String? {
      // The name in the service's, so that two UPSs behind one gateway are two nodes.
      guard let name = UPSWish.host(ofSNMP: service), name != "localhost" else { return nil }
      return name
    }

    public func deadline(on host: Host) -> Duration { answers.deadline(on: host) }

    /// Devices in the network are not searched for; an agent of this machine is asked.
    @LoopActor
    public func autoconf(on host: Host) async -> Availability {
      await suggestions(on: host).isEmpty
        ? .no("no UPS at the SNMP agent of localhost; sections [snmp_HOST_ups] name devices") : .yes
    }

    @LoopActor
    public func suggestions(on host: Host) async -> [String] {
      // Where there is no agent a request would wait for its timeout.
      guard SNMPUPS.hasAgent(on: host) else { return [] }
      var words = host.settings
      words["timeout"] = "0.5"
      words["retries"] = "1"
      words["host"] = "127.0.0.1"
      let own = Host(root: host.root, service: "snmp_localhost_ups", settings: words)
      if case .success = await answers.reading(on: own) { return ["localhost"] }
      return []
    }

    /// Whether a process of this machine has UDP's port 161 open, by the kernel's table (proc(5): a local address is
    /// hexadecimal, with the port behind the colon).
    static func hasAgent(on host: Host) -> Bool {
      for file: StaticString in ["/proc/net/udp", "/proc/net/udp6"] {
        // The file is missing where the kernel lacks the protocol.
        let isThere = try? host.read(file) { table in
          var lines = LineReader()
          _ = lines.next(in: table)
          while let line = lines.next(in: table) {
            var words = WordReader(from: line.lowerBound)
            _ = words.next(in: table)
            guard let address = words.next(in: table), address.upperBound <= line.upperBound else {
              continue
            }
            if table.hasPrefix(":00A1", at: address.upperBound - 5) { return true }
          }
          return false
        }
        if isThere == true { return true }
      }
      return false
    }

    @LoopActor
    public func graphs(on host: Host) async throws(PluginError) -> [Graph] {
      await answers.graphs("ups_", on: host)
    }

    @LoopActor
    public func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
      await answers.values("ups_", on: host, into: &reply)
    }
  }
#endif
