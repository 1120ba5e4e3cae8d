internal import MuninWire
internal import PluginKit

/// The memory that programs can still get, within the limits of control groups.
struct MemoryRoom {
  /// The 100 % of thresholds: the machine's memory, or the smallest limit.
  let whole: UInt64
  let available, estimate, free, cached, slab, corrupted, swapUsed: Finding<UInt64>
  let swapTotal: UInt64
  let bounds: MemoryBounds
  /// Errors in the limits and in `/proc/meminfo`; what depends on them is unknown.
  private(set) var complaints: [PluginError] = []

  static let cgroupSetting = EnvSetting(
    "cgroup", as: .choice(["auto", "yes", "no"]), default: "auto",
    "no: ignore the limits of control groups; yes: obey that of the node's own service too")

  init(on host: Host) throws(PluginError) {
    let memory = try MemInfo(on: host)
    let look = Finding(&complaints) { () throws(PluginError) in
      try MemoryBoundsFinder.bounds(on: host, of: memory)
    }
    let bounds = if case .value(let bounds) = look { bounds } else { MemoryBounds() }
    /// What the limits leave of a value; unknown when the limits are.
    func bounded(_ value: Finding<UInt64>, by most: UInt64 = .max) -> Finding<UInt64> {
      value.isAbsent ? .absent : look.isUnknown ? .unknown : value.part { min($0, most) }
    }
    self.bounds = bounds
    whole = min(memory.whole, bounds.memory?.bytes ?? .max)
    available = bounded(memory.finding(.memAvailable), by: bounds.available)
    let isWanted = host.settings["estimate"] == "yes" && memory.finding(.memAvailable).isAbsent
    estimate = bounded(
      isWanted ? .value(MemoryRoom.estimate(memory)) : .absent, by: bounds.available)
    free = bounded(memory.finding(.memFree), by: bounds.free)
    if let limit = bounds.memory {
      (cached, slab) = (Finding(limit.cached), .absent)
    } else {
      // Before Linux 2.6.32 the kernel does not tell how much of the cache is tmpfs.
      cached = bounded(memory.finding(.shmem).isAbsent ? .absent : memory.cachedFiles)
      slab = memory.finding(.sUnreclaim)
    }
    corrupted = memory.finding(.hardwareCorrupted)
    swapTotal = bounds.swap?.limit ?? memory[.swapTotal] ?? 0
    if let limited = bounds.swap {
      swapUsed = limited.limit == 0 ? .absent : .value(limited.used)
    } else {
      // Without swap the use of it is undefined: neither 0 nor 100 %.
      swapUsed = bounded(memory[.swapTotal] == 0 ? .absent : memory.swapUsed)
    }
    if let complaint = memory.complaint { complaints.append(complaint) }
  }

  /// The available memory on kernels before 3.14, which have no estimate of their own. An upper bound: the kernel keeps
  /// a reserve.
  private static func estimate(_ memory: MemInfo) -> UInt64 {
    var sum = memory[.memFree] ?? 0
    for part in [memory[.buffers], memory.cachedFiles.known, memory[.sReclaimable]] {
      sum = min(sum.addingReportingOverflow(part ?? 0).partialValue, memory.whole)
    }
    return sum
  }

  private static let megabyte = 1_048_576.0

  /// The least free memory of a healthy machine: 1 MB of 32 MB, growing by the square root up to 10 MB, as the kernel's
  /// own reserve does (mm/page_alloc.c, init_per_zone_wmark_min). Under a group's limit there is no such reserve.
  var leastFree: UInt64? {
    guard bounds.memory == nil else { return nil }
    let root = (Double(whole) / (32 * MemoryRoom.megabyte)).squareRoot()
    return UInt64(min(max(root, 1), 10) * MemoryRoom.megabyte)
  }

  /// The least cache that holds the code of the running programs.
  var leastCached: UInt64? {
    guard bounds.memory == nil else { return nil }
    return UInt64(min(Double(whole) * 0.03, 100 * MemoryRoom.megabyte))
  }
}

extension Host {
  /// Gives a field its thresholds: those of the settings, else the plugin's own. A threshold in percent is left out where
  /// 100 % is not known.
  func applyThresholds(
    to field: inout Field, whole: UInt64?, general: Bool = false, warning: String?,
    critical: String?
  ) {
    for (kind, standard) in [("warning", warning), ("critical", critical)] {
      let range = threshold(
        kind, of: field.name, whole: whole, general: general, default: standard)
      if whole == nil, range?.contains("%") == true { continue }
      field[kind] = range
    }
  }
}
