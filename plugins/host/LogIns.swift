internal import MuninWire
internal import PluginKit

/// Counts log-ins by kind of terminal, in the order of the fields of ``Users``.
enum LogIns {
  typealias Counts = InlineArray<5, UInt64>

  static func count(on host: Host) throws(PluginError) -> Counts {
    if host.canRead("/var/run/utmp") {
      return try host.read("/var/run/utmp") { text in utmp(text, on: host) }
    }
    if host.canRead("/run/systemd/sessions") { return try sessions(on: host) }
    return Counts(repeating: 0)
  }

  // MARK: utmp(5)

  /// The size of a record. On 64-bit systems that never had 32-bit programs to share utmp with, the session and the
  /// time are wider.
  #if arch(x86_64) || arch(i386) || arch(powerpc64le) || arch(s390x) || arch(arm)
    private static let recordSize = 384
  #else
    private static let recordSize = 400
  #endif
  private static let userProcess: UInt8 = 7

  private static func utmp(_ text: Span<UInt8>, on host: Host) -> Counts {
    var counts = Counts(repeating: 0)
    var start = 0
    // An incomplete record at the end is being written at this moment.
    while start + recordSize <= text.count {
      let record = text.extracting(start..<(start + recordSize))
      start += recordSize
      guard record[0] == userProcess, record[1] == 0, record[44] != 0 else { continue }
      var process: UInt32 = 0
      for index in 0..<4 { process |= UInt32(record[4 + index]) << UInt32(8 * index) }
      let number = Int32(bitPattern: process)
      // A terminal that ended without a log-out leaves its record behind.
      if number > 0, !host.kernel.hasProcess(number) { continue }
      var end = 8
      while end < 40, record[end] != 0 { end += 1 }
      counts[kind(of: record.extracting(8..<end))] += 1
    }
    return counts
  }

  // MARK: systemd-logind

  private static func sessions(on host: Host) throws(PluginError) -> Counts {
    var counts = Counts(repeating: 0)
    try host.forEachName(in: "/run/systemd/sessions") { name throws(PluginError) in
      // Beside each session's file there is a pipe, NAME.ref.
      for index in 0..<name.count where name[index] == 0x2E { return }
      let kind = try host.readIfPresent("/run/systemd/sessions/", name, "") { text in
        session(text)
      }
      if let found = kind, let found { counts[found] += 1 }
    }
    return counts
  }

  /// The kind of a session; `nil` for a session of the system (such as a display manager's) or one that is closing.
  private static func session(_ text: Span<UInt8>) -> Int? {
    var isUser = false
    var found = 4
    var lines = LineReader()
    while let range = lines.next(in: text) {
      let line = text.extracting(range)
      if line.isEqual(to: "STATE=closing") { return nil }
      if line.hasPrefix("CLASS=user") { isUser = true }
      if line.hasPrefix("TTY=") {
        found = kind(of: line.extracting(4..<line.count))
      } else if line.hasPrefix("DISPLAY=:") {
        found = 3
      }
    }
    return isUser ? found : nil
  }

  /// The kind of a terminal by its name, in munin's order of tests.
  private static func kind(of terminal: Span<UInt8>) -> Int {
    let end = terminal.firstIndex(of: 0x2F) ?? terminal.count
    let name = terminal.extracting(0..<end)
    if contains(name, "tty") { return 0 }
    if contains(name, "pty") { return 1 }
    if contains(name, "pts") { return 2 }
    return contains(name, "X") || hasDisplay(name) ? 3 : 4
  }

  private static func contains(_ name: Span<UInt8>, _ part: StaticString) -> Bool {
    for index in 0..<name.count where name.hasPrefix(part, at: index) { return true }
    return false
  }

  /// `:0`
  private static func hasDisplay(_ name: Span<UInt8>) -> Bool {
    for index in 1..<max(name.count, 1) where name[index - 1] == 0x3A && name[index].isDigit {
      return true
    }
    return false
  }
}
