import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

struct NetworkTests {
  private func host(
    _ service: String, on machine: String = "linux-6.18", _ settings: [String: String] = [:]
  ) -> PluginKit.Host {
    PluginKit.Host(root: "\(fixtures)/if_/\(machine)", service: service, settings: settings)
  }

  @Test(arguments: [
    ("linux-2.6", ["eth10", "eth0"]), ("linux-4.19", ["eno1"]), ("linux-5.10", ["eth0"]),
    ("linux-6.18", ["enp3s0", "wg0", "docker0", "vlan@12"]), ("openwrt-32mb", ["br-lan", "wlan0"]),
  ])
  func interfacesAreSuggested(machine: String, expected: [String]) throws {
    for name in ["if_", "if_err_"] {
      #expect(try local(name).suggestions(on: host("if_", on: machine)) == expected)
    }
  }

  @Test(arguments: [
    (["speed": "100"], "100000000"), (["speed": "U"], nil), ([:], "10000000000"),
    (["speed": ""], "10000000000"),
  ])
  func theSpeedBoundsTheValues(settings: [String: String], most: String?) throws {
    let graph = try local("if_").graph(on: host("if_enp3s0", settings))
    #expect(graph.field("up")?.max == most)
    #expect(graph.field("down")?.max == most)
  }

  /// A speed that a driver of software invents is no limit: what passes it would be cut off for ever.
  @Test(
    arguments: [
      // tun: no device; virtio and Hyper-V without a speed; a real card; one that is half duplex or down; InfiniBand.
      ("10", "full", "1", false, nil), ("10000", "full", "1", false, nil),
      ("-1", "unknown", "1", true, nil), ("10", "unknown", "1", true, nil),
      ("1000", "full", "1", true, "1000000000"), ("100", "half", "1", true, nil),
      ("56000", nil, "32", true, "56000000000"), ("56000", nil, "32", false, nil),
    ] as [(String, String?, String, Bool, String?)])
  func onlyTheSpeedOfHardwareIsALimit(
    speed: String, duplex: String?, type: String, hasDevice: Bool, most: String?
  ) throws {
    let folder = try TemporaryFolder()
    try folder.write("sys/class/net/x0/speed", speed + "\n")
    try folder.write("sys/class/net/x0/type", type + "\n")
    if let duplex { try folder.write("sys/class/net/x0/duplex", duplex + "\n") }
    if hasDevice { try folder.write("sys/class/net/x0/device/uevent", "DRIVER=x\n") }
    let graph = try local("if_").graph(on: PluginKit.Host(root: folder.path, service: "if_x0"))
    #expect(graph.field("up")?.max == most)
    #expect(graph.field("down")?.max == most)
  }

  @Test(arguments: ["fast", "0", "-1", "99999999999999999999", "1.5"])
  func aSpeedThatIsNoneIsAnError(speed: String) throws {
    let plugin = try local("if_")
    let error = #expect(throws: PluginError.self) {
      try plugin.graph(on: host("if_enp3s0", ["speed": speed]))
    }
    #expect(error?.source == "env.speed")
  }

  /// No name leads out of the folder of the interfaces.
  @Test(arguments: ["if_", "if_.", "if_..", "if_../../../etc", "if_eth9", "if_a\0b", "if_enp3s"])
  func anInterfaceThatIsNotThereIsNamed(service: String) throws {
    let plugin = try local("if_")
    var reply = Reply()
    let error = #expect(throws: PluginError.self) {
      try plugin.values(on: host(service), into: &reply)
    }
    #expect(error?.source == "/proc/net/dev")
    #expect(error?.expected == "an interface '\(service.dropFirst(3))'")
    #expect(reply.count == 0)
  }

  @Test func errorsAreWatchedUnaskedAndCanBeToldOtherwise() throws {
    let plugin = try local("if_err_")
    #expect(try plugin.graph(on: host("if_err_enp3s0")).field("rcvd")?.warning == "1")
    let graph = try plugin.graph(
      on: host("if_err_enp3s0", ["rcvd_warning": "5", "critical": "9"]))
    #expect(graph.field("rcvd")?.warning == "5")
    #expect(graph.field("trans")?.warning == "1" && graph.field("trans")?.critical == "9")
    #expect(graph.field("rxdrop")?.critical == nil)
  }

  @Test(arguments: [
    "Tcp: ActiveOpens\nTcp: 1\n",
    "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab\nTcp: 1 2 3 4\n",
    "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab\nTcp: 1 2 3 4 --5\n",
    "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab\nUdp: 1 2 3 4 5\n",
    "Tcp: ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab",
  ])
  func aNumberOfTCPThatIsMissingIsNamed(text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/net/snmp", text)
    let plugin = try local("netstat")
    var reply = Reply()
    let error = #expect(throws: PluginError.self) {
      try plugin.values(on: PluginKit.Host(root: folder.path), into: &reply)
    }
    #expect(error?.source == "/proc/net/snmp")
  }
}
