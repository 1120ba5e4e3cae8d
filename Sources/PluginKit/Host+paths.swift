internal import CLinux
internal import Glibc
internal import MuninWire

/// Files in folders that the machine itself names, such as that of a control group.
extension Host {
  /// Reads a file that the kernel writes in one piece: `/sys/fs/cgroup/machine.slice`, `/memory.max`.
  ///
  /// - Parameter folder: a path as the kernel tells it, of any number of parts. One that holds NUL or a part `..`,
  ///   and one that does not begin with `/`, names no file.
  /// - Returns: `nil` when there is no such file, no longer, or one of what this kernel does not do.
  /// - Throws: a ``PluginError`` when there is one that cannot be read, and what `body` throws.
  public func readIfPresent<Result>(
    in folder: [UInt8], _ file: StaticString,
    _ body: (Span<UInt8>) throws(PluginError) -> Result
  ) throws(PluginError) -> Result? {
    guard isWholePath(folder) else { return nil }
    let descriptor = buffer.withPath(root, "", folder.span, file, clinux_open_read)
    func failed(_ code: Int32) throws(PluginError) {
      // Pressure that is not measured (psi=0) has files that say so.
      if isAbsence(code) || code == EOPNOTSUPP { return }
      throw failure("\(String(copying: folder.span))\(file)", code)
    }
    guard descriptor >= 0 else {
      try failed(errno)
      return nil
    }
    defer { close(descriptor) }
    if let code = buffer.fill(from: descriptor, isOneRecord: true) {
      try failed(code)
      return nil
    }
    return try buffer.lend(body)
  }

  private func isWholePath(_ path: [UInt8]) -> Bool {
    guard path.first == 0x2F, path.count < Int(PATH_MAX), !path.contains(0) else { return false }
    return !path.split(separator: 0x2F).contains([0x2E, 0x2E])
  }
}
