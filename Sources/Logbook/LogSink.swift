internal import CLinux
internal import EventLoop
internal import Glibc
internal import Text

/// Where lines are written.
protocol LogSink: Sendable {
  /// Writes a line, which has no control characters.
  mutating func write(_ text: String, _ severity: Logbook.Severity)
  mutating func reopen() throws(IOError)
  func close()
}

/// stderr of this process.
struct StandardError: LogSink {
  private var writer: LineWriter
  private let isJournal: Bool

  init(descriptor: Int32 = 2, environment: (String) -> String? = variable) {
    writer = LineWriter(descriptor: descriptor)
    // systemd.exec(5): the variable tells device and inode of the stream that leads to the journal. Elsewhere it
    // may be inherited, and stderr lead to a file.
    var status = stat()
    let stream = environment("JOURNAL_STREAM")
    isJournal =
      fstat(descriptor, &status) == 0 && stream == "\(status.st_dev):\(status.st_ino)"
  }

  mutating func write(_ text: String, _ severity: Logbook.Severity) {
    let isJournal = isJournal
    writer.write(text, severity) { text, severity in
      isJournal ? "<\(severity.priority)>\(text)\n" : stamped(text)
    }
  }

  func reopen() throws(IOError) {}
  func close() {}
}

private func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// A file, opened anew when the one that was opened is no longer what is found at its path.
struct LogFile: LogSink {
  private let path: String
  private let now: @Sendable () -> Int
  private var writer: LineWriter
  /// The second in which the path was checked last: once a second is enough.
  private var looked: Int
  /// Why the file of this path cannot be opened anew.
  private var errors = OnceLog<String>()

  init(_ path: String, now: @escaping @Sendable () -> Int) throws(IOError) {
    self.path = path
    self.now = now
    writer = LineWriter(descriptor: try LogFile.open(path))
    looked = now()
  }

  private static func open(_ path: String) throws(IOError) -> Int32 {
    let descriptor = clinux_open_append(path)
    guard descriptor >= 0 else { throw .system(call: "open", subject: path, code: errno) }
    return descriptor
  }

  mutating func write(_ text: String, _ severity: Logbook.Severity) {
    follow()
    writer.write(text, severity) { text, _ in stamped(text) }
  }

  mutating func reopen() throws(IOError) {
    let descriptor = try LogFile.open(path)
    close()
    writer.descriptor = descriptor
    _ = errors.update(nil, of: path)
  }

  func close() { _ = Glibc.close(writer.descriptor) }

  private mutating func follow() {
    let time = now()
    guard time != looked else { return }
    looked = time
    guard isRotated else { return }
    do throws(IOError) { try reopen() } catch {
      // Writing to the old file goes on: better than losing the lines.
      if errors.update("\(error)", of: path) != nil {
        writer.write("\(error)", .failure) { text, _ in stamped(text) }
      }
    }
  }

  private var isRotated: Bool {
    var mine = stat()
    var found = stat()
    guard fstat(writer.descriptor, &mine) == 0, stat(path, &found) == 0 else { return true }
    return mine.st_dev != found.st_dev || mine.st_ino != found.st_ino
  }
}

/// The system's log, by the protocol that every syslog daemon and the journal understand (RFC 3164).
struct Syslog: LogSink {
  let identity: String
  let facility: Int
  let socket: String
  private var spare = StandardError()

  init(identity: String, facility: Int, socket: String) {
    self.identity = identity
    self.facility = facility
    self.socket = socket
  }

  mutating func write(_ text: String, _ severity: Logbook.Severity) {
    let head = "<\(facility << 3 | severity.priority)>\(CalendarTime.now.syslog)"
    do throws(IOError) {
      try LocalDatagram.send(Array("\(head) \(identity)[\(getpid())]: \(text)".utf8), to: socket)
    } catch {
      spare.write("\(text) (syslog: \(error))", severity)
    }
  }

  func reopen() throws(IOError) {}
  func close() {}
}

private func stamped(_ text: String) -> String {
  "\(CalendarTime.now.muninLog) [\(getpid())] \(text)\n"
}
