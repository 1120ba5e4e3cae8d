public import EventLoop
internal import Glibc

/// A program's log: one line per event, in munin's form, to stderr, a file or syslog. Quiet when all is well.
///
/// Writing never waits and never fails. Lines that could not be written are counted, and the count is the next line
/// that can be.
public final class Logbook: Sendable {
  private struct State: Sendable {
    var severity: Severity
    var destination: Destination
    var sink: any LogSink
  }

  private let state: Locked<State>
  private let now: @Sendable () -> Int

  /// - Parameters:
  ///   - severity: less important lines are not written.
  ///   - now: seconds of a clock that does not jump; tests bring their own.
  /// - Throws: ``IOError`` when the file cannot be opened.
  public init(
    to destination: Destination, severity: Severity = .notice,
    now: @escaping @Sendable () -> Int = Logbook.monotonicSeconds
  ) throws(IOError) {
    self.now = now
    let sink = try Logbook.sink(for: destination, now)
    state = Locked(State(severity: severity, destination: destination, sink: sink))
  }

  deinit { state.with { $0.sink.close() } }

  private static func sink(
    for destination: Destination, _ now: @escaping @Sendable () -> Int
  ) throws(IOError) -> any LogSink {
    switch destination {
    case .standardError: StandardError()
    case .file(let path): try LogFile(path, now: now)
    case .syslog(let identity, let facility, let socket):
      Syslog(identity: identity, facility: facility, socket: socket)
    }
  }

  /// Less important lines are not written.
  public var severity: Severity { state.with { $0.severity } }

  /// Writes one line, unless its severity is below the log's.
  ///
  /// Control characters of outside text become blanks, so that a line stays one and steers no terminal.
  public func note(_ text: @autoclosure () -> String, _ severity: Severity = .notice) {
    guard severity <= self.severity else { return }
    let line = Logbook.clean(text())
    state.with { $0.sink.write(line, severity) }
  }

  /// Opens the file again after it was rotated away. (``note(_:_:)`` finds that out by itself, within a second.)
  public func reopen() throws(IOError) {
    try state.with { state throws(IOError) in try state.sink.reopen() }
  }

  /// Changes to another destination and threshold, after a reload.
  /// - Throws: ``IOError`` when the file cannot be opened; then all stays as it was.
  public func adopt(_ destination: Destination, severity: Severity) throws(IOError) {
    try state.with { state throws(IOError) in
      if destination != state.destination {
        let sink = try Logbook.sink(for: destination, now)
        state.sink.close()
        state.sink = sink
        state.destination = destination
      }
      state.severity = severity
    }
  }

  /// At most as many bytes of a line as a pipe takes at once.
  private static let mostBytes = 3900

  private static func clean(_ text: String) -> String {
    var line = ""
    var count = 0
    for scalar in text.unicodeScalars {
      count += UTF8.width(scalar)
      if count > mostBytes { break }
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      line.unicodeScalars.append(isControl ? " " : scalar)
    }
    return line
  }

  /// Seconds since the machine started.
  public static let monotonicSeconds: @Sendable () -> Int = {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec
  }
}
