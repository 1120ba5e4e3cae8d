/// Divides long work into parts of a few milliseconds, between which the loop looks at its events.
///
/// ```swift
/// var slices = WorkSlices()
/// for node in nodes {
///   write(node)
///   await slices.pause()
/// }
/// ```
@LoopActor
public struct WorkSlices {
  private static let length = Duration.milliseconds(3)
  private var began = LoopClock.real.now

  public init() {}

  /// Lets the others go on, when it is time for that.
  public mutating func pause() async {
    guard began.duration(to: LoopClock.real.now) >= WorkSlices.length else { return }
    await EventLoop.main.turned()
    began = LoopClock.real.now
  }
}
