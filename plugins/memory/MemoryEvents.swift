internal import MuninWire
internal import PluginKit

/// Counts since boot of what happens when memory is short, from `/proc/vmstat`. `nil`: the kernel does not count it.
struct MemoryEvents {
  /// Page faults for which a page had to be read from a disk.
  var majorFaults: UInt64?
  /// Pages that were read again soon after the kernel had reclaimed them (Linux 3.15).
  var refaults: UInt64?
  /// Direct reclaims: a program had to reclaim memory itself before it got some.
  var stalls: UInt64?
  /// Programs killed because memory was exhausted (Linux 4.13).
  var kills: UInt64?

  var isEmpty: Bool { majorFaults == nil && refaults == nil && stalls == nil && kills == nil }

  init() {}

  init(_ text: Span<UInt8>) {
    var lines = LineReader()
    while let range = lines.next(in: text) {
      let line = text.extracting(range)
      guard line.count > 0 else { continue }
      // Only a few of some two hundred lines begin with one of these letters.
      switch line[0] {
      case 0x70: MemoryEvents.take(line, "pgmajfault ", &majorFaults)
      case 0x6F: MemoryEvents.take(line, "oom_kill ", &kills)
      case 0x77:
        // One line until Linux 5.8, then one for anonymous pages and one for pages of files.
        MemoryEvents.take(line, "workingset_refault ", &refaults)
        MemoryEvents.take(line, "workingset_refault_anon ", &refaults)
        MemoryEvents.take(line, "workingset_refault_file ", &refaults)
      case 0x61:
        // One line until Linux 4.9, then one for each zone.
        if line.hasPrefix("allocstall") {
          MemoryEvents.take(line, "", &stalls)
        }
      default: break
      }
    }
  }

  /// Adds the number of a line to the count.
  private static func take(
    _ line: Span<UInt8>, _ name: StaticString, _ count: inout UInt64?
  ) {
    guard line.hasPrefix(name) else { return }
    var words = WordReader()
    guard words.skip(1, in: line), let number = words.counter(in: line) else { return }
    // In two's complement a signed counter goes on where it was: its differences stay right.
    count = (count ?? 0) &+ number.bits
  }

  static func ofMachine(on host: Host) throws(PluginError) -> MemoryEvents {
    try host.read("/proc/vmstat") { text in MemoryEvents(text) }
  }

  /// Programs killed because a control group reached its limit (Linux 4.13).
  static func kills(in limit: MemoryBounds.Limit, on host: Host) throws(PluginError) -> UInt64? {
    // Version 1 has the count in the file that also switches the OOM killer.
    let file: StaticString = limit.isFirstVersion ? "/memory.oom_control" : "/memory.events"
    return try host.readIfPresent(in: limit.group.folder, file) { text in
      var kills: UInt64?
      var lines = LineReader()
      while let range = lines.next(in: text) {
        take(text.extracting(range), "oom_kill ", &kills)
      }
      return kills
    } ?? nil
  }
}
