internal import MuninWire
internal import PluginKit

/// The last count of all processes. `processes`, `threads` and `proc_pri` are asked within milliseconds of each
/// other and share one look at /proc, which costs more than all other plugins together.
///
/// A process costs some microseconds. Where there are many, the look happens beside the loop.
final class ProcessTable {
  /// How old a count may be, in seconds: no master asks twice within, and none sees the difference.
  private static let longest = 1.0
  /// How many processes are counted on the loop's thread: about three milliseconds.
  private static let few = 500
  /// How long in seconds after a question for locked memory it is looked for unasked, so that one look serves all:
  /// three polls of a master.
  private static let remembered = 900.0

  /// How many seconds a look beside the loop may take.
  private static let limit = 10

  private typealias Look = Lookup<Result<ProcessCounts, PluginError>>

  private var last: (counts: ProcessCounts, time: Double, locked: Bool)?
  private var lockedWanted = -Double.infinity
  /// Not known before the first look, which may be the worst.
  private var areMany = true
  /// The looks beside the loop, without locked memory and with it.
  private var looks: [Bool: Look] = [:]

  static func counts(
    on host: Host, locked: Bool = false
  ) throws(PluginError) -> ProcessCounts {
    try host.kept { ProcessTable() }.counts(on: host, locked: locked)
  }

  private func counts(on host: Host, locked: Bool) throws(PluginError) -> ProcessCounts {
    let now = host.kernel.secondsSinceBoot()
    if locked { lockedWanted = now }
    if let last, (0...ProcessTable.longest).contains(now - last.time), last.locked || !locked {
      return last.counts
    }
    // No count is left when this one fails.
    last = nil
    let wanted = (0...ProcessTable.remembered).contains(now - lockedWanted)
    let counts =
      areMany
      ? try countBeside(on: host, locked: wanted)
      : try ProcessTable.count(on: host, locked: wanted)
    areMany = counts.processes > ProcessTable.few
    last = (counts, now, wanted)
    return counts
  }

  private func countBeside(
    on host: Host, locked: Bool
  ) throws(PluginError) -> ProcessCounts {
    let look = looks[locked] ?? ProcessTable.look(on: host, locked: locked)
    looks[locked] = look
    guard let result = host.answer(of: look, notOlderThan: ProcessTable.longest) else {
      // Either somebody goes for it, and this answer does not count, or he is stuck there.
      throw PluginError(
        source: "/proc", expected: "all processes within \(ProcessTable.limit) s", found: "no end",
        isTimeout: true)
    }
    return try result.get()
  }

  private static func look(on host: Host, locked: Bool) -> Look {
    let root = host.root
    let kernel = host.kernel
    return Lookup("/proc", limit: .seconds(limit)) { () -> Result<ProcessCounts, PluginError> in
      // Another thread, so nothing of the loop's host goes along.
      let host = Host(root: root, kernel: kernel)
      do throws(PluginError) {
        return .success(try count(on: host, locked: locked))
      } catch {
        return .failure(error)
      }
    }
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
