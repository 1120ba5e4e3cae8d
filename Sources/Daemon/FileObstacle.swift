internal import EventLoop
internal import Glibc
internal import Terminal

/// Why a file that a daemon needs at its start cannot be had, found without touching it: for commands that only check.
public enum FileObstacle {
  /// Why ``PIDFile`` would refuse a path; `nil` when it would not. A running daemon's own file is no obstacle.
  public static func toPIDFile(_ path: String) -> String? {
    do throws(IOError) {
      if try PIDFile.isThere(path) { return nil }
      return toMaking(path).map { "pid_file: \($0)" }
    } catch {
      return "\(error)"
    }
  }

  /// Why no log can be appended to a file, or to what else is there; `nil` when one can.
  public static func toLogging(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return errno == ENOENT
        ? toMaking(path) : "cannot write \(path): \(IOError.words(for: errno))"
    }
    // A device is fine, and so is a FIFO with a reader: /dev/stdout may be one.
    let kind = status.st_mode & S_IFMT
    if kind == S_IFDIR || kind == S_IFSOCK || (kind == S_IFIFO && !hasReader(path)) {
      return "\(path): expected a regular file or none, "
        + "found \(Terminal.kind(ofMode: status.st_mode))"
    }
    return access(path, W_OK) == 0
      ? nil : "cannot write \(path): \(IOError.words(for: errno))"
  }

  private static func hasReader(_ fifo: String) -> Bool {
    let descriptor = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
  }

  /// Why a file cannot be made; `nil` when it can.
  public static func toMaking(_ path: String) -> String? {
    let folder = parent(of: path)
    var status = stat()
    if stat(folder, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
      return "cannot make \(path): \(folder): \(IOError.words(for: ENOTDIR))"
    }
    if access(folder, W_OK | X_OK) == 0 { return nil }
    return "cannot make \(path): \(folder): \(IOError.words(for: errno))"
  }

  /// Why a folder cannot be had, with those above it as far as they are missing; `nil` when it can.
  public static func toFolder(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let reason = errno
      guard reason == ENOENT else {
        return "cannot make \(path): \(IOError.words(for: reason))"
      }
      let folder = parent(of: path)
      guard folder != path, access(folder, F_OK) != 0 else { return toMaking(path) }
      return toFolder(folder)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      return "\(path): expected a folder, found \(Terminal.kind(ofMode: status.st_mode))"
    }
    return access(path, W_OK | X_OK) == 0
      ? nil : "cannot write in \(path): \(IOError.words(for: errno))"
  }

  private static func parent(of path: String) -> String {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false)
    while parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
    guard parts.count > 1 else { return "." }
    let parent = parts.dropLast().joined(separator: "/")
    return parent.isEmpty ? "/" : parent
  }
}
