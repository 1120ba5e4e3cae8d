internal import EventLoop
public import MuninWire
public import PluginKit

/// What a time daemon knows of its sources and of the clock, whichever daemon runs: a multigraph.
public struct NTPPeers: RemotePlugin {
  public let name: StaticString = "ntp_peers"
  public let isMultigraph = true
  private let clock: LoopClock

  public init() { clock = .real }

  /// - Parameter clock: a test's.
  init(clock: LoopClock) { self.clock = clock }

  /// Twice what two attempts at every place of a daemon take.
  public func deadline(on host: Host) -> Duration { .seconds(10) }

  @LoopActor
  public func autoconf(on host: Host) async -> Availability {
    guard let watch = try? NTPWatch.of(host, clock: clock) else { return .no("wrong settings") }
    switch await watch.look(on: host).result {
    case .success(let snapshot):
      // A machine whose clock is not disciplined has nothing else to show.
      if snapshot.daemon == .kernel, snapshot.system.leap == 3 {
        return .no("no time daemon answers, and the kernel's clock is not disciplined")
      }
      return .yes
    case .failure(let error): return .no("\(error)")
    }
  }

  @LoopActor
  public func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    let look = try await NTPWatch.of(host, clock: clock).look(on: host)
    let shape = NTPShape(look.shape)
    var graphs: [Graph] = []
    for aspect in SystemAspect.all where aspect.isTold(by: shape.snapshot) {
      graphs.append(aspect.graph(shape, on: host))
    }
    guard !shape.peers.isEmpty else { return graphs }
    for aspect in PeerAspect.all where aspect.isTold(by: shape.snapshot) {
      graphs.append(aspect.graph(shape, on: host))
    }
    return graphs
  }

  @LoopActor
  public func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    let look = try await NTPWatch.of(host, clock: clock).look(on: host)
    let shape = NTPShape(look.shape)
    var isKnown = false
    switch look.result {
    case .success(let snapshot):
      isKnown = true
      for trouble in snapshot.troubles { reply.complain(trouble) }
      if let left = shape.leftOut { reply.complain(left) }
    case .failure(let error): reply.complain("\(error)")
    }
    for aspect in SystemAspect.all where aspect.isTold(by: shape.snapshot) {
      reply.multigraph("ntp_peers_", aspect.name)
      for field in aspect.fields where field.isTold(shape.snapshot) {
        reply.value(
          field.name, "", exactly: isKnown ? field.value(shape.snapshot) : field.ofSilence)
        let words =
          isKnown
          ? field.words(shape.snapshot)
          : field.ofSilence.map { _ in
            "\(look.last?.daemon.program ?? "no time daemon") \(look.last == nil ? "answers" : "does not answer")"
          }
        if let words { reply.append("\(field.name).extinfo \(words)\n") }
      }
    }
    guard !shape.peers.isEmpty else { return }
    for aspect in PeerAspect.all where aspect.isTold(by: shape.snapshot) {
      reply.multigraph("ntp_peers_", aspect.name)
      for peer in shape.peers {
        reply.value(peer.field, "", exactly: isKnown ? aspect.value(peer.association) : nil)
      }
    }
  }
}

/// The peers that are drawn, ordered by their field names.
struct NTPShape {
  let snapshot: NTPSnapshot
  var peers: [(field: String, association: Association)] = []
  /// A message that some peers are left out; `nil` when all are shown.
  var leftOut: String?

  /// A bound on the peers of a graph.
  static let most = 64

  init(_ snapshot: NTPSnapshot?) {
    // Before the first answer: the graphs of the clock that every daemon has.
    self.snapshot = snapshot ?? NTPSnapshot(daemon: .ntpd, place: "")
    var seen: Set<String> = []
    // Of two associations with one address the better selected one is shown.
    let sorted = self.snapshot.associations.map { (NTPShape.field(of: $0.name), $0) }.sorted {
      $0.0 != $1.0
        ? $0.0 < $1.0 : ($0.1.selection?.rawValue ?? 0) > ($1.1.selection?.rawValue ?? 0)
    }
    for (field, association) in sorted where seen.insert(field).inserted {
      peers.append((field, association))
    }
    if peers.count > NTPShape.most {
      leftOut = "\(self.snapshot.place): \(peers.count) associations, \(NTPShape.most) are shown"
      peers.removeLast(peers.count - NTPShape.most)
    }
  }

  /// The field as munin's own plugin names it: `peer_192_0_2_1`.
  static func field(of name: String) -> String { FieldCleaning.perl.clean("peer_\(name)") }
}

extension Host {
  /// A threshold of `ntp_peers`: `PEER_offset_warning`, then `offset_warning`, then the plugin's own. An empty setting
  /// removes the plugin's own.
  func limit(_ kind: String, of field: String, peer: String?, default standard: String?) -> String?
  {
    let own = peer.flatMap { settings["\($0)_\(field)_\(kind)"] } ?? settings["\(field)_\(kind)"]
    guard let text = own ?? standard, !text.isEmpty else { return nil }
    return text
  }
}
