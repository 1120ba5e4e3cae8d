internal import CNetSNMP
internal import EventLoop

/// A v3 agent's engine and the user there, with the keys bound to it.
///
/// net-snmp keeps users and the clocks of engines in lists of the whole process, by name and engine. Devices made from
/// one image have one engine, each with a clock and passphrases of its own. So the lists are empty between
/// calls: each session lends what is its own for the length of a call and takes it back.
@LoopActor
final class Engine {
  /// Its name; at most 32 bytes (RFC 3411), of which the library bears twice as many.
  let identifier: [UInt8]
  private let user: UnsafeMutablePointer<usmUser>
  /// How often it has started, and for how many seconds it runs, as of ``readAt``.
  private var boots: UInt32
  private var time: UInt32
  /// By the library's own clock of seconds.
  private var readAt: Int
  /// Whether boots and time came in a message that the user's key has proved.
  private var isProved = false

  /// - Parameter user: taken over, and out of the library's list.
  init(_ identifier: [UInt8], boots: UInt32, time: UInt32, user: UnsafeMutablePointer<usmUser>) {
    self.identifier = identifier
    self.boots = boots
    self.time = time
    self.user = user
    readAt = Int(snmpv3_local_snmpEngineTime())
  }

  isolated deinit { usm_free_user(user) }

  /// Before a call that builds or reads messages.
  func lend() {
    usm_add_user(user)
    let passed = UInt32(truncatingIfNeeded: Int(snmpv3_local_snmpEngineTime()) - readAt)
    set_enginetime(
      identifier, UInt32(identifier.count), boots, time &+ passed, isProved ? 1 : 0)
  }

  /// After it.
  func takeBack() {
    let length = UInt32(identifier.count)
    var newBoots: UInt32 = 0
    var newTime: UInt32 = 0
    // The clock that is not proved reads as zeros where a proved one is asked for.
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

  /// Takes a user out of the library's list.
  static func unlink(_ user: UnsafeMutablePointer<usmUser>) {
    usm_remove_user(user)
    user.pointee.next = nil
    user.pointee.prev = nil
  }
}
