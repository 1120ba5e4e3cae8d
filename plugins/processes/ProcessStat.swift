internal import MuninWire

/// The fields of `/proc/PID/stat` (proc_pid_stat(5)) that plugins use.
struct ProcessStat: Hashable, Sendable {
  var name: ProcessName
  /// The letter of the state, `S` for sleeping.
  var state: UInt8
  var parent: UInt32
  /// The process group; its leader has the same number.
  var group: UInt32
  /// Ticks of the processor, of all its threads.
  var user: UInt64
  var system: UInt64
  /// The same of children that ended and were waited for.
  var childrenUser: UInt64
  var childrenSystem: UInt64
  /// The nice value: below 0 for a higher priority than usual, above 0 for a lower one.
  var nice: Int
  var threads: UInt64
  /// When it started, in ticks since the machine did. Together with the number it tells a process from a later one.
  var start: UInt64
  /// Whether it has memory of its own; kernel threads and zombies have none.
  var hasMemory: Bool
  /// Pages in memory, shared ones too. Up to 64 per thread may be missing.
  var residentPages: UInt64

  init?(_ text: Span<UInt8>) {
    // The name in parentheses may hold anything, also blanks, line ends and parentheses: what counts is
    // behind the last one.
    var end = text.count
    while end > 0, text[end - 1] != 0x29 { end -= 1 }
    guard end > 0 else { return nil }
    var words = WordReader(from: end)
    guard let state = words.next(in: text), state.count == 1, text[state.lowerBound].isLetter,
      let parent = words.whole(in: text), let group = words.whole(in: text),
      words.skip(8, in: text),
      let user = words.whole(in: text), let system = words.whole(in: text),
      let childrenUser = words.whole(in: text), let childrenSystem = words.whole(in: text),
      words.skip(1, in: text),
      let nice = words.next(in: text).flatMap({ range in
        ProcessStat.integer(text.extracting(range))
      }),
      let threads = words.unsigned(in: text), words.skip(1, in: text),
      let start = words.whole(in: text), let size = words.unsigned(in: text),
      let resident = words.whole(in: text)
    else { return nil }
    let open = text.firstIndex(of: 0x28) ?? end - 1
    name = ProcessName(text.extracting(min(open + 1, end - 1)..<(end - 1)))
    self.state = text[state.lowerBound]
    self.parent = UInt32(exactly: parent) ?? 0
    self.group = UInt32(exactly: group) ?? 0
    self.user = user
    self.system = system
    self.childrenUser = childrenUser
    self.childrenSystem = childrenSystem
    self.nice = nice
    self.threads = threads
    self.start = start
    hasMemory = size > 0
    residentPages = resident
  }

  private static func integer(_ bytes: Span<UInt8>) -> Int? {
    guard bytes.count > 0 else { return nil }
    let isNegative = bytes[0] == 0x2D
    let digits = bytes.extracting((isNegative ? 1 : 0)..<bytes.count)
    guard let magnitude = parseUnsigned(digits), let value = Int(exactly: magnitude) else {
      return nil
    }
    return isNegative ? -value : value
  }
}

extension WordReader {
  /// The next word's number; 0 for anything but digits, since the kernel prints some of these with a sign, and -1 for
  /// "none". `nil` when there is no further word.
  fileprivate mutating func whole(in text: Span<UInt8>) -> UInt64? {
    next(in: text).map { parseUnsigned(text.extracting($0)) ?? 0 }
  }
}

/// A process of the machine: its number, and what it is.
struct ProcessRow: Hashable, Sendable {
  var pid: UInt32
  var stat: ProcessStat

  var identity: ProcessIdentity { ProcessIdentity(pid: pid, start: stat.start) }
  /// Whether it has ended and its parent has not read the exit status.
  var isZombie: Bool { stat.state == 0x5A || stat.state | 0x20 == 0x78 }
}

/// Identifies a process even after its number has been given to another one.
struct ProcessIdentity: Hashable, Sendable {
  var pid: UInt32
  /// Ticks since the machine's start.
  var start: UInt64
}
