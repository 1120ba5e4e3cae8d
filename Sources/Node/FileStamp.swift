internal import Glibc

/// What tells one state of some files from another: who they are and when they changed last.
struct FileStamp: Hashable, Sendable {
  private var parts: [Int] = []

  /// - Parameter paths: links are followed. A file that is not there is a state too.
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
