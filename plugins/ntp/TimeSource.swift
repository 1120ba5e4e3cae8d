internal import EventLoop
internal import Glibc
internal import PluginKit

/// Somebody who can be asked for the time.
enum TimeSource: Hashable, Sendable {
  case chronySocket(path: String)
  case chrony(SocketAddress)
  case ntpd(SocketAddress)
  case timesyncd(bus: String)
  case kernel

  /// Those who may be there, in the order in which they are asked.
  @LoopActor
  static func candidates(
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
    // Whoever names a port, or another machine, means the network.
    case .chrony: return settings.host == nil && settings.port == nil ? [socket] + chrony : chrony
    case .timesyncd: return [.timesyncd(bus: host.root + settings.bus)]
    case .kernel: return [.kernel]
    case .auto:
      // Of another machine ntpd first: chronyd is silent to strangers unless told otherwise.
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
      throw PluginError(source: "env.host", expected: "a name with an address", found: name)
    case .notYet:
      throw PluginError(
        source: "env.host", expected: "the address of \(name)", found: "a look-up under way",
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
        // chronyd answers to a file in its own folder, which it must be allowed to write to.
        let number = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return try Datagrams.open(
          to: address, answeredAt: "\(folder)/apus.\(getpid()).\(number).sock", mode: 0o666,
          clock: clock)
      },
      // The kernel queues ten datagrams for a unix socket (net.unix.max_dgram_qlen), and others may ask too.
      patience: TimeSource.patience(address), window: 4, clock: clock)
    let daemon = ChronyDaemon(asker: asker, place: path, isTrusted: true)
    return located(try await daemon.snapshot(at: TimeSource.now(clock)), address, host)
  }

  /// The frequency is the kernel's where that kernel is ours.
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
      patience: TimeSource.patience(address), window: 24, clock: clock)
  }

  /// On one machine an answer takes less than a millisecond.
  private static func patience(_ address: SocketAddress) -> Duration {
    address.isLoopback ? .milliseconds(500) : .seconds(2)
  }

  private static func now(_ clock: LoopClock) -> Double {
    let (seconds, nanoseconds) = clock.preciseEpoch
    return Double(seconds) + Double(nanoseconds) / 1e9
  }
}
