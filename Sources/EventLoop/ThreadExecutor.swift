internal import CLinux

/// A thread of its own for calls that block: an actor that wraps a blocking C library names one as its
/// `unownedExecutor`.
///
/// The thread starts with the first job and lives as long as the process: an executor is made once per
/// resource and never torn down.
public final class ThreadExecutor: SerialExecutor, TaskExecutor, @unchecked Sendable {
  // Unchecked: `jobs` and `started` are touched only while `lock` is held.
  private let lock = clinux_lock_create()!
  private var jobs: [UnownedJob] = []
  private var started = false
  private let label: String

  /// - Parameter label: the thread's name, at most 15 bytes, as `ps -L` shows it.
  public init(label: String) {
    self.label = label
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    clinux_lock_acquire(lock)
    jobs.append(job)
    let start = !started
    started = true
    clinux_lock_signal(lock)
    clinux_lock_release(lock)
    if start { startThread() }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  private func startThread() {
    let context = Unmanaged.passRetained(self).toOpaque()
    let problem = clinux_thread_start(
      label, 0, { Unmanaged<ThreadExecutor>.fromOpaque($0!).takeUnretainedValue().work() }, context)
    precondition(problem == 0, "cannot start thread \(label): error \(problem)")
  }

  private func work() {
    var batch: [UnownedJob] = []
    while true {
      clinux_lock_acquire(lock)
      while jobs.isEmpty { clinux_lock_wait(lock) }
      swap(&jobs, &batch)
      clinux_lock_release(lock)
      for job in batch { job.runSynchronously(on: asUnownedSerialExecutor()) }
      batch.removeAll(keepingCapacity: true)
    }
  }
}
