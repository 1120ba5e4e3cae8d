public import EventLoop
internal import Glibc

/// A folder that a daemon needs and makes where it is missing.
public enum OwnedFolder {
  /// Makes a folder and its parents, as far as they are missing.
  ///
  /// Only the last one is given to the owner; its parents belong to whoever runs this. A folder that is there already stays
  /// as it is.
  /// - Parameters:
  ///   - mode: less the process's umask.
  ///   - owner: a user's number; this process's user when `nil`.
  ///   - group: a group's number, used with an owner.
  /// - Returns: whether it was made.
  /// - Throws: ``IOError`` with the folder that could not be made.
  @discardableResult
  public static func make(
    _ path: String, mode: UInt32 = 0o755, owner: UInt32? = nil, group: UInt32 = 0
  ) throws(IOError) -> Bool {
    if mkdir(path, mode) != 0 {
      if errno == EEXIST { return false }
      guard errno == ENOENT, let parent = parent(of: path) else {
        throw .system(call: "mkdir", subject: path, code: errno)
      }
      try make(parent, mode: mode)
      if mkdir(path, mode) != 0 {
        if errno == EEXIST { return false }
        throw .system(call: "mkdir", subject: path, code: errno)
      }
    }
    // lchown: a link that somebody put there in between is not followed.
    if let owner, lchown(path, owner, group) != 0 {
      throw .system(call: "chown", subject: path, code: errno)
    }
    return true
  }

  private static func parent(of path: String) -> String? {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false)
    while parts.last?.isEmpty == true { parts.removeLast() }
    guard parts.count > 1 else { return nil }
    let parent = parts.dropLast().joined(separator: "/")
    return parent.isEmpty ? nil : parent
  }
}
