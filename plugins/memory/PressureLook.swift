internal import PluginKit

/// All that ``MemoryPressure`` shows, at one time.
struct PressureLook {
  var memory, io, cpu: Pressure?
  /// Those of the control group whose limit counts.
  var group: (memory: Pressure?, io: Pressure?, cpu: Pressure?)
  var events = MemoryEvents()
  var groupKills: UInt64?
  /// Says which group it is, for the graph's text.
  private(set) var story = ""

  var hasPressure: Bool {
    memory != nil || io != nil || cpu != nil || group.memory != nil || group.io != nil
      || group.cpu != nil
  }

  init(on host: Host) throws(PluginError) {
    memory = try Pressure.ofMachine("/proc/pressure/memory", on: host)
    io = try Pressure.ofMachine("/proc/pressure/io", on: host)
    cpu = try Pressure.ofMachine("/proc/pressure/cpu", on: host)
    if let limit = try PressureLook.limit(on: host) {
      story = " Fields of the group tell of control group \(limit.group.name)."
      groupKills = try MemoryEvents.kills(in: limit, on: host)
      if !limit.isFirstVersion {
        group.memory = try Pressure.of(limit.group, "/memory.pressure", on: host)
        group.io = try Pressure.of(limit.group, "/io.pressure", on: host)
        group.cpu = try Pressure.of(limit.group, "/cpu.pressure", on: host)
      }
    }
    do throws(PluginError) {
      events = try MemoryEvents.ofMachine(on: host)
    } catch {
      // A container may have to do without it.
      if !hasPressure { throw error }
    }
    if !hasPressure, events.isEmpty, groupKills == nil {
      throw PluginError(
        source: "/proc/vmstat", expected: "pgmajfault or another count", found: "none")
    }
  }

  private static func limit(on host: Host) throws(PluginError) -> MemoryBounds.Limit? {
    // Where there are no limits, nobody needs to know how much memory there is.
    guard host.settings["cgroup"] != "no", host.canRead("/proc/self/cgroup"),
      host.canRead("/proc/meminfo")
    else { return nil }
    return try MemoryBoundsFinder.bounds(on: host).memory
  }
}
