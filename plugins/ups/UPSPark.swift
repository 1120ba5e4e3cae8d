internal import EventLoop
internal import PluginKit

/// All UPSs of one plugin on this node. A master that asks for one is going to ask for the others: the first question
/// makes all of them be asked at once, and the answers are used for a while.
@LoopActor
final class UPSPark {
  private let clock: LoopClock
  private let make: UPSDevice.Maker
  private let wish: @Sendable (String, [String: String]) throws(UPSFailure) -> UPSWish
  /// How many devices are asked at once: with this many some dead ones delay no others, and the machine has
  /// sockets left.
  private let permits = Permits(128)
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

  /// A service's device and its answer, after asking it if its last answer is too old.
  func answer(
    for host: Host, of plugin: StaticString
  ) async -> (UPSDevice, Result<UPSReading, UPSFailure>) {
    let device = device(host.service, host.settings)
    device.refresh()
    if clock.now >= nextRound { startRound(host.family(of: plugin), host.service) }
    return (device, await device.answer())
  }

  /// Asks all devices that are due. A master comes back for each of a hundred devices: only its first question looks for
  /// those that are due.
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
    let device = UPSDevice(
      result, settings: settings, file: StateFile(settings, name: "\(service).device"),
      clock: clock, permits: permits, make: make)
    devices[service] = device
    return device
  }

  /// Closes the sessions of services that are no longer offered.
  private func forgetOthers(than family: [Sibling], and service: String) {
    guard devices.count > family.count + 1 else { return }
    let names = Set(family.map(\.service) + [service])
    for (name, device) in devices where !names.contains(name) {
      device.close()
      devices[name] = nil
    }
  }
}
