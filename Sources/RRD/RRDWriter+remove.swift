internal import Glibc

extension RRDWriter {
  /// Removes a file for good. One that is not there was removed before.
  public func remove(_ path: String) throws(RRDError) {
    forgetAll()
    guard unlink(path) == 0 || errno == ENOENT else {
      throw RRDError(.other, "cannot remove \(path): \(String(cString: strerror(errno)))")
    }
  }
}
