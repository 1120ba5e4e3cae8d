internal import CLinux
internal import Glibc

/// The files of /proc that are read again and again, kept open: the kernel makes their text anew for each read from
/// their start, and to open and close one costs as much as to read it.
final class KernelFiles {
  private var descriptors: [UnsafePointer<UInt8>: Int32] = [:]
  private var mounts: Int32 = -1
  private var generation: UInt64 = 0

  deinit {
    for descriptor in descriptors.values { close(descriptor) }
    if mounts >= 0 { close(mounts) }
  }

  /// Whether a path's file stays the same file as long as the machine runs.
  static func holds(_ path: StaticString) -> Bool {
    path.withUTF8Buffer { bytes in
      bytes.starts(with: "/proc/".utf8) || bytes.starts(with: "/sys/kernel/".utf8)
    }
  }

  /// The descriptor of a file; -1 with errno when it cannot be opened.
  func descriptor(of path: StaticString) -> Int32 {
    // A literal has one place for as long as the program runs.
    if let known = descriptors[path.utf8Start] { return known }
    let descriptor = path.withUTF8Buffer { clinux_open_read($0.baseAddress!) }
    if descriptor >= 0 { descriptors[path.utf8Start] = descriptor }
    return descriptor
  }

  /// Lets go of a file that gave an error: where a container's file system stands in for the kernel (lxcfs), it may
  /// have been replaced.
  func forget(_ path: StaticString) {
    if let known = descriptors.removeValue(forKey: path.utf8Start) { close(known) }
  }

  /// A number that changes with the machine's mounts (proc_pid_mountinfo(5), poll); `nil` when nobody can tell.
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
  /// A number that changes when something is mounted or unmounted on this machine; `nil` when nobody can tell.
  public func mountsGeneration() -> UInt64? {
    root.isEmpty ? buffer.files.mountsGeneration() : nil
  }
}
