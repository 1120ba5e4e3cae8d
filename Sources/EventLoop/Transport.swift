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
