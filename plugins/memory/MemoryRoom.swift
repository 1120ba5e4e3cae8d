internal import MuninWire
internal import PluginKit

/// What there is to be had of the machine's memory, where control groups leave it.
struct MemoryRoom {
  /// What 100 % is: the memory, or the smallest limit.
  let whole: UInt64
  let available, estimate, free, cached, slab, corrupted, swapUsed: Finding<UInt64>
  let swapTotal: UInt64
  let bounds: MemoryBounds
  /// What is wrong with the limits. Then nobody knows what they leave.
  private(set) var complaints: [PluginError] = []

  static let cgroupSetting = EnvSetting(
    "cgroup", as: .choice(["auto", "yes", "no"]), default: "auto",
    "no: limits of control groups do not count; yes: those of the node's own service do too")

  init(on host: Host) throws(PluginError) {
    let memory = try MemInfo(on: host)
    let look = Finding(&complaints) { () throws(PluginError) in
      try MemoryBoundsFinder.bounds(on: host, of: memory)
    }
    let bounds = if case .value(let bounds) = look { bounds } else { MemoryBounds() }
    /// What depends on the limits.
    func bounded(_ value: UInt64?) -> Finding<UInt64> {
      value == nil ? .absent : look.part { _ in value }
    }
    self.bounds = bounds
    whole = min(memory.whole, bounds.memory?.bytes ?? .max)
    available = bounded(memory[.memAvailable].map { min($0, bounds.available) })
    let isWanted = host.settings["estimate"] == "yes" && memory[.memAvailable] == nil
    estimate = bounded(isWanted ? min(MemoryRoom.estimate(memory), bounds.available) : nil)
    free = bounded(memory[.memFree].map { min($0, bounds.free) })
    if let limit = bounds.memory {
      (cached, slab) = (Finding(limit.cached), .absent)
    } else {
      // Before Linux 2.6.32 nobody can tell how much of the cache is tmpfs.
      cached = bounded(memory[.shmem] == nil ? nil : memory.cachedFiles)
      slab = Finding(memory[.sUnreclaim])
    }
    corrupted = Finding(memory[.hardwareCorrupted])
    swapTotal = bounds.swap?.limit ?? memory[.swapTotal] ?? 0
    // Without swap there is nothing to be used: that is neither 0 nor 100 %.
    swapUsed = bounded(swapTotal == 0 ? nil : bounds.swap?.used ?? memory.swapUsed)
  }

  /// What kernels before 3.14 do not say themselves; an upper bound, since they keep some of it.
  private static func estimate(_ memory: MemInfo) -> UInt64 {
    var sum = memory[.memFree] ?? 0
    for part in [memory[.buffers], memory.cachedFiles, memory[.sReclaimable]] {
      sum = min(sum.addingReportingOverflow(part ?? 0).partialValue, memory.whole)
    }
    return sum
  }

  private static let megabyte = 1_048_576.0

  /// The least free memory of a healthy machine: 1 MB with 32 MB, growing by the square root up to 10 MB, as the
  /// kernel's own reserve does (mm/page_alloc.c, init_per_zone_wmark_min). Below a limit there is no such reserve.
  var leastFree: UInt64? {
    guard bounds.memory == nil else { return nil }
    let root = (Double(whole) / (32 * MemoryRoom.megabyte)).squareRoot()
    return UInt64(min(max(root, 1), 10) * MemoryRoom.megabyte)
  }

  /// The least cache in which running programs find their code.
  var leastCached: UInt64? {
    guard bounds.memory == nil else { return nil }
    return UInt64(min(Double(whole) * 0.03, 100 * MemoryRoom.megabyte))
  }
}

extension Host {
  /// Gives a field its thresholds: those of the settings, by the field's name, else the plugin's own. A share of
  /// what has no size is no limit.
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
