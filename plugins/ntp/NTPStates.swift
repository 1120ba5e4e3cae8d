internal import EventLoop
public import MuninWire
public import PluginKit

/// The daemon's selection state of each peer, as a number: munin's `ntp_states`.
public struct NTPStates: RemotePlugin {
  public let name: StaticString = "ntp_states"

  public init() {}

  public func deadline(on host: Host) -> Duration { .seconds(10) }

  @LoopActor
  public func autoconf(on host: Host) async -> Availability { await host.hasDaemon(.ntpd) }

  @LoopActor
  public func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    let shape = try await NTPWatch.of(host).look(on: host).shape
    var fields = await named(NTPShape(shape).peers.map(\.association), on: host).map {
      Field($0.field, label: $0.name)
    }
    if showsStratum(host) {
      fields.append(
        Field("sys_peer_stratum", label: "sys.peer stratum", draw: "LINE1", colour: "000000"))
    }
    for index in fields.indices { host.applyThresholds(to: &fields[index], general: false) }
    return [
      Graph(
        "NTP states", category: "time",
        args: "--base 1000 --vertical-label state --lower-limit 0",
        info:
          "The states of this machine's NTP peers: 0 reject, 1 falsetick, 2 excess, 3 backup, 4 outlier, "
          + "5 candidate, 6 system peer, 7 PPS peer.",
        fields: fields)
    ]
  }

  @LoopActor
  public func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    let look = try await NTPWatch.of(host).look(on: host)
    var leader: Association?
    var isKnown = false
    switch look.result {
    case .success(let snapshot):
      isKnown = true
      // As in the original, a PPS peer's stratum does not count.
      leader = snapshot.associations.first { $0.selection == .systemPeer }
    case .failure(let error): reply.complain("\(error)")
    }
    for peer in await named(NTPShape(look.shape).peers.map(\.association), on: host) {
      let state = isKnown ? peer.association.selection.map { Double($0.rawValue) } : nil
      reply.value(peer.field, "", exactly: state)
    }
    if showsStratum(host) {
      // As in the original, 15 means that there is no system peer.
      let stratum = leader?.stratum ?? 15
      reply.value("sys_peer_stratum", "", exactly: isKnown ? Double(stratum) : nil)
    }
  }

  private func showsStratum(_ host: Host) -> Bool { host.settings["show_syspeer_stratum"] != nil }

  private struct Named {
    var field: String
    var name: String
    var association: Association
  }

  /// The peers with their field names: from the name of the address, or from the address where it has no name. A peer
  /// whose name is looked up for the first time is left out, so that it does not get two fields.
  @LoopActor
  private func named(_ peers: [Association], on host: Host) async -> [Named] {
    var names: [NameBook.Knowledge]
    if host.switchesNamesOff {
      names = peers.map { _ in .none }
    } else {
      names = await host.lookUp(peers.map { .name(of: $0.name) })
    }
    let lowers = host.settings["lowercase"] != nil
    var seen: Set<String> = []
    var found: [Named] = []
    for (peer, known) in zip(peers, names) {
      // A reference clock has no address.
      let known = peer.kind == .clock ? .none : known
      if known == .notYet { continue }
      var name = peer.name
      if case .known(let names) = known, let first = names.first { name = first }
      let field = NTPShape.field(of: lowers ? name.lowercased() : name)
      if seen.insert(field).inserted {
        found.append(Named(field: field, name: name, association: peer))
      }
    }
    return found
  }
}
