public import EventLoop
internal import Glibc
public import Logbook

/// This process as a daemon: the signals it obeys, what systemd is told of it, and its log file.
///
/// - SIGTERM and SIGINT end it.
/// - SIGHUP reads its settings again; systemd sees it as reloading for as long as that takes.
/// - SIGUSR1 opens its log anew, after the file was rotated away.
@LoopActor
public final class DaemonProcess {
  private let log: Logbook
  private let notice: SystemdNotice
  private let environment: [String]
  private let signals: Signals

  /// From here on the signals no longer have their default effect; those that come before ``run(reload:)`` wait for it.
  public init(log: Logbook, environment: [String] = OwnProcess.environment) {
    self.log = log
    self.environment = environment
    notice = SystemdNotice(environment: environment)
    signals = Signals([SIGTERM, SIGINT, SIGHUP, SIGUSR1])
  }

  /// The sockets that systemd opened for this process; none when it was started otherwise.
  public func inheritedListeners() throws(IOError) -> [Listener] {
    var listeners: [Listener] = []
    for descriptor in try InheritedSockets.take(from: environment) {
      listeners.append(try Listener(adopting: descriptor))
    }
    return listeners
  }

  /// Tells systemd that this process is ready, and returns after SIGTERM or SIGINT.
  /// - Parameter reload: reads the settings again.
  public func run(reload: @LoopActor () async -> Void) async {
    tell { notice throws(IOError) in try notice.ready() }
    loop: while let signal = await signals.next() {
      switch signal {
      case SIGHUP:
        tell { notice throws(IOError) in try notice.reloading() }
        await reload()
        tell { notice throws(IOError) in try notice.ready() }
      case SIGUSR1:
        do throws(IOError) { try log.reopen() } catch {
          log.note("cannot reopen the log, the old file is still in use: \(error)")
        }
      default: break loop
      }
    }
    tell { notice throws(IOError) in try notice.stopping() }
  }

  /// Tells systemd how the work goes, in a line that `systemctl status` shows.
  public func report(_ status: String) {
    tell { notice throws(IOError) in try notice.status(status) }
  }

  /// A message that systemd does not take is worth a line and no reason to stop.
  private func tell(_ words: (SystemdNotice) throws(IOError) -> Void) {
    do throws(IOError) { try words(notice) } catch { log.note("systemd: \(error)", .warning) }
  }
}
