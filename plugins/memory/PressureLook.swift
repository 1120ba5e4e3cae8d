internal import PluginKit

/// All values of ``MemoryPressure``, read at one time.
struct PressureLook {
  var memory, io, cpu: Finding<Pressure>
  /// The pressure of the control group whose limit counts.
  var group: (memory: Finding<Pressure>, io: Finding<Pressure>, cpu: Finding<Pressure>) =
    (.absent, .absent, .absent)
  var events = MemoryEvents()
  var groupKills: Finding<UInt64> = .absent
  private(set) var complaints: [PluginError] = []
  /// A sentence for the graph's text that names the group; empty without one.
  private(set) var note = ""

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
      note = " Fields of the group are those of control group \(limit.group.name)."
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
      // Some containers hide /proc/vmstat; the pressure is shown without it.
      if !hasPressure { throw error }
    }
    if !hasPressure, events.isEmpty, groupKills.isAbsent {
      throw PluginError(
        source: "/proc/vmstat", expected: "pgmajfault or another count", found: "none")
    }
  }

  private static func limit(on host: Host) throws(PluginError) -> MemoryBounds.Limit? {
    // Without control groups /proc/meminfo is not needed, and may be missing.
    guard host.settings["cgroup"] != "no", host.canRead("/proc/self/cgroup"),
      host.canRead("/proc/meminfo")
    else { return nil }
    return try MemoryBoundsFinder.bounds(on: host).memory
  }
}
