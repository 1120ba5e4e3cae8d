internal import CNetSNMP
internal import EventLoop

/// A v3 agent's engine and the user there, with the keys localized to it.
///
/// net-snmp keeps users and the clocks of engines in lists of the whole process, by name and engine ID. Devices made from
/// one image have the same engine ID, each with a clock and passphrases of its own. So the lists are empty between calls:
/// each session adds its own user and clock before a call and removes them after it.
@LoopActor
final class Engine {
  /// Its ID: at most 32 bytes (RFC 3411); the library accepts up to 64.
  let identifier: [UInt8]
  private let user: UnsafeMutablePointer<usmUser>
  /// How often it has started, and for how many seconds it has been running, at ``readAt``.
  private var boots: UInt32
  private var time: UInt32
  /// Seconds by the library's own clock.
  private var readAt: Int
  /// Whether boots and time came in a message that was authenticated with the user's key.
  private var isProved = false

  /// - Parameter user: owned by this object from now on, and in no list of the library.
  init(_ identifier: [UInt8], boots: UInt32, time: UInt32, user: UnsafeMutablePointer<usmUser>) {
    self.identifier = identifier
    self.boots = boots
    self.time = time
    self.user = user
    readAt = Int(snmpv3_local_snmpEngineTime())
  }

  isolated deinit { usm_free_user(user) }

  /// Adds user and clock to the library's lists, before a call that builds or reads messages.
  func lend() {
    usm_add_user(user)
    let passed = UInt32(truncatingIfNeeded: Int(snmpv3_local_snmpEngineTime()) - readAt)
    set_enginetime(
      identifier, UInt32(identifier.count), boots, time &+ passed, isProved ? 1 : 0)
  }

  /// Removes them after the call, and keeps the clock that the call may have changed.
  func takeBack() {
    let length = UInt32(identifier.count)
    var newBoots: UInt32 = 0
    var newTime: UInt32 = 0
    // A clock that was not authenticated reads as zeros where an authenticated one is asked for.
    get_enginetime(identifier, length, &newBoots, &newTime, 1)
    if newBoots != 0 || newTime != 0 {
      isProved = true
    } else {
      get_enginetime(identifier, length, &newBoots, &newTime, 0)
    }
    boots = newBoots
    time = newTime
    readAt = Int(snmpv3_local_snmpEngineTime())
    Engine.unlink(user)
  }

  /// Removes a user from the library's list.
  static func unlink(_ user: UnsafeMutablePointer<usmUser>) {
    usm_remove_user(user)
    user.pointee.next = nil
    user.pointee.prev = nil
  }
}
