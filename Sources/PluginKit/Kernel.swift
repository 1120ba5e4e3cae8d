internal import Glibc

/// The system calls that plugins make beside reading files. A test replaces them.
public struct Kernel: Sendable {
  /// The seconds since the machine started, sleep included; no change of the wall clock moves it.
  public var secondsSinceBoot: @Sendable () -> Double
  /// The room on the file system mounted at a path, `nil` when it cannot be told.
  ///
  /// It is asked on the loop's thread only for file systems that cannot keep it waiting; for others by a
  /// ``SlowRead``.
  public var fileSystem: @Sendable (UnsafePointer<CChar>) -> FileSystemUse?
  /// Whether there is a process with this number, whoever owns it.
  public var hasProcess: @Sendable (Int32) -> Bool
  /// The state of the kernel's clock (adjtimex(2), which changes nothing here); `nil` when the call fails.
  public var time: @Sendable () -> KernelTime?

  public init(
    secondsSinceBoot: @escaping @Sendable () -> Double,
    fileSystem: @escaping @Sendable (UnsafePointer<CChar>) -> FileSystemUse?,
    hasProcess: @escaping @Sendable (Int32) -> Bool,
    time: @escaping @Sendable () -> KernelTime? = { nil }
  ) {
    self.secondsSinceBoot = secondsSinceBoot
    self.fileSystem = fileSystem
    self.hasProcess = hasProcess
    self.time = time
  }

  /// The machine itself.
  public static let real = Kernel(
    secondsSinceBoot: {
      var time = timespec()
      clock_gettime(CLOCK_BOOTTIME, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    },
    fileSystem: { path in
      var use = statvfs()
      guard statvfs(path, &use) == 0 else { return nil }
      return FileSystemUse(
        blocks: UInt64(use.f_blocks), free: UInt64(use.f_bfree), available: UInt64(use.f_bavail),
        inodes: UInt64(use.f_files), freeInodes: UInt64(use.f_ffree),
        blockSize: UInt64(use.f_frsize))
    },
    hasProcess: { kill($0, 0) == 0 || errno != ESRCH },
    time: { KernelTime.now() })
}

/// The space on a file system, from statvfs(3).
public struct FileSystemUse: Sendable, Hashable {
  /// All blocks, the free ones, and those that unprivileged users may still use.
  public var blocks: UInt64
  public var free: UInt64
  public var available: UInt64
  public var inodes: UInt64
  public var freeInodes: UInt64
  /// The bytes of a block.
  public var blockSize: UInt64

  public init(
    blocks: UInt64, free: UInt64, available: UInt64, inodes: UInt64, freeInodes: UInt64,
    blockSize: UInt64 = 4096
  ) {
    self.blocks = blocks
    self.free = free
    self.available = available
    self.inodes = inodes
    self.freeInodes = freeInodes
    self.blockSize = blockSize
  }
}
