import MuninWire
import PluginKit
import TestSupport
import Testing

struct SettingsOfPluginsTests {
  private func graph(
    _ plugin: String, on machine: String = "linux-2.6", _ settings: [String: String]
  ) throws -> Graph {
    let host = PluginKit.Host(
      root: "\(fixtures)/\(plugin)/\(machine)", service: plugin, settings: settings)
    return try local(plugin).graph(on: host)
  }

  private func field(_ name: String, of graph: Graph) -> Field? {
    graph.fields.first { $0.name == name }
  }

  // MARK: memory: shares of the memory, and of the swap for swap

  @Test func memorySharesAreOfTheMemory() throws {
    let graph = try graph(
      "memory", ["free_warning": "10%:", "swap_critical": "50%", "apps_warning": "5:90%"])
    // MemTotal 2058644 kB, SwapTotal 4192956 kB. There are no fractions of a byte.
    #expect(field("free", of: graph)?.warning == "210805146:")
    #expect(field("swap", of: graph)?.critical == "2146793472")
    #expect(field("apps", of: graph)?.warning == "5:1897246310")
    #expect(field("free", of: graph)?.critical == nil)
  }

  @Test func memoryWithoutSwapHasNoLimitThere() throws {
    let graph = try graph("memory", on: "openwrt-32mb", ["swap_warning": "50%"])
    #expect(field("swap", of: graph)?.warning == "0")
  }

  /// Whatever a share is of, as long as that is counted in whole numbers.
  @Test func sharesOfBytesAndFilesAreWholeNumbers() throws {
    let host = PluginKit.Host(settings: ["a_warning": "0.7%:33.3%", "a_critical": "12.5%"])
    #expect(host.threshold("warning", of: "a", whole: 1001) == "7:333")
    #expect(host.threshold("critical", of: "a", whole: 1001) == "125")
    #expect(host.threshold("critical", of: "a", whole: 300, hasFractions: true) == "37.5")
  }

  @Test func aGeneralLimitCountsForEveryField() throws {
    let graph = try graph("memory", ["warning": "1000:", "free_warning": "2000:"])
    #expect(field("free", of: graph)?.warning == "2000:")
    #expect(field("cached", of: graph)?.warning == "1000:")
  }

  /// munin's own plugins of these names know no limits: one meant for all others raises no alarm here.
  @Test(arguments: ["threads", "diskstats"])
  func onlyALimitOfItsOwnCountsWhereMuninHasNone(plugin: String) throws {
    let machine = try #require(machines(of: plugin).first { $0.hasPrefix("linux-6") })
    let root = "\(fixtures)/\(plugin)/\(machine)"
    let general = try answers(of: plugin, on: root, settings: ["warning": "5", "critical": "7"])
    #expect(try general.config == answers(of: plugin, on: root).config)
    let own = try answers(
      of: plugin, on: root, settings: ["threads_warning": "5", "util_warning": "5"])
    #expect(own.config.contains(plugin == "threads" ? "threads.warning 5\n" : "util.warning 5\n"))
  }

  // MARK: swap, load, uptime

  @Test func swapTakesLimits() throws {
    let graph = try graph("swap", ["swap_in_warning": "500", "swap_out_critical": "0:1000"])
    #expect(field("swap_in", of: graph)?.warning == "500")
    #expect(field("swap_out", of: graph)?.critical == "0:1000")
    #expect(field("swap_out", of: graph)?.warning == nil)
  }

  /// Zero is a limit like any other, not "none".
  @Test(arguments: ["load", "swap", "uptime", "cpu", "memory"])
  func zeroIsALimit(plugin: String) throws {
    let graph = try graph(plugin, ["warning": "0"])
    #expect(graph.fields.allSatisfy { $0.warning == "0" && $0.critical == nil })
  }

  @Test(arguments: ["load", "swap", "uptime", "cpu"])
  func anEmptySettingIsNone(plugin: String) throws {
    #expect(try graph(plugin, ["warning": ""]).fields.allSatisfy { $0.warning == nil })
  }

  @Test func loadTakesLimits() throws {
    let graph = try graph("load", ["load_warning": "4", "critical": "8"])
    #expect(field("load", of: graph)?.warning == "4")
    #expect(field("load", of: graph)?.critical == "8")
  }

  // MARK: cpu

  @Test func cpuSharesAreOfTheWholeMachine() throws {
    let graph = try graph(
      "cpu", on: "linux-4.19", ["iowait_warning": "50%", "steal_critical": "20"])
    #expect(field("iowait", of: graph)?.warning == "200")
    #expect(field("steal", of: graph)?.critical == "20")
    let scaled = try self.graph(
      "cpu", on: "linux-4.19", ["iowait_warning": "50%", "scaleto100": "yes"])
    #expect(field("iowait", of: scaled)?.warning == "50")
    #expect(field("iowait", of: scaled)?["cdef"] == "iowait,4,/")
    #expect(scaled["graph_args"]?.hasSuffix("--upper-limit 100") == true)
  }

  @Test func cpuFieldsCanBeHidden() throws {
    let graph = try graph("cpu", on: "linux-4.19", ["ignore_fields": "idle  guest"])
    #expect(graph.fields.filter { $0["graph"] == "no" }.map(\.name) == ["idle", "guest"])
  }

  @Test(arguments: [("100", 98794), ("1000", 9879), ("1", 9_879_400), ("0", 98794), ("x", 98794)])
  func cpuKnowsOtherTicks(hz: String, user: Int) throws {
    let (_, values) = try answers(
      of: "cpu", on: "\(fixtures)/cpu/linux-6.18", settings: ["HZ": hz])
    #expect(values.hasPrefix("user.value \(user)\n"))
  }

  @Test func cpuCountersNearTheEndStayExact() throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/stat", "cpu  18446744073709551615 184467440737095516 1 1\n")
    #expect(
      try answers(of: "cpu", on: folder.path).values
        == "user.value 18446744073709551615\nnice.value 184467440737095516\nsystem.value 1\nidle.value 1\n"
    )
    // As many ticks as nobody has: no trap.
    _ = try answers(of: "cpu", on: folder.path, settings: ["HZ": "1"])
  }
}
