internal import CLinux
internal import Glibc

/// Open descriptors of the files of /proc that are read at every fetch. The kernel produces their text anew for each
/// read from offset 0, and opening and closing one costs as much as reading it.
final class KernelFiles {
  private var descriptors: [UnsafePointer<UInt8>: Int32] = [:]
  private var mounts: Int32 = -1
  private var generation: UInt64 = 0

  deinit {
    for descriptor in descriptors.values { close(descriptor) }
    if mounts >= 0 { close(mounts) }
  }

  /// Whether a path names the same file for as long as the machine runs, so that it may be kept open.
  static func holds(_ path: StaticString) -> Bool {
    path.withUTF8Buffer { bytes in
      bytes.starts(with: "/proc/".utf8) || bytes.starts(with: "/sys/kernel/".utf8)
    }
  }

  /// The descriptor of a file; -1 with errno when it cannot be opened.
  func descriptor(of path: StaticString) -> Int32 {
    // The address of a literal does not change while the program runs, so it can be the key.
    if let known = descriptors[path.utf8Start] { return known }
    let descriptor = path.withUTF8Buffer { clinux_open_read($0.baseAddress!) }
    if descriptor >= 0 { descriptors[path.utf8Start] = descriptor }
    return descriptor
  }

  /// Closes a file after an error: in a container it may belong to lxcfs, and a restart of that invalidates the
  /// descriptor.
  func forget(_ path: StaticString) {
    if let known = descriptors.removeValue(forKey: path.utf8Start) { close(known) }
  }

  /// A number that changes with the machine's mounts (proc_pid_mountinfo(5), poll); `nil` when that cannot be told.
  func mountsGeneration() -> UInt64? {
    if mounts < 0 {
      mounts = clinux_open_read("/proc/self/mountinfo")
      generation += 1
    }
    guard mounts >= 0 else { return nil }
    var request = pollfd(fd: mounts, events: Int16(POLLPRI), revents: 0)
    guard poll(&request, 1, 0) >= 0 else { return nil }
    if request.revents != 0 { generation += 1 }
    return generation
  }
}

extension Host {
  /// A number that changes when something is mounted or unmounted on this machine; `nil` when that cannot be told.
  public func mountsGeneration() -> UInt64? {
    root.isEmpty ? buffer.files.mountsGeneration() : nil
  }
}
