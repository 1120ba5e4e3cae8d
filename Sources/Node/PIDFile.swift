internal import CLinux
internal import EventLoop
internal import Glibc

/// The file that tells the daemon's process number, `pid_file` of munin-node.conf.
struct PIDFile {
  private let path: String?

  /// Writes it; `nil` for none.
  init(_ path: String?) throws(IOError) {
    self.path = path
    guard let path else { return }
    guard let file = fopen(path, "we") else {
      throw .system(call: "open", subject: path, code: errno)
    }
    let text = "\(getpid())\n"
    let written = fputs(text, file)
    guard fclose(file) == 0, written >= 0 else {
      throw .system(call: "write", subject: path, code: errno)
    }
  }

  /// Removes it. Where the daemon has become somebody who may not, the old number stays, as munin-node's does.
  func remove() {
    if let path { unlink(path) }
  }
}
