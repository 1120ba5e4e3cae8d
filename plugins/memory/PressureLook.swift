internal import PluginKit

/// All that ``MemoryPressure`` shows, at one time.
struct PressureLook {
  var memory, io, cpu: Finding<Pressure>
  /// Those of the control group whose limit counts.
  var group: (memory: Finding<Pressure>, io: Finding<Pressure>, cpu: Finding<Pressure>) =
    (.absent, .absent, .absent)
  var events = MemoryEvents()
  var groupKills: Finding<UInt64> = .absent
  private(set) var complaints: [PluginError] = []
  /// Says which group it is, for the graph's text.
  private(set) var story = ""

  var hasPressure: Bool {
    !(memory.isAbsent && io.isAbsent && cpu.isAbsent && group.memory.isAbsent
      && group.io.isAbsent && group.cpu.isAbsent)
  }

  init(on host: Host) throws(PluginError) {
    var complaints: [PluginError] = []
    func ofMachine(_ path: StaticString) -> Finding<Pressure> {
      Finding(&complaints) { () throws(PluginError) in try Pressure.ofMachine(path, on: host) }
    }
    memory = ofMachine("/proc/pressure/memory")
    io = ofMachine("/proc/pressure/io")
    cpu = ofMachine("/proc/pressure/cpu")
    let limit = Finding(&complaints) { () throws(PluginError) in
      try PressureLook.limit(on: host)
    }
    if case .value(let limit) = limit {
      story = " Fields of the group tell of control group \(limit.group.name)."
      groupKills = Finding(&complaints) { () throws(PluginError) in
        try MemoryEvents.kills(in: limit, on: host)
      }
      func ofGroup(_ file: StaticString) -> Finding<Pressure> {
        Finding(&complaints) { () throws(PluginError) in
          limit.isFirstVersion ? nil : try Pressure.of(limit.group, file, on: host)
        }
      }
      group = (ofGroup("/memory.pressure"), ofGroup("/io.pressure"), ofGroup("/cpu.pressure"))
    }
    self.complaints = complaints
    do throws(PluginError) {
      events = try MemoryEvents.ofMachine(on: host)
    } catch {
      // A container may have to do without it.
      if !hasPressure { throw error }
    }
    if !hasPressure, events.isEmpty, groupKills.isAbsent {
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
