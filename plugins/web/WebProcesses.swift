public import MuninWire
public import PluginKit

/// The process trees of web servers: whether they are up, and the number, states, memory and CPU time of their processes.
public struct WebProcesses: Plugin {
  public let name: StaticString = "web_processes"
  public let isMultigraph = true

  public init() {}

  public var manual: Manual { WebManual.text }

  public func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    // An error in the settings is reported when the plugin is asked.
    guard let servers = try? Servers.of(host) else { return }
    servers.slowReads(for: question, on: host, into: &list)
  }

  public func autoconf(on host: Host) -> Availability {
    guard host.canRead("/proc/1/stat") else { return .no("no /proc/1/stat") }
    do throws(PluginError) {
      let isThere = try Servers.of(host).isAnythingThere(on: host)
      return isThere ? .yes : .no("no web server is running")
    } catch {
      return .no("\(error)")
    }
  }

  public func graphs(on host: Host) throws(PluginError) -> [Graph] {
    let overview = try Servers.of(host).overview(on: host)
    return ServerGraphs(shown: overview.shown, host: host, memory: WebProcesses.memory(of: host))
      .all
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let overview = try Servers.of(host).overview(on: host)
    for complaint in overview.complaints { reply.complain(complaint) }
    ServerValues(shown: overview.shown).write(into: &reply)
  }

  /// The machine's memory in bytes; without it there are no thresholds in percent.
  private static func memory(of host: Host) -> UInt64? {
    let memory = try? host.read("/proc/meminfo", isOneRecord: true) { text throws(PluginError) in
      try MemInfo(text)
    }
    guard let total = memory?[.memTotal], total > 0 else { return nil }
    return total
  }
}
