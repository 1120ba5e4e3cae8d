internal import EventLoop
internal import MuninWire
internal import PluginKit

/// The graphs and values of both families of services, whatever source reports the UPS.
///
/// How a fetch becomes values:
///
/// 1. `UPSWish` is what the service's name and settings ask for: which UPS, reported by which source.
/// 2. ``UPSPark`` owns a ``UPSDevice`` for each service. The first question of a round makes all devices be asked at once;
///    an answer is used for `max_age` seconds. A device that failed is told as lost without a wait, and asked again
///    meanwhile.
/// 3. A device asks its ``UPSSource``: ``DaemonSource`` for upsd and apcupsd, `SNMPSource` for a card.
/// 4. `SNMPSource` finds the device's MIBs by its sysObjectID and by probes (`MIBChoice`), asks once for all objects of
///    their tables (`MIBTable`, one file per maker), and makes a `MIBPlan`: the objects that tell something, of all
///    tables, in one GET. `MIBReport` joins the answers: values of the best table first, the worst of all states.
/// 5. The result is a ``UPSReading``, in one unit per quantity whatever the source. Its `judge` decides what several
///    values say together: on battery or not, a runtime of 0, a lost phase.
/// 6. ``UPSGraphs`` shows it. Which graphs there are is known from ``UPSProfile``, what the device was found to be;
///    a file keeps it over restarts, so that a UPS that is dead when the node starts has its graphs.
struct UPSAnswers: Sendable {
  let plugin: StaticString
  let clock: LoopClock
  let wish: @Sendable (String, [String: String]) throws(UPSFailure) -> UPSWish
  /// Makes the sources; tests set their own.
  var make: UPSDevice.Maker?

  func deadline(on host: Host) -> Duration {
    guard let wish = try? wish(host.service, host.settings) else { return .seconds(5) }
    // Plus the time of the resolver.
    return wish.limit + .seconds(7)
  }

  @LoopActor
  func graphs(_ prefix: String, on host: Host) async -> [Graph] {
    let (device, _) = await park(on: host).answer(for: host, of: plugin)
    return UPSGraphs.graphs(prefix, device.profile, on: host)
  }

  @LoopActor
  func values(_ prefix: String, on host: Host, into reply: inout Reply) async {
    let (device, answer) = await park(on: host).answer(for: host, of: plugin)
    switch answer {
    case .success(let reading):
      UPSGraphs.write(prefix, device.profile.shownFields, reading, into: &reply)
      if reading.state.contains(.communicationLost) {
        reply.complain(
          "\(reading.source): no connection to its UPS: values are unknown")
      } else if reading.state.severity == nil {
        reply.complain(
          "\(reading.source): no object tells where the power comes from: the state is unknown")
      }
    case .failure(let failure):
      UPSGraphs.write(prefix, device.profile.shownFields, nil, into: &reply)
      reply.complain(failure.description)
    }
    if let trouble = device.takeTrouble() { reply.complain(trouble) }
  }

  /// The last answer itself, for ``UPSCard``.
  @LoopActor
  func reading(on host: Host) async -> Result<UPSReading, UPSFailure> {
    await park(on: host).answer(for: host, of: plugin).1
  }

  @LoopActor
  private func park(on host: Host) -> UPSPark {
    host.kept(for: "\(plugin)") {
      UPSPark(clock: clock, wish: wish, make: make ?? UPSMakers(clock: clock).source)
    }
  }
}
