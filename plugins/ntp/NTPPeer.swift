internal import EventLoop
public import MuninWire
public import PluginKit

/// One peer by its name or address: munin's family `ntp_`, in milliseconds as there.
public struct NTPPeer: RemotePlugin {
  public let name: StaticString = "ntp_"

  public init() {}

  public func deadline(on host: Host) -> Duration { .seconds(10) }

  @LoopActor
  public func autoconf(on host: Host) async -> Availability { await host.hasDaemon(.ntpd) }

  @LoopActor
  public func suggestions(on host: Host) async -> [String] { await host.peerNames() }

  @LoopActor
  public func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    // The daemon is not asked: the graph stays even when the peer is removed.
    _ = try NTPSettings(host.settings)
    // As in the original, anything that Perl takes for true.
    let hidesDelay = !["", "0"].contains(host.settings["nodelay"] ?? "")
    var fields = Milliseconds.fields(hidesDelay: hidesDelay)
    for index in fields.indices { host.applyThresholds(to: &fields[index], general: false) }
    return [
      Graph(
        "NTP statistics for peer \(host.service.dropFirst(4))", category: "time",
        args: Milliseconds.args, fields: fields)
    ]
  }

  @LoopActor
  public func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    let name = String(host.service.dropFirst(4))
    var peer: Association?
    switch try await NTPWatch.of(host).look(on: host).result {
    case .success(let snapshot):
      peer = await host.association(named: name, in: snapshot)
      if peer == nil { reply.complain("\(snapshot.place): expected the peer \(name), found none") }
    case .failure(let error): reply.complain("\(error)")
    }
    Milliseconds.values(of: peer, into: &reply)
  }
}

extension Host {
  /// The names of the daemon's peers that can be part of a service name.
  @LoopActor
  func peerNames() async -> [String] {
    guard let watch = try? NTPWatch.of(self),
      case .success(let snapshot) = await watch.look(on: self).result
    else { return [] }
    return NTPShape(snapshot).peers.map(\.association.name).filter(isServiceName)
  }

  /// The association that a service name means: by its address, a reference clock's name, the name in the daemon's
  /// settings, or a name that resolves to its address.
  @LoopActor
  func association(named name: String, in snapshot: NTPSnapshot) async -> Association? {
    let wanted = (try? SocketAddress(host: name, port: 0))?.host ?? name.lowercased()
    if let found = snapshot.associations.first(where: {
      $0.name.lowercased() == wanted || $0.host?.lowercased() == wanted
    }) {
      return found
    }
    guard wanted == name.lowercased(), !switchesNamesOff,
      case .known(let addresses) = await lookUp([.addresses(of: name)])[0]
    else { return nil }
    return snapshot.associations.first { addresses.contains($0.name) }
  }

  /// Whether the settings forbid look-ups of names.
  var switchesNamesOff: Bool {
    settings["names"].map { ["no", "0", "false", "off"].contains($0.lowercased()) } ?? false
  }
}
