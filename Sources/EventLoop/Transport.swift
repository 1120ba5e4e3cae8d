/// Bytes in both directions: a TCP or unix connection, or a child's two pipes.
@LoopActor
public protocol Transport: AnyObject, Sendable {
  /// The other side's name, for messages.
  var peerName: String { get }

  /// Waits for bytes and lends them to `body`, which must take what it wants before it returns.
  /// - Returns: what `body` returned, or `nil` at the end of the other side's bytes.
  func receive<Result>(_ body: (Span<UInt8>) -> Result) async throws(IOError) -> Result?

  /// Sends all bytes; waits while the other side does not take them.
  func send(_ bytes: [UInt8]) async throws(IOError)

  /// Sends what the other side takes without waiting.
  /// - Returns: how many bytes that were; ``send(_:)`` is for the rest, and tells what is wrong.
  @discardableResult
  func sendAtOnce(_ bytes: [UInt8]) -> Int

  /// Ends the transport at `deadline` with ``IOError/timedOut``, unless another deadline is set before.
  func setDeadline(_ deadline: LoopClock.Instant?)

  /// Closes both directions; a task that waits gets ``IOError/closed``.
  func close()
}

extension Transport {
  public func sendAtOnce(_ bytes: [UInt8]) -> Int { 0 }
}

/// The bytes that all receivers of the loop read into: one buffer, because nobody keeps it over an `await`.
@LoopActor
let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)

/// The first bytes of ``scratch``.
@LoopActor
func scratched(_ count: Int) -> UnsafeBufferPointer<UInt8> {
  UnsafeBufferPointer(
    rebasing: UnsafeRawBufferPointer(scratch).bindMemory(to: UInt8.self)[..<count])
}

/// One deadline that may be moved often and rings rarely.
@LoopActor
final class Deadline {
  private let clock: LoopClock
  private let action: @LoopActor () -> Void
  private var due: LoopClock.Instant?
  private var timer: LoopTimer?

  init(clock: LoopClock, action: @escaping @LoopActor () -> Void) {
    self.clock = clock
    self.action = action
  }

  func set(_ deadline: LoopClock.Instant?) {
    due = deadline
    guard let deadline else {
      timer?.cancel()
      timer = nil
      return
    }
    // A timer that rings too early looks again: moving the deadline back costs nothing.
    if let timer, timer.deadline <= deadline { return }
    timer?.cancel()
    timer = clock.schedule(at: deadline) { [weak self] in self?.rang() }
  }

  private func rang() {
    timer = nil
    guard let due else { return }
    if due <= clock.now { action() } else { set(due) }
  }
}
