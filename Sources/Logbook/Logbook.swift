internal import CLinux
public import EventLoop
internal import Glibc

/// A program's log: one line per event, in munin's form, to stderr or a file. Quiet when all is well.
public final class Logbook: Sendable {
  private let program: String
  private let path: String?
  private let file: Locked<Int32>
  private let stamps: Bool

  /// - Parameter path: a file to append to; stderr when `nil`, without time stamps under systemd, which has its own.
  /// - Throws: ``IOError`` when the file cannot be opened.
  public init(program: String, path: String? = nil) throws(IOError) {
    self.program = program
    self.path = path
    let descriptor = try path.map(Logbook.open) ?? 2
    file = Locked(descriptor)
    stamps = path != nil || getenv("JOURNAL_STREAM") == nil
  }

  deinit {
    if path != nil { file.with { descriptor in _ = close(descriptor) } }
  }

  private static func open(_ path: String) throws(IOError) -> Int32 {
    let descriptor = clinux_open_append(path)
    guard descriptor >= 0 else { throw .system(call: "open", subject: path, code: errno) }
    return descriptor
  }

  /// Opens the file anew, after it was rotated away.
  public func reopen() throws(IOError) {
    guard let path else { return }
    let descriptor = try Logbook.open(path)
    file.with { old in
      close(old)
      old = descriptor
    }
  }

  /// Writes one line; control characters of outside text become blanks, so that a line stays one.
  public func note(_ text: String) {
    var line = stamps ? "\(Logbook.stamp()) [\(getpid())] " : "\(program): "
    for scalar in text.unicodeScalars.prefix(4096) {
      line.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
    }
    line += "\n"
    let bytes = Array(line.utf8)
    // A log that cannot be written has nowhere to say so.
    file.with { descriptor in _ = write(descriptor, bytes, bytes.count) }
  }

  /// `YYYY/MM/DD-HH:MM:SS`, local time.
  private static func stamp() -> String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(parts.tm_year + 1900)/\(two(parts.tm_mon + 1))/\(two(parts.tm_mday))-"
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
  }
}
