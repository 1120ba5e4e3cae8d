#if SNMP
  internal import EventLoop
  internal import SNMP

  extension SNMPSource {
    static func session(
      _ wish: UPSWish, at address: SocketAddress, clock: LoopClock
    ) throws(UPSFailure) -> SNMPSource {
      throw UPSFailure("not yet")
    }
  }
#endif
