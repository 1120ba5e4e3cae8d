internal import CLinux

/// Gives memory back to the kernel after many connections were closed. The allocator alone keeps it: a few blocks in
/// use lie between the free ones, and after 1,000 connections a node would stay twice as large.
@LoopActor
public enum FreeMemory {
  /// With fewer watched descriptors there is too little to give back.
  private static let threshold = 64
  private static var watched = 0
  private static var most = 0
  /// Whether memory will be given back soon.
  private(set) static var isPlanned = false

  /// An output of this many bytes is worth giving back when it has been used.
  private static let largeOutput = 1 << 20

  /// A child's output was collected; its reader will have used a large one within two seconds.
  static func collected(bytes: Int) {
    guard bytes >= largeOutput, !isPlanned else { return }
    plan(in: .seconds(2))
  }

  /// A descriptor is watched from now on.
  static func began() {
    watched += 1
    most = max(most, watched)
  }

  /// A descriptor is watched no longer.
  static func ended() {
    watched -= 1
    guard most >= threshold, watched <= most / 2, !isPlanned else { return }
    // After 100 ms most others are closed too, and their tasks have freed their memory.
    plan(in: .milliseconds(100))
  }

  /// Much memory was used for a moment, and is free again: it is given back soon.
  public static func giveBack() {
    if !isPlanned { plan(in: .seconds(2)) }
  }

  private static func plan(in delay: Duration) {
    isPlanned = true
    _ = LoopClock.real.schedule(at: LoopClock.real.now.advanced(by: delay)) {
      isPlanned = false
      most = watched
      LoopClock.real.forgetCancelled()
      clinux_trim_memory()
    }
  }
}
