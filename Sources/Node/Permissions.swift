internal import Glibc

/// munin-node's `paranoia`: what runs as another user must be changed by root alone.
package enum Permissions {
  /// Why a file is not to be trusted: it, or the folder it is in, may be changed by somebody other than root.
  package static func danger(of path: String) -> String? {
    guard let real = realpath(path, nil) else {
      return "\(path): \(String(cString: strerror(errno)))"
    }
    defer { free(real) }
    let file = String(cString: real)
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    return fault(of: file) ?? fault(of: folder.isEmpty ? "/" : folder)
  }

  private static func fault(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return "\(path): \(String(cString: strerror(errno)))" }
    if status.st_uid != 0 { return "\(path) belongs to user \(status.st_uid), expected root" }
    if status.st_gid != 0, status.st_mode & S_IWGRP != 0 {
      return "\(path) may be written by group \(status.st_gid), expected only root"
    }
    if status.st_mode & S_IWOTH != 0 { return "\(path) may be written by everybody" }
    return nil
  }
}
