internal import MuninWire
internal import PluginKit

/// What happens when memory is short, counted since the start in `/proc/vmstat`. Kernels count different things.
struct MemoryEvents {
  /// Pages that programs needed and that had to be read from a disk first.
  var majorFaults: UInt64?
  /// Pages of files read again soon after they had been given up (Linux 3.15).
  var refaults: UInt64?
  /// Times that a program had to make room itself before it got memory.
  var stalls: UInt64?
  /// Programs killed for want of memory (Linux 4.13).
  var kills: UInt64?

  var isEmpty: Bool { majorFaults == nil && refaults == nil && stalls == nil && kills == nil }

  init() {}

  init(_ text: Span<UInt8>) {
    var lines = LineReader()
    while let range = lines.next(in: text) {
      let line = text.extracting(range)
      guard line.count > 0 else { continue }
      // Few of two hundred lines begin with these letters.
      switch line[0] {
      case 0x70: MemoryEvents.take(line, "pgmajfault ", &majorFaults)
      case 0x6F: MemoryEvents.take(line, "oom_kill ", &kills)
      case 0x77:
        // One line until 5.8, then one for programs' pages and one for those of files.
        MemoryEvents.take(line, "workingset_refault ", &refaults)
        MemoryEvents.take(line, "workingset_refault_anon ", &refaults)
        MemoryEvents.take(line, "workingset_refault_file ", &refaults)
      case 0x61:
        // One line until 4.9, then one for each zone.
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
    guard words.skip(1, in: line), let number = words.unsigned(in: line) else { return }
    count = (count ?? 0) &+ number
  }

  static func ofMachine(on host: Host) throws(PluginError) -> MemoryEvents {
    try host.read("/proc/vmstat") { text in MemoryEvents(text) }
  }

  /// Programs killed because a control group reached its limit (Linux 4.13).
  static func kills(in limit: MemoryBounds.Limit, on host: Host) throws(PluginError) -> UInt64? {
    // The first version tells it beside its switches.
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
