internal import MuninWire
internal import PluginKit

/// All processes of the machine, counted.
struct ProcessCounts: Sendable {
  private(set) var processes: UInt64 = 0
  private(set) var threads: UInt64 = 0
  /// Processes with a negative nice value, with a positive one, and with memory locked against swapping.
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
