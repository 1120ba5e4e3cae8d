internal import EventLoop

/// The addresses of names, looked up beside the loop and kept for a while.
@LoopActor
final class UPSAddresses {
  private let clock: LoopClock
  private let resolve: @Sendable (String, Int) -> Result<SocketAddress, IOError>
  private var known: [String: (address: SocketAddress, expires: LoopClock.Instant)] = [:]

  /// How long an address counts: devices seldom move.
  private static let lifetime = Duration.seconds(600)
  /// How long the resolver is waited for.
  private static let limit = Duration.seconds(5)
  private static let most = 1024

  init(
    clock: LoopClock,
    resolve: @escaping @Sendable (String, Int) -> Result<SocketAddress, IOError> = UPSAddresses.ask
  ) {
    self.clock = clock
    self.resolve = resolve
  }

  /// The resolver's first answer.
  static nonisolated let ask: @Sendable (String, Int) -> Result<SocketAddress, IOError> = {
    host, port in
    do throws(IOError) {
      guard let first = try SocketAddress.resolve(host: host, port: port).first else {
        return .failure(.unresolved(host: host, reason: "no address"))
      }
      return .success(first)
    } catch {
      return .failure(error)
    }
  }

  func address(of host: String, port: Int) async throws(UPSFailure) -> SocketAddress {
    if let numeric = try? SocketAddress(host: host, port: port) { return numeric }
    let key = "\(host) \(port)"
    if let entry = known[key], clock.now < entry.expires { return entry.address }
    let resolve = resolve
    let answer = await Blocking.shared.run(within: UPSAddresses.limit, clock: clock) {
      resolve(host, port)
    }
    switch answer {
    case .success(let address):
      if known.count >= UPSAddresses.most { known.removeAll() }
      known[key] = (address, clock.now.advanced(by: UPSAddresses.lifetime))
      return address
    case .failure(let error):
      // A resolver that is down for a while takes no address away.
      if let entry = known[key] { return entry.address }
      throw UPSFailure("\(host): \(error)")
    case nil:
      if let entry = known[key] { return entry.address }
      throw UPSFailure("\(host): cannot resolve it: no answer within 5 s")
    }
  }
}
