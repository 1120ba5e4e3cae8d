internal import EventLoop
internal import Glibc

/// Writes lines to a descriptor that may be full, and remembers what was lost.
struct LineWriter: Sendable {
  var descriptor: Int32
  private var lost = 0
  private var reason: Int32 = 0
  /// Only the beginning of the last line was written.
  private var isTorn = false

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Writes the line that `form` makes of the text.
  mutating func write(
    _ text: String, _ severity: Logbook.Severity, as form: (String, Logbook.Severity) -> String
  ) {
    if lost > 0 {
      let lines = lost == 1 ? "1 line was lost" : "\(lost) lines were lost"
      guard write(form("\(lines): \(IOError.words(for: reason))", .warning)) else {
        lost += 1
        return
      }
      lost = 0
    }
    if !write(form(text, severity)) { lost += 1 }
  }

  private mutating func write(_ line: String) -> Bool {
    // A reader that stands still (a pipe, a terminal) must not hold up the program.
    var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&state, 1, 0) > 0 else {
      reason = EAGAIN
      return false
    }
    let bytes = Array((isTorn ? "\n" + line : line).utf8)
    let count = Glibc.write(descriptor, bytes, bytes.count)
    guard count > 0 else {
      reason = errno
      return false
    }
    isTorn = count < bytes.count
    if isTorn { reason = ENOSPC }
    return !isTorn
  }
}
