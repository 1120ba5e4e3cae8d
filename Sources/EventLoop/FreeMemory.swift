internal import CLinux

/// Gives memory back to the kernel after many connections were closed. The allocator alone keeps it: a few blocks in
/// use lie between the free ones, and after 1,000 connections a node would stay twice as large.
@LoopActor
enum FreeMemory {
  /// With fewer watched descriptors there is too little to give back.
  private static let threshold = 64
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
    guard most >= threshold, watched <= most / 2, !isPlanned else { return }
    isPlanned = true
    // After 100 ms most others are closed too, and their tasks have freed their memory.
    _ = LoopClock.real.schedule(at: LoopClock.real.now.advanced(by: .milliseconds(100))) {
      isPlanned = false
      most = watched
      LoopClock.real.forgetCancelled()
      clinux_trim_memory()
    }
  }
}
