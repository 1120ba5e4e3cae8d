/// A stream of bytes in both directions: a TCP or unix connection, a child's two pipes, or TLS over one of these.
@LoopActor
public protocol Transport: AnyObject, Sendable {
  /// The other side's name, for messages.
  var peerName: String { get }

  /// Whether it is open and nothing waits to be received: bytes that came unasked would be taken for an answer.
  var isIdle: Bool { get }

  /// Waits for bytes and passes them to `body`, which must copy what it keeps.
  /// - Returns: what `body` returned, or `nil` at the end of the other side's bytes.
  func receive<Result>(_ body: (Span<UInt8>) -> Result) async throws(IOError) -> Result?

  /// Sends all bytes; waits while the other side does not take them.
  func send(_ bytes: [UInt8]) async throws(IOError)

  /// Sends as many bytes as possible without waiting.
  /// - Returns: how many were sent. The rest goes through ``send(_:)``, which also reports errors.
  @discardableResult
  func sendAtOnce(_ bytes: [UInt8]) -> Int

  /// At `deadline` all waiting fails with ``IOError/timedOut``. A later call replaces it; `nil` removes it.
  func setDeadline(_ deadline: LoopClock.Instant?)

  /// Closes both directions; a task that waits gets ``IOError/closed``.
  func close()
}

extension Transport {
  public var isIdle: Bool { false }

  public func sendAtOnce(_ bytes: [UInt8]) -> Int { 0 }
}
