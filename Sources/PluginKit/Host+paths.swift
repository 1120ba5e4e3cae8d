internal import CLinux
internal import Glibc
internal import MuninWire

/// Files in folders whose paths come from the kernel, such as that of a control group.
extension Host {
  /// Reads a file that the kernel writes in one piece: `/sys/fs/cgroup/machine.slice`, `/memory.max`.
  ///
  /// - Parameter folder: a path as the kernel prints it, of any number of parts. One with NUL or a part `..` in it, and
  ///   one that does not begin with `/`, counts as a missing file.
  /// - Returns: `nil` when there is no such file, or when the kernel has switched off what it would show.
  /// - Throws: a ``PluginError`` when there is one that cannot be read, and what `body` throws.
  public func readIfPresent<Result>(
    in folder: [UInt8], _ file: StaticString,
    _ body: (Span<UInt8>) throws(PluginError) -> Result
  ) throws(PluginError) -> Result? {
    guard isWholePath(folder) else { return nil }
    let descriptor = buffer.withPath(root, "", folder.span, file, clinux_open_read)
    func failed(_ code: Int32) throws(PluginError) {
      // With psi=0 the files of pressure exist, and reading them gives EOPNOTSUPP.
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
