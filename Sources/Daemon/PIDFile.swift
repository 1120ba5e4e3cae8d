internal import CLinux
public import EventLoop
internal import Glibc
internal import Terminal

/// The file that holds the daemon's process number (`pid_file`).
///
/// It is locked for as long as the daemon lives, so that a second one is refused whatever the number says. Programs that do not lock
/// their file, as munin-node, are known by the number: the process lives and is older than the file. A younger one was given the
/// number of a daemon that ended, and the file is replaced.
///
/// Its folder may belong to somebody else than root, so no link is followed, and nothing but an old number is replaced.
public struct PIDFile: Sendable {
  private let path: String?
  /// Holds the lock.
  private let descriptor: Int32

  /// Writes it; `nil` for none.
  /// - Throws: ``IOError`` when it cannot be made, when the process in it is running, or when there is something else of that name.
  public init(_ path: String?) throws(IOError) {
    self.path = path
    guard let path else {
      descriptor = -1
      return
    }
    // Another daemon may start at the same moment: then all is looked at again.
    for _ in 0..<10 {
      if let made = try PIDFile.replace(path) {
        descriptor = made
        return
      }
    }
    throw .system(call: "write pid_file", subject: path, code: EAGAIN)
  }

  /// Removes it, if it is still ours. Where the daemon has become somebody who may not, it stays.
  public func remove() {
    guard let path else { return }
    if PIDFile.isFile(path, behind: descriptor),
      PIDFile.number(in: PIDFile.written(path)) == getpid()
    {
      unlink(path)
    }
    close(descriptor)
  }

  // MARK: - Taking it

  /// - Returns: the descriptor of the new file, which is locked; `nil` when somebody else was faster.
  private static func replace(_ path: String) throws(IOError) -> Int32? {
    let old = try lockOld(path)
    defer { if let old { close(old) } }
    if let old {
      guard isFile(path, behind: old) else { return nil }
      try refuseRunning(content(of: old), path)
      unlink(path)
    }
    let new = clinux_create(path, 0o644)
    guard new >= 0 else {
      if errno == EEXIST { return nil }
      throw .system(call: "open pid_file", subject: path, code: errno)
    }
    guard flock(new, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK, isFile(path, behind: new)
    else {
      close(new)
      return nil
    }
    let text = Array("\(getpid())\n".utf8)
    guard write(new, text, text.count) == text.count else {
      let code = errno
      unlink(path)
      close(new)
      throw .system(call: "write pid_file", subject: path, code: code)
    }
    return new
  }

  /// Opens and locks the file that is there; `nil` where there is none.
  private static func lockOld(_ path: String) throws(IOError) -> Int32? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw PIDFile.wrongKind(path, status)
    }
    let old = clinux_open_read(path)
    guard old >= 0 else {
      if errno == ENOENT { return nil }
      throw .system(call: "open pid_file", subject: path, code: errno)
    }
    // A file system without locks leaves the number.
    guard flock(old, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      let pid = number(in: content(of: old))
      close(old)
      throw .failed(
        "pid_file \(path): in use by \(pid.map { RunningProcess.text($0) } ?? "another process"): end it, or set another pid_file"
      )
    }
    return old
  }

  /// Throws when the content is no number, or that of a process which has written the file.
  private static func refuseRunning(_ content: [UInt8], _ path: String) throws(IOError) {
    try refuseText(content, path)
    var status = stat()
    guard let pid = number(in: content), pid != getpid(), stat(path, &status) == 0,
      let start = RunningProcess.start(of: pid), start <= status.st_mtim.tv_sec + 2
    else { return }
    throw .failed(
      "pid_file \(path): in use by \(RunningProcess.text(pid)): end it, or set another pid_file")
  }

  // MARK: - Looking at it

  /// Whether there is an old one, whoever's it is: a running daemon keeps no check from being made.
  /// - Throws: ``IOError`` when something else has the name.
  public static func isThere(_ path: String) throws(IOError) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return false }
    guard status.st_mode & S_IFMT == S_IFREG else { throw wrongKind(path, status) }
    try refuseText(written(path), path)
    return true
  }

  private static func wrongKind(_ path: String, _ status: stat) -> IOError {
    .failed(
      "pid_file \(path): expected a regular file or none, "
        + "found \(Terminal.kind(ofMode: status.st_mode))")
  }

  private static func refuseText(_ content: [UInt8], _ path: String) throws(IOError) {
    guard content.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x0A }) else {
      throw .failed("pid_file \(path): expected a process number or no file, found other text")
    }
  }

  private static func number(in content: [UInt8]) -> Int32? {
    Int32(String(decoding: content.prefix { $0 != 0x0A }, as: UTF8.self))
  }

  private static func isFile(_ path: String, behind descriptor: Int32) -> Bool {
    var found = stat()
    var mine = stat()
    return lstat(path, &found) == 0 && fstat(descriptor, &mine) == 0
      && found.st_dev == mine.st_dev && found.st_ino == mine.st_ino
  }

  /// What is in the file now: the descriptor that holds the lock cannot read.
  private static func written(_ path: String) -> [UInt8] {
    let reader = clinux_open_read(path)
    guard reader >= 0 else { return [] }
    defer { close(reader) }
    return content(of: reader)
  }

  private static func content(of descriptor: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, count)))
  }
}
