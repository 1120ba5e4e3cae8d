internal import Glibc

/// What tells one state of some files from another: device, inode, and the times of their last changes.
struct FileStamp: Hashable, Sendable {
  private var parts: [Int] = []

  /// - Parameter paths: links are followed. That a file does not exist is a state too.
  init(ofFiles paths: [String]) {
    for path in paths {
      var status = stat()
      guard stat(path, &status) == 0 else {
        parts.append(-Int(errno))
        continue
      }
      parts += [
        Int(bitPattern: UInt(status.st_dev)), Int(bitPattern: UInt(status.st_ino)),
        status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
        status.st_ctim.tv_nsec,
      ]
    }
  }
}
