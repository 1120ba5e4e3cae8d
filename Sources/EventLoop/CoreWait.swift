internal import CLinux
internal import Glibc

/// For how long of a stretch of work a thread could have gone on and had no core, because others ran on all of them.
///
/// The kernel counts that for each thread. A reading is a system call, so the count at the beginning of a stretch is mostly
/// one of up to a millisecond before; what may have been waited in between is not taken for a part of the stretch.
final class CoreWait {
  /// Nanoseconds between two readings at least; shorter stretches are not looked into.
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

  /// How long the thread has waited in a stretch, rather too little than too much.
  func waited(from began: Int64, to now: Int64) -> Int64 {
    guard now - began >= CoreWait.pause, let last, let waited = read() else { return 0 }
    let before = max(0, began - last.at)
    return min(max(0, waited - last.waited - before), now - began)
  }
}

/// What the kernel's scheduler has counted for the thread that has made this.
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
