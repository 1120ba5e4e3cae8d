internal import EventLoop
internal import PluginKit

/// systemd-timesyncd: what it says on the bus, else what its files and the kernel tell.
@LoopActor
struct Timesyncd {
  /// The path of the bus's socket.
  let bus: String

  /// The folder is the running daemon's; the file in it is written each time the clock was set right.
  private static let folder = "/run/systemd/timesync"
  private static let synchronised = "/run/systemd/timesync/synchronized"

  func snapshot(on host: Host, _ clock: LoopClock) async throws(PluginError) -> NTPSnapshot {
    let since = host.modificationTime(of: Timesyncd.synchronised)
    guard since != nil || host.modificationTime(of: Timesyncd.folder) != nil else {
      throw PluginError(
        source: Timesyncd.folder, expected: "the folder of systemd-timesyncd", found: "none")
    }
    guard let time = host.kernel.time() else {
      throw PluginError(source: "adjtimex", expected: "the kernel's clock", found: "no answer")
    }
    var snapshot = NTPSnapshot(time)
    snapshot.daemon = .timesyncd
    snapshot.version = "systemd-timesyncd"
    snapshot.place = Timesyncd.folder
    if let since {
      let (seconds, nanoseconds) = clock.preciseEpoch
      snapshot.system.sinceSync = max(0, Double(seconds) + Double(nanoseconds) / 1e9 - since)
    }
    return snapshot
  }
}
