internal import EventLoop
internal import MuninWire
internal import PluginKit

/// What both families of services answer, whoever is asked of the UPS.
struct UPSAnswers: Sendable {
  let plugin: StaticString
  let clock: LoopClock
  let wish: @Sendable (String, [String: String]) throws(UPSFailure) -> UPSWish
  /// Who is asked; the real ones when a test names no others.
  var make: UPSDevice.Maker?

  func deadline(on host: Host) -> Duration {
    guard let wish = try? wish(host.service, host.settings) else { return .seconds(5) }
    // The resolver's time comes on top.
    return wish.limit + .seconds(7)
  }

  @LoopActor
  func graphs(_ prefix: String, on host: Host) async -> [Graph] {
    let (device, _) = await park(on: host).answer(for: host, of: plugin)
    return UPSGraphs.graphs(prefix, keys(of: device), device.lastReading, on: host)
  }

  @LoopActor
  func values(_ prefix: String, on host: Host, into reply: inout Reply) async {
    let (device, answer) = await park(on: host).answer(for: host, of: plugin)
    switch answer {
    case .success(let reading):
      UPSGraphs.write(prefix, keys(of: device), reading, into: &reply)
      if reading.state.contains(.communicationLost) {
        reply.complain(
          "\(reading.source): expected the UPS's values, found that it has lost the UPS")
      } else if reading.state.severity == nil {
        reply.complain(
          "\(reading.source): expected where the power comes from, found no word of it")
      }
    case .failure(let failure):
      UPSGraphs.write(prefix, keys(of: device), nil, into: &reply)
      reply.complain(failure.description)
    }
  }

  /// The last answer itself, for people.
  @LoopActor
  func reading(on host: Host) async -> Result<UPSReading, UPSFailure> {
    await park(on: host).answer(for: host, of: plugin).1
  }

  @LoopActor
  private func keys(of device: UPSDevice) -> Set<UPSGraphs.Key> {
    device.fields.isEmpty ? UPSGraphs.usual : device.fields
  }

  @LoopActor
  private func park(on host: Host) -> UPSPark {
    host.kept(for: "\(plugin)") {
      UPSPark(clock: clock, wish: wish, make: make ?? UPSMakers(clock: clock).source)
    }
  }
}
