internal import EventLoop
internal import Settings

/// How many connections there may be: in all, from one address, and how many new ones in a second.
///
/// Connections of this machine's own programs (loopback, unix sockets) count only towards the limit of all: a program on
/// this machine has other means to overload it.
struct Admission {
  /// Why a connection is refused.
  enum Overload: Hashable, CustomStringConvertible {
    case full(Int)
    case tooMany(Int, String)
    case tooFast(Int, String)

    var description: String {
      switch self {
      case .full(let most): "\(most) connections are open (max_servers): refusing more"
      case .tooMany(let most, let peer):
        "\(most) connections are open from \(peer) (max_connections_per_peer): refusing more"
      case .tooFast(let most, let peer):
        "more than \(most) new connections a second from \(peer) (max_connection_rate): refusing some"
      }
    }
  }

  /// What is known of one address.
  private struct Peer {
    var connections = 0
    /// New connections that are still allowed (a token bucket, filled at the allowed rate).
    var tokens: Double
    var filled: LoopClock.Instant

    mutating func fill(at rate: Double, until now: LoopClock.Instant) {
      let seconds = Double(filled.duration(to: now).wholeNanoseconds) / 1e9
      tokens = min(rate, tokens + seconds * rate)
      filled = now
    }
  }

  var settings: NodeSettings
  private var peers: [String: Peer] = [:]
  private(set) var count = 0
  /// The refusals that were logged and are still in force.
  private var logged: Set<Overload> = []

  /// Addresses that are remembered at most: connections from many addresses must not fill the memory.
  private static let most = 4096

  /// How many addresses are remembered.
  var known: Int { peers.count }

  init(settings: NodeSettings) { self.settings = settings }

  /// Counts a new connection.
  /// - Returns: whether it may stay, and the line to log, if any.
  mutating func admit(_ address: SocketAddress, at now: LoopClock.Instant) -> (
    admitted: Bool, note: String?
  ) {
    guard let refusal = refusal(of: address, at: now) else { return (true, nil) }
    let isNew = logged.count < 64 && logged.insert(refusal).inserted
    return (false, isNew ? refusal.description : nil)
  }

  private mutating func refusal(of address: SocketAddress, at now: LoopClock.Instant) -> Overload? {
    if count >= settings.maxServers { return .full(settings.maxServers) }
    guard !address.isLoopback else {
      count += 1
      return nil
    }
    if peers.count >= Admission.most { peers = peers.filter { $0.value.connections > 0 } }
    let name = address.host
    let rate = Double(settings.maxConnectionRate)
    var peer = peers[name] ?? Peer(tokens: rate, filled: now)
    peer.fill(at: rate, until: now)
    defer { peers[name] = peer }
    if peer.connections >= settings.maxConnectionsPerPeer {
      return .tooMany(settings.maxConnectionsPerPeer, name)
    }
    if peer.tokens < 1 { return .tooFast(settings.maxConnectionRate, name) }
    peer.tokens -= 1
    peer.connections += 1
    count += 1
    return nil
  }

  /// A connection that was admitted is over.
  mutating func leave(_ address: SocketAddress, at now: LoopClock.Instant) {
    count -= 1
    let name = address.host
    if !address.isLoopback, var peer = peers[name] {
      peer.connections -= 1
      let rate = Double(settings.maxConnectionRate)
      peer.fill(at: rate, until: now)
      peers[name] = peer.connections == 0 && peer.tokens >= rate ? nil : peer
    }
    // A refusal is logged again when it happens again; that of a peer that connects too often, only when its bucket has
    // been full since.
    logged = logged.filter {
      if case .tooFast(_, let peer) = $0 { peers[peer] != nil } else { false }
    }
  }
}
