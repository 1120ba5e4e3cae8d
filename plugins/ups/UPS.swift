public import EventLoop
public import MuninWire
public import PluginKit

/// A UPS that NUT's upsd or apcupsd reports, on this machine or another: `ups_NAME`.
public struct UPS: RemotePlugin {
  public let name: StaticString = "ups_"
  public let isMultigraph = true
  private let answers: UPSAnswers
  private let clock: LoopClock

  public init(clock: LoopClock = .real) { self.init(clock: clock, make: nil) }

  /// - Parameter make: makes the sources that are asked, in place of real daemons.
  init(clock: LoopClock, make: UPSDevice.Maker?) {
    self.clock = clock
    answers = UPSAnswers(
      plugin: name, clock: clock,
      wish: { service, words throws(UPSFailure) in try UPSWish.named(service, words) }, make: make)
  }

  public var manual: Manual { UPSManual.named }

  public func deadline(on host: Host) -> Duration { answers.deadline(on: host) }

  @LoopActor
  public func autoconf(on host: Host) async -> Availability {
    await suggestions(on: host).isEmpty
      ? .no("no UPS at upsd or apcupsd on 127.0.0.1") : .yes
  }

  @LoopActor
  public func suggestions(on host: Host) async -> [String] {
    await UPSSearch(clock: clock).names(host.settings)
  }

  @LoopActor
  public func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    await answers.graphs(UPS.prefix(of: host.service), on: host)
  }

  @LoopActor
  public func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    await answers.values(UPS.prefix(of: host.service), on: host, into: &reply)
  }

  /// A node may have several UPSs, so each graph's name contains its UPS's.
  static func prefix(of service: String) -> String { masterServiceName(service) + "_" }
}

/// Searches the daemons of this machine for UPSs.
@LoopActor
struct UPSSearch {
  let clock: LoopClock
  private let limit = Duration.seconds(1)

  init(clock: LoopClock) { self.clock = clock }

  /// The names of upsd's UPSs, and `apcupsd` for the one of apcupsd.
  func names(_ words: [String: String]) async -> [String] {
    guard let wish = try? UPSWish.named("ups_", words) else { return [] }
    var names: [String] = []
    if wish.sources.contains(.nut),
      let source = source(.nut(ups: "", user: nil, password: nil), 3493, wish)
    {
      names += (try? await source.names()) ?? []
    }
    if wish.sources.contains(.apcupsd), let source = source(.apcupsd, 3551, wish),
      (try? await source.read()) != nil
    {
      names.append("apcupsd")
    }
    return names.filter { !$0.isEmpty && isServiceName("ups_\($0)") }
  }

  private func source(
    _ kind: DaemonSource.Kind, _ port: Int, _ wish: UPSWish
  ) -> DaemonSource? {
    // A host name would have to be resolved. Settings with one have a section for the UPS too.
    guard let address = try? SocketAddress(host: wish.host, port: wish.port ?? port) else {
      return nil
    }
    return DaemonSource(kind, at: address, name: address.description, within: limit, clock: clock)
  }
}
