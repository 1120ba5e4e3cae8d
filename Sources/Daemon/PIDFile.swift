internal import CLinux
public import EventLoop
internal import Glibc

/// The file that holds the daemon's process number (`pid_file`).
///
/// Its folder may belong to somebody else than root, so no link is followed, and nothing but an old number is replaced.
public struct PIDFile: Sendable {
  private let path: String?

  /// Writes it; `nil` for none.
  /// - Throws: ``IOError`` when it cannot be made, or when there is something else of that name.
  public init(_ path: String?) throws(IOError) {
    self.path = path
    guard let path else { return }
    if let old = try PIDFile.content(of: path) {
      guard old.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x0A }) else {
        throw .system(
          call: "write pid_file (no process number is there)", subject: path, code: EEXIST)
      }
      unlink(path)
    }
    let descriptor = clinux_create(path, 0o644)
    guard descriptor >= 0 else {
      throw .system(call: "open pid_file", subject: path, code: errno)
    }
    defer { close(descriptor) }
    let text = Array("\(getpid())\n".utf8)
    guard write(descriptor, text, text.count) == text.count else {
      throw .system(call: "write pid_file", subject: path, code: errno)
    }
  }

  /// The first bytes of a regular file; `nil` where there is none.
  private static func content(of path: String) throws(IOError) -> [UInt8]? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .system(call: "write pid_file (no regular file is there)", subject: path, code: EEXIST)
    }
    let descriptor = clinux_open_read(path)
    guard descriptor >= 0 else {
      throw .system(call: "open pid_file", subject: path, code: errno)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    return Array(bytes.prefix(max(0, count)))
  }

  /// Removes it, if it still holds our number. Where the daemon has become somebody who may not, it stays.
  public func remove() {
    guard let path, let old = try? PIDFile.content(of: path) else { return }
    if String(decoding: old, as: UTF8.self) == "\(getpid())\n" { unlink(path) }
  }
}
