internal import MuninWire
internal import PluginKit

/// What the control groups of the node leave it of the machine's memory.
struct MemoryBounds {
  /// The smallest limit that is below the machine's memory, and the group that has it.
  var memory: Limit?
  /// The smallest limit of swap below the machine's swap.
  var swap: (used: UInt64, limit: UInt64)?
  /// What is left under every limit: free, and with what the kernel can take back.
  var free = UInt64.max
  var available = UInt64.max

  struct Limit {
    var bytes: UInt64
    /// The file that says so, for people.
    var file: StaticString
    var group: ControlGroup.Level
    var isFirstVersion: Bool
    /// Contents of files that the group has in memory, without tmpfs and shared memory.
    var cached: UInt64?
  }

  /// Says which limit counts, for the graph's text.
  var story: String {
    memory.map {
      " The limit of control group \($0.group.name) counts: \($0.bytes.inWords) (\($0.file))."
    } ?? ""
  }
}

/// Finds the bounds. The plugins for memory are asked within milliseconds of each other and share one look.
final class MemoryBoundsFinder {
  /// How old a look may be, in seconds.
  private static let longest = 1.0
  /// How long in seconds the kernel's word is taken that nothing was mounted.
  private static let longestMounts = 300.0

  private var group: ControlGroup?
  private var text: [UInt8] = []
  private var generation: UInt64?
  private var groupTime = -Double.infinity
  private var last: (bounds: MemoryBounds, time: Double)?

  /// - Parameter machine: what the machine has by itself; `nil` when it is to be read if it is needed.
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
    if let last, (0...MemoryBoundsFinder.longest).contains(now - last.time) { return last.bounds }
    last = nil
    try findGroup(on: host, at: now, choice)
    var bounds = MemoryBounds()
    if let group {
      let machine = if let machine { machine } else { try MemInfo(on: host) }
      for level in group.levels {
        let reader = ControlGroupReader(group: level, host: host)
        if group.isFirstVersion {
          try reader.takeFirstVersion(of: machine, into: &bounds)
          // Groups above count only where the group's own pages are charged to them, as is always so since 5.11.
          if level.folder != group.levels.last?.folder, try !reader.isCountedAbove { break }
        } else {
          try reader.take(of: machine, into: &bounds)
        }
      }
    }
    last = (bounds, now)
    return bounds
  }

  /// Finds the folders anew when the node has another group or something was mounted.
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
    if isKnown, now - groupTime < MemoryBoundsFinder.longestMounts { return }
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
