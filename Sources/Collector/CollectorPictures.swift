public import EventLoop
public import Notify

/// Draws the pictures of mails with what a collector knows.
@LoopActor
public final class CollectorPictures: PictureSource {
  /// Set once the collector is made: what delivers is made before.
  public weak var collector: Collector?

  public nonisolated init() {}

  public func picture(of order: PictureOrder) async -> MailPicture? {
    await collector?.picture(of: order)
  }
}
