internal import CLinux

/// Gives the memory of a crowd back to the kernel once it has left. By itself the allocator keeps it all: a few
/// blocks still in use lie between the free ones, and after 1,000 connections a node would stay twice as large.
@LoopActor
enum FreeMemory {
  /// Fewer are no crowd.
  private static let crowd = 64
  private static var watched = 0
  private static var most = 0
  private static var isPlanned = false

  /// A descriptor is watched from now on.
  static func began() {
    watched += 1
    most = max(most, watched)
  }

  /// A descriptor is watched no longer.
  static func ended() {
    watched -= 1
    guard most >= crowd, watched <= most / 2, !isPlanned else { return }
    isPlanned = true
    // A little later, when the others have left too and their tasks have let go of what they held.
    _ = LoopClock.real.schedule(at: LoopClock.real.now.advanced(by: .milliseconds(100))) {
      isPlanned = false
      most = watched
      LoopClock.real.forgetCancelled()
      clinux_trim_memory()
    }
  }
}
