internal import CEvent

/// Tells a library's owner when the library's own descriptor can be read. The descriptor stays the library's: it is
/// neither read nor closed here, and must stay open as long as it is watched.
@LoopActor
public final class DescriptorWatch {
  private let action: @LoopActor () -> Void
  private var event: OpaquePointer?

  /// - Parameter action: called on the loop's thread as long as there is something to read.
  public init(_ descriptor: Int32, _ action: @escaping @LoopActor () -> Void) {
    self.action = action
    event = event_new(
      EventLoop.main.base, descriptor, Int16(EV_PERSIST | EV_READ),
      { _, _, context in
        let watch = Unmanaged<DescriptorWatch>.fromOpaque(context!).takeUnretainedValue()
        onLoop { watch.action() }
      }, Unmanaged.passUnretained(self).toOpaque())
    event_add(event, nil)
  }

  isolated deinit { stop() }

  /// Stops watching, to be called before the descriptor is closed.
  public func stop() {
    if let event { event_free(event) }
    event = nil
  }
}
