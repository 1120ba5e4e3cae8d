internal import CLinux
internal import Glibc
internal import MuninWire

/// Files whose names are known only when the machine is looked at.
extension Host {
  /// Reads a file of a process, a device or the like, which the kernel writes in one piece:
  /// `/proc/`, `1234`, `/stat`.
  ///
  /// - Parameter name: one part of the path. An empty name, `.`, `..`, and a name with `/` or NUL in it count as a
  ///   missing file, so that no name leads out of the folder.
  /// - Returns: `nil` when there is no such file, or no longer.
  /// - Throws: a ``PluginError`` when there is one that cannot be read, and what `body` throws.
  public func readIfPresent<Result>(
    _ folder: StaticString, _ name: Span<UInt8>, _ rest: StaticString,
    _ body: (Span<UInt8>) throws(PluginError) -> Result
  ) throws(PluginError) -> Result? {
    guard isOneName(name) else { return nil }
    let descriptor = buffer.withPath(root, folder, name, rest, clinux_open_read)
    guard descriptor >= 0 else {
      if isAbsence(errno) { return nil }
      throw failure("\(folder)\(String(copying: name))\(rest)", errno)
    }
    defer { close(descriptor) }
    if let code = buffer.fill(from: descriptor, isOneRecord: true) {
      if isAbsence(code) { return nil }
      throw failure("\(folder)\(String(copying: name))\(rest)", code)
    }
    return try buffer.lend(body)
  }

  /// Lends the names in a folder to `body`, one after the other, `.` and `..` left out.
  public func forEachName(
    in folder: StaticString, _ body: (Span<UInt8>) throws(PluginError) -> Void
  ) throws(PluginError) {
    let path = "\(folder)"
    guard let directory = opendir(root + path) else { throw failure(path, errno) }
    defer { closedir(directory) }
    let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
    while true {
      errno = 0
      guard let entry = readdir(directory) else {
        if errno != 0 { throw failure(path, errno) }
        return
      }
      let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: UInt8.self)
      let bytes = UnsafeBufferPointer(
        start: name, count: strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self)))
      if isOneName(bytes.span) { try body(bytes.span) }
    }
  }

  /// Whether there is a file, folder or device `name` in a folder.
  public func has(_ folder: StaticString, _ name: Span<UInt8>) -> Bool {
    isOneName(name) && buffer.withPath(root, folder, name, "") { access($0, F_OK) } == 0
  }

  /// The path with all symbolic links followed; `nil` when no file is there.
  public func destination(of path: String) -> String? {
    guard let found = realpath(root + path, nil) else { return nil }
    defer { free(found) }
    let text = String(cString: found)
    guard let real = realpath(root.isEmpty ? "/" : root, nil) else { return nil }
    defer { free(real) }
    let start = root.isEmpty ? "" : String(cString: real)
    return text.hasPrefix(start) ? String(text.dropFirst(start.count)) : text
  }

  func isOneName(_ name: Span<UInt8>) -> Bool {
    guard name.count > 0, name.count <= 255, !name.isEqual(to: "."), !name.isEqual(to: "..") else {
      return false
    }
    for index in 0..<name.count where name[index] == 0 || name[index] == 0x2F { return false }
    return true
  }

  /// Whether an error means that the file does not exist. A process that ends between open and read gives ESRCH, a
  /// device ENODEV.
  func isAbsence(_ code: Int32) -> Bool {
    [ENOENT, ESRCH, ENODEV, ENOTDIR, ENXIO].contains(code)
  }
}
