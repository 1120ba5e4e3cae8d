internal import Glibc

/// The user whose files are in a data folder.
public enum FolderOwner {
  /// Makes root work as the owner of a folder from now on, so that no file is left behind that the collector cannot write.
  /// Another user stays what he is. Call it before any thread is started.
  public static func become(of folder: String) throws(DataFolderError) {
    var status = stat()
    guard stat(folder, &status) == 0 else {
      throw DataFolderError("dbdir \(folder): \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw DataFolderError("dbdir \(folder): expected a folder")
    }
    guard geteuid() == 0, status.st_uid != 0 else { return }
    let name = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) }
    let groups = name.map { initgroups($0, status.st_gid) } ?? setgroups(0, nil)
    guard groups == 0, setgid(status.st_gid) == 0, setuid(status.st_uid) == 0 else {
      throw DataFolderError(
        "cannot become \(name ?? "user \(status.st_uid)"), the owner of \(folder): "
          + String(cString: strerror(errno)))
    }
  }
}
