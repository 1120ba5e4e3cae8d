internal import EventLoop
internal import Settings

/// Connections and `ssh://` commands that wait for their node's next poll.
@LoopActor
final class DialerKeeper {
  struct Kept {
    let transport: any Transport
    /// What the node called itself in its banner, which it shows once.
    let nodeName: String
    /// Whether it has a spool, which its answer to `cap` says.
    let isSpool: Bool
    /// The node as munin.conf described it when the connection was made.
    let host: HostSettings
    let began: LoopClock.Instant

    /// Whether it leads where a new connection would.
    fileprivate func fits(_ other: HostSettings) -> Bool {
      host.endpoint == other.endpoint && host.localAddress == other.localAddress
        && host.tls == other.tls && host.sshCommand == other.sshCommand
        && host.sshOptions == other.sshOptions
    }
  }

  /// A node that is polled less often does not hold a process on both machines; nor does one that munin.conf has lost.
  private static let lifetime = Duration.seconds(900)
  /// After that a new connection is made: the node's name may have another address.
  private static let longest = Duration.seconds(3600)

  /// Whether anything is kept: in a process that polls again.
  var isOn = false
  /// How many sockets wait at most. Where more would, those that wait stay: nodes are polled in turn, so the one that was used
  /// longest ago is needed next, and to close that one would leave every node without.
  var most = 0
  private let clock: LoopClock
  private var waiting: [String: (kept: Kept, timer: LoopTimer)] = [:]
  /// How many of those that wait are sockets.
  private var sockets = 0

  nonisolated init(clock: LoopClock) { self.clock = clock }

  /// The connection of the node's last poll, if it still can be used; it is the caller's then.
  func remove(of host: HostSettings) -> Kept? {
    guard let kept = forget(host.path) else { return nil }
    // What came in the meantime, the end of the connection too, would be taken for an answer.
    guard kept.fits(host), kept.transport.isIdle,
      kept.began.duration(to: clock.now) < Self.longest
    else {
      Self.close(kept.transport)
      return nil
    }
    return kept
  }

  /// Takes over a connection whose poll is done, or closes it where too many wait.
  func add(_ kept: Kept) {
    let path = kept.host.path
    if let former = forget(path) { Self.close(former.transport) }
    let child = kept.transport as? ChildTransport
    guard child != nil || sockets < most else { return Self.close(kept.transport) }
    kept.transport.setDeadline(nil)
    child?.reapWhenEnded()
    let timer = clock.schedule(at: clock.now.advanced(by: Self.lifetime)) { [weak self] in
      if let former = self?.forget(path) { Self.close(former.transport) }
    }
    waiting[path] = (kept, timer)
    if child == nil { sockets += 1 }
  }

  /// Ends a conversation in order; a command sees the end of its stdin.
  private static func close(_ transport: any Transport) {
    if !(transport is ChildTransport) { transport.sendAtOnce(Array("quit \n".utf8)) }
    transport.close()
  }

  private func forget(_ path: String) -> Kept? {
    guard let (kept, timer) = waiting.removeValue(forKey: path) else { return nil }
    timer.cancel()
    if !(kept.transport is ChildTransport) { sockets -= 1 }
    return kept
  }
}
