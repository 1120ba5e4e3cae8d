internal import MuninWire

/// What `/proc/PID/stat` tells of a process (proc_pid_stat(5)), as far as it is counted here.
struct ProcessStat: Equatable {
  /// The letter of the state, `S` for sleeping.
  var state: UInt8
  /// Below 0 for a process that is preferred, above 0 for a modest one.
  var nice: Int
  var threads: UInt64
  /// Whether it has memory of its own; kernel threads and zombies have none.
  var hasMemory: Bool

  init?(_ text: Span<UInt8>) {
    // The name in parentheses may hold anything, also blanks, line ends and parentheses: what counts is
    // behind the last one.
    var end = text.count
    while end > 0, text[end - 1] != 0x29 { end -= 1 }
    guard end > 0 else { return nil }
    var words = WordReader(from: end)
    guard let state = words.next(in: text), state.count == 1, text[state.lowerBound].isLetter,
      words.skip(15, in: text),
      let nice = words.next(in: text).flatMap({ range in
        ProcessStat.integer(text.extracting(range))
      }),
      let threads = words.unsigned(in: text), words.skip(2, in: text),
      let size = words.unsigned(in: text)
    else { return nil }
    self.state = text[state.lowerBound]
    self.nice = nice
    self.threads = threads
    hasMemory = size > 0
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
