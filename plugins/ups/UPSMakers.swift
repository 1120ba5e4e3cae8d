internal import EventLoop

/// Makes the source that a service's settings ask for.
@LoopActor
final class UPSMakers {
  private let clock: LoopClock
  private let addresses: UPSAddresses

  init(clock: LoopClock) {
    self.clock = clock
    addresses = UPSAddresses(clock: clock)
  }

  func source(_ wish: UPSWish) async throws(UPSFailure) -> any UPSSource {
    var made: [any UPSSource] = []
    for source in wish.sources { made.append(try await teller(source, wish)) }
    return made.count == 1 ? made[0] : EitherSource(made)
  }

  private func teller(
    _ source: UPSWish.Source, _ wish: UPSWish
  ) async throws(UPSFailure) -> any UPSSource {
    switch source {
    case .nut:
      return try await daemon(
        .nut(ups: wish.ups, user: wish.user, password: wish.password), 3493, wish)
    case .apcupsd: return try await daemon(.apcupsd, 3551, wish)
    case .snmp:
      #if SNMP
        let address = try await addresses.address(
          of: wish.host, port: wish.port ?? 161, family: wish.family)
        return try SNMPSource.session(wish, at: address, clock: clock)
      #else
        throw UPSFailure("\(wish.host): this program was built without SNMP")
      #endif
    }
  }

  private func daemon(
    _ kind: DaemonSource.Kind, _ port: Int, _ wish: UPSWish
  ) async throws(UPSFailure) -> any UPSSource {
    let address = try await addresses.address(of: wish.host, port: wish.port ?? port)
    return DaemonSource(
      kind, at: address, name: address.description, within: wish.timeout, clock: clock)
  }
}

/// The first of several sources that has the UPS; from then on only that one is asked.
@LoopActor
final class EitherSource: UPSSource {
  private var sources: [any UPSSource]

  init(_ sources: [any UPSSource]) { self.sources = sources }

  func read() async throws(UPSFailure) -> UPSReading {
    var reasons: [String] = []
    for source in sources {
      do throws(UPSFailure) {
        let reading = try await source.read()
        sources = [source]
        return reading
      } catch {
        reasons.append(error.description)
      }
    }
    throw UPSFailure(reasons.joined(separator: "; "))
  }

  func close() { for source in sources { source.close() } }
}
