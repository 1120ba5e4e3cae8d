internal import EventLoop
internal import Glibc
internal import PluginKit

/// A place where the state of the clock can be asked for.
enum TimeSource: Hashable, Sendable {
  case chronySocket(path: String)
  case chrony(SocketAddress)
  case ntpd(SocketAddress)
  case timesyncd(bus: String)
  case kernel

  /// The places where a daemon may be, in groups: the groups are asked one after the other, the places of a group all
  /// at once. On this machine a place without a daemon refuses at once; another machine may be silent on each port.
  @LoopActor
  static func candidates(
    _ settings: NTPSettings, on host: Host
  ) async throws(PluginError) -> [[TimeSource]] {
    let places = try await places(settings, on: host)
    return settings.host == nil ? places.map { [$0] } : [places]
  }

  @LoopActor
  private static func places(
    _ settings: NTPSettings, on host: Host
  ) async throws(PluginError) -> [TimeSource] {
    let addresses = try await addresses(settings, on: host)
    func at(_ port: Int) -> [SocketAddress] {
      addresses.compactMap { try? SocketAddress(host: $0, port: settings.port ?? port) }
    }
    let chrony = at(323).map { TimeSource.chrony($0) }
    let ntpd = at(123).map { TimeSource.ntpd($0) }
    let socket = TimeSource.chronySocket(path: host.root + settings.socket)
    switch settings.source {
    case .ntpd: return ntpd
    // A port or another machine in the settings means the network.
    case .chrony: return settings.host == nil && settings.port == nil ? [socket] + chrony : chrony
    case .timesyncd: return [.timesyncd(bus: host.root + settings.bus)]
    case .kernel: return [.kernel]
    case .auto:
      // On another machine ntpd first: chronyd's standard settings answer loopback only.
      guard settings.host == nil else { return ntpd + chrony }
      return [socket] + chrony + ntpd + [.timesyncd(bus: host.root + settings.bus), .kernel]
    }
  }

  @LoopActor
  private static func addresses(
    _ settings: NTPSettings, on host: Host
  ) async throws(PluginError) -> [String] {
    guard let name = settings.host else { return ["127.0.0.1", "::1"] }
    if (try? SocketAddress(host: name, port: 0)) != nil { return [name] }
    switch await host.lookUp([.addresses(of: name)])[0] {
    case .known(let addresses): return addresses
    case .none:
      throw PluginError(source: name, sentence: "\(name): the name has no address")
    case .notYet:
      throw PluginError(
        source: name, sentence: "\(name): no address yet: the name is still being looked up",
        isTimeout: true)
    }
  }

  @LoopActor
  func snapshot(on host: Host, _ clock: LoopClock) async throws(PluginError) -> NTPSnapshot {
    switch self {
    case .chronySocket(let path): return try await socketSnapshot(path, on: host, clock)
    case .chrony(let address):
      let daemon = ChronyDaemon(
        asker: asker(address, clock), place: "\(address)", isTrusted: false)
      return located(try await daemon.snapshot(at: TimeSource.now(clock)), address, host)
    case .ntpd(let address):
      let daemon = NTPDaemon(asker: asker(address, clock), place: "\(address)")
      return located(try await daemon.snapshot(), address, host)
    case .timesyncd(let bus): return try await Timesyncd(bus: bus).snapshot(on: host, clock)
    case .kernel:
      guard let time = host.kernel.time() else {
        throw PluginError(
          source: "adjtimex", expected: "the kernel's clock", found: "no answer")
      }
      return NTPSnapshot(time)
    }
  }

  @LoopActor
  private func socketSnapshot(
    _ path: String, on host: Host, _ clock: LoopClock
  ) async throws(PluginError) -> NTPSnapshot {
    guard let end = path.lastIndex(of: "/"), let address = try? SocketAddress(path: path) else {
      throw PluginError(source: "env.socket", expected: "the path of a socket", found: path)
    }
    let folder = path[..<end]
    let asker = DatagramAsker(
      open: { () throws(IOError) in
        // chronyd sends its answer to a socket of ours, which must be in its own folder and writable for it.
        let number = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return try Datagrams.open(
          to: address, answeredAt: "\(folder)/apus.\(getpid()).\(number).sock", mode: 0o666,
          clock: clock)
      },
      // The kernel queues ten datagrams for a unix socket (net.unix.max_dgram_qlen); other programs may ask too.
      limit: TimeSource.limit(address), window: 4, clock: clock)
    let daemon = ChronyDaemon(asker: asker, place: path, isTrusted: true)
    return located(try await daemon.snapshot(at: TimeSource.now(clock)), address, host)
  }

  /// The snapshot of a daemon of this machine gets the frequency from the kernel.
  private func located(
    _ snapshot: NTPSnapshot, _ address: SocketAddress, _ host: Host
  ) -> NTPSnapshot {
    guard address.isLoopback, let time = host.kernel.time() else { return snapshot }
    var snapshot = snapshot
    snapshot.system.frequency = time.partsPerMillion
    return snapshot
  }

  @LoopActor
  private func asker(_ address: SocketAddress, _ clock: LoopClock) -> DatagramAsker {
    DatagramAsker(
      open: { () throws(IOError) in try Datagrams.open(to: address, clock: clock) },
      limit: TimeSource.limit(address), window: 24, clock: clock)
  }

  /// How long the next answer is waited for, twice. On one machine it takes less than a millisecond.
  private static func limit(_ address: SocketAddress) -> Duration {
    address.isLoopback ? .milliseconds(500) : .seconds(1)
  }

  /// The place as people know it: `ntpd port 123`.
  var title: String {
    switch self {
    case .chronySocket(let path): "chronyd \(path)"
    case .chrony(let address): "chronyd port \(address.port)"
    case .ntpd(let address): "ntpd port \(address.port)"
    case .timesyncd(let bus): "systemd-timesyncd \(bus)"
    case .kernel: "the kernel"
    }
  }

  private static func now(_ clock: LoopClock) -> Double {
    let (seconds, nanoseconds) = clock.preciseEpoch
    return Double(seconds) + Double(nanoseconds) / 1e9
  }
}
