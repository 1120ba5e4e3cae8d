internal import EventLoop
internal import Glibc
internal import Terminal

/// A folder for the state of plugins that are only tried out.
struct TrialFolder: Sendable {
  let path: String

  init() throws(IOError) {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/apus-node-check-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .system(call: "mkdtemp", subject: "\(base)/apus-node-check-XXXXXX", code: errno)
    }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    // Plugins that run as other users have folders of their own in it.
    chmod(path, 0o755)
  }

  /// Removes the folder and what plugins left there; no link is followed.
  func remove() { TrialFolder.remove(path, depth: 0) }

  private static func remove(_ path: String, depth: Int) {
    for name in depth < 16 ? Terminal.names(in: path) ?? [] : [] {
      let entry = "\(path)/\(name)"
      var status = stat()
      if lstat(entry, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        remove(entry, depth: depth + 1)
      } else {
        unlink(entry)
      }
    }
    rmdir(path)
  }
}
