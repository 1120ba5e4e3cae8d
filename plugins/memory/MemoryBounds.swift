internal import MuninWire
internal import PluginKit

/// The limits that control groups set on memory and swap, and what they leave.
struct MemoryBounds {
  /// The smallest limit below the machine's memory, with its group.
  var memory: Limit?
  /// The smallest limit of swap below the machine's swap.
  var swap: (used: UInt64, limit: UInt64)?
  /// The bytes left under every limit: free, and available with what the kernel can reclaim.
  var free = UInt64.max
  var available = UInt64.max

  struct Limit {
    var bytes: UInt64
    /// The name of the limit's file, for messages.
    var file: StaticString
    var group: ControlGroup.Ancestor
    var isFirstVersion: Bool
    /// The group's page cache in bytes, without tmpfs and shared memory.
    var cached: UInt64?
  }

  /// A sentence for the graph's text that names the limit; empty without one.
  var note: String {
    memory.map {
      " The limit of control group \($0.group.name) counts: \($0.bytes.inWords) (\($0.file))."
    } ?? ""
  }
}

/// Finds the bounds and keeps them for a second: the memory plugins are asked within milliseconds of each other.
final class MemoryBoundsFinder {
  /// For how many seconds found bounds serve.
  private static let age = 1.0
  /// After how many seconds the mounts are read again although the kernel reports no change.
  private static let mountsAge = 300.0

  private var group: ControlGroup?
  private var text: [UInt8] = []
  private var generation: UInt64?
  private var groupTime = -Double.infinity
  private var last: (bounds: MemoryBounds, time: Double)?

  /// - Parameter machine: `/proc/meminfo`; `nil` to read it where it is needed.
  static func bounds(
    on host: Host, of machine: MemInfo? = nil
  ) throws(PluginError) -> MemoryBounds {
    let choice = host.settings["cgroup"] ?? "auto"
    let finder = host.kept(for: choice) { MemoryBoundsFinder() }
    return try finder.find(on: host, of: machine, choice)
  }

  private func find(
    on host: Host, of machine: MemInfo?, _ choice: String
  ) throws(PluginError) -> MemoryBounds {
    let now = host.kernel.secondsSinceBoot()
    if let last, (0...MemoryBoundsFinder.age).contains(now - last.time) { return last.bounds }
    last = nil
    try findGroup(on: host, at: now, choice)
    var bounds = MemoryBounds()
    if let group {
      let machine = if let machine { machine } else { try MemInfo(on: host) }
      for level in group.levels {
        let reader = ControlGroupReader(group: level, host: host)
        if group.isFirstVersion {
          try reader.takeFirstVersion(of: machine, into: &bounds)
          // Groups above count only where this group's pages are charged to them; since Linux 5.11 they always are.
          if level.folder != group.levels.last?.folder, try !reader.isCountedAbove { break }
        } else {
          try reader.take(of: machine, into: &bounds)
        }
      }
    }
    last = (bounds, now)
    return bounds
  }

  /// Finds the groups' folders again when the node was moved to another group or the mounts changed.
  private func findGroup(on host: Host, at now: Double, _ choice: String) throws(PluginError) {
    guard choice != "no", host.canRead("/proc/self/cgroup") else {
      (group, text) = (nil, [])
      return
    }
    let own = try host.read("/proc/self/cgroup") { text in
      text.withUnsafeBufferPointer { Array($0) }
    }
    let generation = host.mountsGeneration()
    let isKnown = generation != nil && generation == self.generation && own == text
    if isKnown, now - groupTime < MemoryBoundsFinder.mountsAge { return }
    self.generation = generation
    text = own
    groupTime = now
    group = nil
    let first = try? host.readIfPresent("/proc/", "1".utf8.span, "/cgroup") { text in
      text.withUnsafeBufferPointer { Array($0) }
    }
    let mounts = try host.read("/proc/self/mountinfo") { text in
      var mounts: [Mount] = []
      var lines = LineReader()
      while let range = lines.next(in: text) {
        if let mount = Mount(text.extracting(range)), mount.type.hasPrefix("cgroup") {
          mounts.append(mount)
        }
      }
      return mounts
    }
    group = ControlGroup(own: own, first: first ?? nil, mounts: mounts, choice: choice)
  }
}

extension UInt64 {
  /// An amount of memory for people: `512 MB`, with MB = 1048576.
  var inWords: String {
    self >= 10 << 20 ? "\(self >> 20) MB" : self >= 10 << 10 ? "\(self >> 10) kB" : "\(self) bytes"
  }
}
