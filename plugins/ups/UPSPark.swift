internal import EventLoop
internal import PluginKit

/// All UPSs of one plugin on this node. Whoever asks for one is going to ask for the others: the first question has
/// all of them asked at once, and the answers are used for a while.
@LoopActor
final class UPSPark {
  private let clock: LoopClock
  private let make: UPSDevice.Maker
  private let wish: @Sendable (String, [String: String]) throws(UPSFailure) -> UPSWish
  private let turns = UPSTurns()
  private var devices: [String: UPSDevice] = [:]
  /// When the first of them is due again.
  private var nextRound: LoopClock.Instant

  init(
    clock: LoopClock,
    wish: @escaping @Sendable (String, [String: String]) throws(UPSFailure) -> UPSWish,
    make: @escaping UPSDevice.Maker
  ) {
    self.clock = clock
    self.wish = wish
    self.make = make
    nextRound = clock.now
  }

  /// What is known of a service's device, after asking it if need be.
  func answer(
    for host: Host, of plugin: StaticString
  ) async -> (UPSDevice, Result<UPSReading, UPSFailure>) {
    let device = device(host.service, host.settings)
    device.refresh()
    if clock.now >= nextRound { startRound(host.family(of: plugin), host.service) }
    return (device, await device.answer())
  }

  /// Asks all that are due. A master comes back for each of a hundred devices: only the first time is it looked for
  /// them.
  private func startRound(_ family: [Sibling], _ service: String) {
    for sibling in family where sibling.service != service {
      device(sibling.service, sibling.settings).refresh()
    }
    forgetOthers(than: family, and: service)
    nextRound = devices.values.compactMap(\.due).min() ?? clock.now
  }

  private func device(_ service: String, _ settings: [String: String]) -> UPSDevice {
    if let known = devices[service] {
      if known.settings == settings { return known }
      known.close()
    }
    let result: Result<UPSWish, UPSFailure>
    do throws(UPSFailure) {
      result = .success(try wish(service, settings))
    } catch {
      result = .failure(error)
    }
    let device = UPSDevice(result, settings: settings, clock: clock, turns: turns, make: make)
    devices[service] = device
    return device
  }

  /// Services that are gone need no session.
  private func forgetOthers(than family: [Sibling], and service: String) {
    guard devices.count > family.count + 1 else { return }
    let names = Set(family.map(\.service) + [service])
    for (name, device) in devices where !names.contains(name) {
      device.close()
      devices[name] = nil
    }
  }
}
