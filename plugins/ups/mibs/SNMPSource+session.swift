#if SNMP
  internal import EventLoop
  internal import SNMP

  extension SNMPSession: UPSAgent {}

  extension SNMPSource {
    /// A source that asks a real device.
    static func session(
      _ wish: UPSWish, at address: SocketAddress, clock: LoopClock
    ) throws(UPSFailure) -> SNMPSource {
      do throws(SNMPError) {
        let target = try SNMPTarget(settings: wish.words, address: address)
        return SNMPSource(
          SNMPSession(target, clock: clock), name: target.agent, clock: clock,
          searchLimit: wish.limit / 3)
      } catch {
        throw UPSFailure("\(error)")
      }
    }
  }
#endif
