public import EventLoop
public import Incidents
public import Notify

/// What messages show of the recorded values, with what a collector knows.
@LoopActor
public final class CollectorPictures: PictureSource, AlertHistory {
  /// Set once the collector is made: what delivers is made before.
  public weak var collector: Collector?

  public nonisolated init() {}

  public func picture(of order: PictureOrder) async -> MailPicture? {
    await collector?.picture(of: order)
  }

  public func picture(
    of part: NotificationPart, in line: NotificationLine, at time: Int
  ) async -> MailPicture? {
    await collector?.picture(of: part, in: line, at: time)
  }

  public func movement(
    of part: NotificationPart, in line: NotificationLine, at time: Int
  ) async -> ValueMovement? {
    await collector?.movement(of: part, in: line, at: time)
  }
}
