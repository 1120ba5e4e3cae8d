internal import Daemon
internal import Glibc
internal import Terminal

/// A file in which a plugin keeps what it needs at its next start: in the folder that munin's nodes name for this
/// (`MUNIN_PLUGSTATE`). Its calls block.
struct StateFile: Sendable {
  /// Where munin's nodes tell plugins of that folder; ours does so to the built-in plugins too.
  private static let variable = "MUNIN_PLUGSTATE"

  let path: String
  private let folder: String

  /// - Parameter name: the file's, without a slash.
  /// - Returns: `nil` where the settings name no folder.
  init?(_ settings: [String: String], name: String) {
    guard let folder = settings[StateFile.variable], folder.hasPrefix("/"), !name.contains("/")
    else { return nil }
    self.folder = folder
    path = folder + "/" + name
  }

  /// Why a file cannot be used: what was expected and found, as it follows the file's name.
  struct Unusable: Error, Equatable {
    let reason: String
  }

  /// The file's bytes; `nil` where there is no file. No link is followed, and nothing waits: only a regular file is
  /// read.
  func read(atMost limit: Int) throws(Unusable) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR: return nil
      case ELOOP:
        throw Unusable(reason: "expected a regular file, found a symbolic link")
      case let code: throw Unusable(reason: "cannot read: \(String(cString: strerror(code)))")
      }
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let kind = Terminal.kind(ofMode: status.st_mode)
      throw Unusable(reason: "expected a regular file, found \(kind)")
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(limit + 1, 65536))
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw Unusable(reason: "cannot read: \(String(cString: strerror(errno)))")
      }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
    throw Unusable(reason: "expected at most \(limit) bytes, found more")
  }

  /// Replaces the file in one step, so that nobody ever finds half of it. Where the folder cannot be made nothing is
  /// written.
  /// - Returns: what went wrong, if anything.
  func write(_ bytes: [UInt8]) -> String? {
    let temporary = "\(path).\(getpid())"
    var descriptor = create(temporary)
    if descriptor < 0, errno == ENOENT {
      guard (try? OwnedFolder.make(folder)) != nil else { return nil }
      descriptor = create(temporary)
    }
    guard descriptor >= 0 else { return failure(temporary) }
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + sent, $0.count - sent)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        defer { unlink(temporary) }
        close(descriptor)
        return failure(temporary)
      }
      sent += count
    }
    guard close(descriptor) == 0, rename(temporary, path) == 0 else {
      defer { unlink(temporary) }
      return failure(path)
    }
    return nil
  }

  private func create(_ path: String) -> Int32 {
    unlink(path)
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
  }

  private func failure(_ path: String) -> String {
    "\(path): cannot write state: \(String(cString: strerror(errno)))"
  }
}
