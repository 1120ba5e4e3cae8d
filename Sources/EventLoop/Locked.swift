internal import CLinux

/// A value behind a pthread lock, for the few things that several threads change.
///
/// Not `Synchronization.Mutex`: ThreadSanitizer does not understand it and reports false races.
public final class Locked<Value: Sendable>: @unchecked Sendable {
  // Unchecked: `value` is touched only while `lock` is held.
  private let lock = clinux_lock_create()!
  private var value: Value

  public init(_ value: Value) { self.value = value }

  deinit { clinux_lock_destroy(lock) }

  /// Runs `body` with the value, alone. `body` must not suspend, and must not take the same lock.
  public func with<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    clinux_lock_acquire(lock)
    defer { clinux_lock_release(lock) }
    return try body(&value)
  }
}
