internal import MuninWire
internal import PluginKit

/// All processes of the machine, counted.
struct ProcessCounts {
  private(set) var processes: UInt64 = 0
  private(set) var threads: UInt64 = 0
  /// Processes preferred to others, modest ones, and those with memory locked against swapping.
  private(set) var high: UInt64 = 0
  private(set) var low: UInt64 = 0
  var locked: UInt64 = 0
  private var states = InlineArray<26, UInt64>(repeating: 0)

  /// How many are in a state, by its capital letter. The small `t` (held by a debugger) is a state of its own.
  subscript(state: UInt8) -> UInt64 { states[Int(state - 0x41)] }

  mutating func take(_ stat: ProcessStat) {
    processes += 1
    threads = threads.addingReportingOverflow(stat.threads).partialValue
    if stat.nice < 0 { high += 1 } else if stat.nice > 0 { low += 1 }
    if (0x41...0x5A).contains(stat.state) { states[Int(stat.state - 0x41)] += 1 }
  }
}

/// The last count of all processes. `processes`, `threads` and `proc_pri` are asked within milliseconds of each
/// other and share one look at /proc, which costs more than all other plugins together.
final class ProcessTable {
  /// How old a count may be, in seconds: no master asks twice within, and none sees the difference.
  private static let longest = 1.0

  private var counts = ProcessCounts()
  private var time = -Double.infinity
  private var hasLocked = false

  static func counts(
    on host: Host, locked: Bool = false
  ) throws(PluginError) -> ProcessCounts {
    let table = host.kept { ProcessTable() }
    let now = host.kernel.secondsSinceBoot()
    if !(0...longest).contains(now - table.time) || (locked && !table.hasLocked) {
      // No count is left when this one fails.
      table.time = -.infinity
      table.counts = try count(on: host, locked: locked)
      table.time = now
      table.hasLocked = locked
    }
    return table.counts
  }

  /// - Parameter locked: whether to look for locked memory too, which is in a second file of each process.
  private static func count(
    on host: Host, locked: Bool
  ) throws(PluginError) -> ProcessCounts {
    var counts = ProcessCounts()
    var firstIsSeen = false
    try host.forEachName(in: "/proc") { name throws(PluginError) in
      guard name[0].isDigit else { return }
      let stat = try host.readIfPresent("/proc/", name, "/stat") { text throws(PluginError) in
        guard let stat = ProcessStat(text) else {
          throw PluginError(
            source: "/proc/\(String(copying: name))/stat",
            expected: "a name in parentheses and 21 values", found: excerpt(text))
        }
        return stat
      }
      // It ended since the folder was read.
      guard let stat else { return }
      if name.isEqual(to: "1") { firstIsSeen = true }
      counts.take(stat)
      if locked, stat.hasMemory, try hasLockedMemory(name, on: host) { counts.locked += 1 }
    }
    guard firstIsSeen else {
      throw PluginError(
        source: "/proc", expected: "all processes",
        found: "not even number 1: others' are hidden (mount option hidepid)")
    }
    return counts
  }

  private static func hasLockedMemory(
    _ process: Span<UInt8>, on host: Host
  ) throws(PluginError) -> Bool {
    try host.readIfPresent("/proc/", process, "/status") { text in
      var lines = LineReader()
      while let line = lines.next(in: text) {
        guard text.hasPrefix("VmLck:", at: line.lowerBound) else { continue }
        var words = WordReader(from: line.lowerBound + 6)
        return words.unsigned(in: text).map { $0 > 0 } ?? false
      }
      return false
    } ?? false
  }
}
