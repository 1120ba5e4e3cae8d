internal import EventLoop
internal import Settings

/// Commands of `ssh://` nodes that wait for their node's next poll, since a login costs both machines more than a poll does.
@LoopActor
final class DialerKeeper {
  struct Kept {
    let transport: ChildTransport
    /// What the node called itself in its banner, which it shows once.
    let nodeName: String
    let command: String
  }

  /// A node that is polled less often does not hold a process on both machines; nor does one that munin.conf has lost.
  private static let lifetime = Duration.seconds(900)

  /// Whether commands are kept: in a process that polls again.
  var isOn = false
  private let clock: LoopClock
  private var waiting: [String: (kept: Kept, timer: LoopTimer)] = [:]

  nonisolated init(clock: LoopClock) { self.clock = clock }

  /// The command of the node's last poll, if it still can be used; it is the caller's then.
  func take(of host: HostSettings, command: String) -> Kept? {
    guard let (kept, timer) = waiting.removeValue(forKey: host.path) else { return nil }
    timer.cancel()
    // What it wrote in the meantime would be taken for an answer.
    guard kept.command == command, kept.transport.isIdle else {
      kept.transport.close()
      return nil
    }
    return kept
  }

  /// Takes over a command whose poll is done.
  func keep(_ kept: Kept, of host: HostSettings) {
    let path = host.path
    kept.transport.setDeadline(nil)
    let timer = clock.schedule(at: clock.now.advanced(by: Self.lifetime)) { [weak self] in
      self?.waiting.removeValue(forKey: path)?.kept.transport.close()
    }
    if let former = waiting.updateValue((kept, timer), forKey: path) {
      former.timer.cancel()
      former.kept.transport.close()
    }
  }
}
