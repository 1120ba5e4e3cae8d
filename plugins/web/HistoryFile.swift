internal import CLinux
internal import EventLoop
internal import Glibc
internal import PluginKit

/// The file in which a history outlives its process: in the folder where plugins keep state (`MUNIN_PLUGSTATE`).
struct HistoryFile: Sendable {
  /// Where munin's nodes tell plugins of that folder; ours does so to the plugins of the house too.
  private static let variable = "MUNIN_PLUGSTATE"

  let path: String
  private let folder: String

  /// - Returns: `nil` where nobody named a folder.
  init?(_ settings: [String: String]) {
    guard let folder = settings[HistoryFile.variable], folder.hasPrefix("/") else { return nil }
    self.folder = folder
    path = folder + "/web_processes"
  }

  /// What was kept; `nil` where there is nothing, or nothing of ours.
  func read() -> ServerHistory? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while bytes.count <= ServerHistory.longest {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return ServerHistory(bytes.span) }
      bytes += chunk[..<count]
    }
    return nil
  }

  /// Replaces the file in one step, so that nobody ever finds half of it.
  /// - Returns: what went wrong, if anything.
  func write(_ history: ServerHistory) -> String? {
    let temporary = "\(path).\(getpid())"
    var descriptor = create(temporary)
    if descriptor < 0, errno == ENOENT {
      // Where there is no such place, memory has to do.
      guard makeFolder() else { return nil }
      descriptor = create(temporary)
    }
    guard descriptor >= 0 else { return failure(temporary) }
    let bytes = history.text
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

  private func makeFolder() -> Bool {
    var path = ""
    for part in folder.split(separator: "/") {
      path += "/\(part)"
      if mkdir(path, 0o755) != 0, errno != EEXIST { return false }
    }
    return true
  }

  private func failure(_ path: String) -> String {
    "cannot keep state in \(path): \(String(cString: strerror(errno)))"
  }
}
