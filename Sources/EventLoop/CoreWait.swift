internal import CLinux
internal import Glibc

/// Measures how long a thread was ready to run in a stretch of work and had no core, because other threads ran on all of
/// them.
///
/// The kernel counts that for each thread. To read the count costs a system call, so the one for the beginning of a stretch
/// may be up to a millisecond old; the time in between is never subtracted from the stretch.
final class CoreWait {
  /// The least number of nanoseconds between two readings. Nothing is read for shorter stretches.
  static let pause: Int64 = 1_000_000

  private let read: () -> Int64?
  private var last: (at: Int64, waited: Int64)?

  /// - Parameter read: how long the thread has waited so far, in nanoseconds.
  init(_ read: @escaping () -> Int64?) { self.read = read }

  /// - Returns: `nil` where the kernel does not count it.
  static func ofThisThread() -> CoreWait? {
    let file = SchedulerFile()
    guard file.waited != nil else { return nil }
    return CoreWait { file.waited }
  }

  /// A stretch begins.
  func begin(at now: Int64) {
    if let last, now - last.at < CoreWait.pause { return }
    last = read().map { (now, $0) }
  }

  /// How long the thread has waited in a stretch for a core, in nanoseconds: at least so long.
  func waited(from began: Int64, to now: Int64) -> Int64 {
    guard now - began >= CoreWait.pause, let last, let waited = read() else { return 0 }
    let before = max(0, began - last.at)
    return min(max(0, waited - last.waited - before), now - began)
  }
}

/// What the kernel's scheduler has counted for the thread that created this value.
private final class SchedulerFile {
  private let descriptor = clinux_open_read("/proc/thread-self/schedstat")

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The second number: nanoseconds for which the thread was ready to run and did not.
  var waited: Int64? {
    guard descriptor >= 0 else { return nil }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { buffer in
      let count = pread(descriptor, buffer.baseAddress, 64, 0)
      guard count > 0, let blank = buffer[..<count].firstIndex(of: 0x20) else { return nil }
      var number: Int64 = 0
      for byte in buffer[(blank + 1)..<count] {
        guard (0x30...0x39).contains(byte) else { break }
        number = number &* 10 &+ Int64(byte - 0x30)
      }
      return number
    }
  }
}
