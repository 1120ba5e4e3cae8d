internal import CLinux
internal import Glibc

/// What the kernel shows of a process to its owner and to root only.
extension Host {
  /// Reads a file that the kernel writes in one piece; `nil` when it is not there, or not for us.
  public func readIfAllowed<Result>(
    _ folder: StaticString, _ name: Span<UInt8>, _ rest: StaticString,
    _ body: (Span<UInt8>) -> Result
  ) -> Result? {
    guard isOneName(name) else { return nil }
    let descriptor = buffer.withPath(root, folder, name, rest, clinux_open_read)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard buffer.fill(from: descriptor, isOneRecord: true) == nil else { return nil }
    return try? buffer.lend { bytes throws(PluginError) in body(bytes) }
  }

  /// Where a symbolic link leads, as it stands there; `nil` when it is not there, or not for us.
  public func linkTarget(
    _ folder: StaticString, _ name: Span<UInt8>, _ rest: StaticString
  ) -> [UInt8]? {
    guard isOneName(name) else { return nil }
    var target = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withPath(root, folder, name, rest) { path in
      target.withUnsafeMutableBytes {
        readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
      }
    }
    return count >= 0 ? Array(target[..<count]) : nil
  }

  /// How many files a process has open: the entries of `/proc/PID/fd`; `nil` when that may not be read.
  ///
  /// Since Linux 6.2 that folder's size is the answer, which saves reading it. It counts numbers in use, which is what
  /// the limit is about: one more than there are entries for a process that waits in accept(2), whose new number is
  /// put aside.
  public func openFiles(ofProcess pid: Span<UInt8>) -> UInt64? {
    guard isOneName(pid) else { return nil }
    return buffer.withPath(root, "/proc/", pid, "/fd") { path -> UInt64? in
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      if root.isEmpty, status.st_size > 0 { return UInt64(status.st_size) }
      guard let directory = opendir(path) else { return nil }
      defer { closedir(directory) }
      var count: UInt64 = 0
      errno = 0
      while let entry = readdir(directory) {
        // All others are numbers.
        if entry.pointee.d_name.0 != 0x2E { count += 1 }
      }
      return errno == 0 ? count : nil
    }
  }
}
