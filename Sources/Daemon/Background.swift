internal import CLinux
public import EventLoop
internal import Glibc

/// A daemon that left the terminal: the process that was called stays until the daemon is ready or has failed, and
/// ends with its status.
public struct Background: Sendable {
  private let caller: Int32

  /// Forks. Only the child returns from here, before it has any other thread.
  /// - Parameter newSession: whether the child leaves the caller's session (`setsid` of munin-node.conf).
  public static func enter(newSession: Bool) throws(IOError) -> Background {
    let descriptor = clinux_background(newSession ? 1 : 0)
    guard descriptor >= 0 else {
      throw .system(call: "fork", subject: "into the background", code: errno)
    }
    return Background(caller: descriptor)
  }

  /// Lets the caller end with status 0, and leaves stdin, stdout and stderr. Called once.
  public func ready() { clinux_background_ready(caller) }
}
