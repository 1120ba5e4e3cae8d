internal import Glibc

/// Why no value can be written to a file, as far as that can be seen without writing.
enum WriteObstacle {
  /// - Parameters:
  ///   - path: the file, which may not exist yet.
  ///   - directory: the folder of all files.
  /// - Returns: `nil` where nothing stands in the way.
  static func find(_ path: String, in directory: String) -> String? {
    if access(path, F_OK) == 0 {
      if access(path, W_OK) != 0 { return "\(path): \(words(errno))" }
    } else {
      // The file is made, with the folders that are missing.
      var folder = path[...]
      while let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
        folder = folder[..<slash]
        guard access(String(folder), F_OK) == 0 else { continue }
        if access(String(folder), W_OK | X_OK) != 0 { return "\(folder): \(words(errno))" }
        break
      }
    }
    var space = statvfs()
    guard statvfs(directory, &space) == 0 else { return nil }
    // Some file systems have no fixed number of files.
    let isFull = space.f_bavail == 0 || (space.f_files > 0 && space.f_favail == 0)
    return isFull ? "\(directory): \(words(ENOSPC))" : nil
  }

  private static func words(_ code: Int32) -> String { String(cString: strerror(code)) }
}
