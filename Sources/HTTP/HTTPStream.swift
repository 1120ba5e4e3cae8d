public import EventLoop

/// A body that is made while it is sent: the next part is asked for when the client has taken the one before, so that a long answer neither
/// fills the memory nor keeps the loop busy.
@LoopActor
public final class HTTPStream: Sendable {
  private let make: @LoopActor () -> [UInt8]?

  /// - Parameter next: makes the next part; an empty one where nothing came of some milliseconds of work, nil at the end. Parts are best
  ///   some tens of kB long.
  public nonisolated init(_ next: @escaping @LoopActor () -> [UInt8]?) { make = next }

  /// The next part; nil at the end. After an empty one it is asked again when others had their turn.
  public func next() -> [UInt8]? { make() }
}

extension HTTPStream: Hashable {
  public nonisolated static func == (left: HTTPStream, right: HTTPStream) -> Bool { left === right }

  public nonisolated func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
