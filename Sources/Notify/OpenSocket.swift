internal import Glibc

// Apart from `Transfer`: libcurl's headers and Glibc's each define `fd_set`, and Swift does not want both
// in one file.

/// A socket that libcurl has opened, and may have closed without a callback. Its number can be that of another file by
/// now; its inode cannot.
struct OpenSocket {
  private let descriptor: Int32
  private let inode: ino_t

  init?(_ descriptor: Int32) {
    guard let inode = Self.inode(of: descriptor) else { return nil }
    self.descriptor = descriptor
    self.inode = inode
  }

  /// Shuts the receiving direction down; sending goes on.
  func stopReading() {
    if Self.inode(of: descriptor) == inode { shutdown(descriptor, Int32(SHUT_RD)) }
  }

  private static func inode(of descriptor: Int32) -> ino_t? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status.st_ino : nil
  }
}
