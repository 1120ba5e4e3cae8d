internal import EventLoop

/// The addresses of host names, resolved on another thread and cached.
@LoopActor
final class UPSAddresses {
  private let clock: LoopClock
  private let resolve: @Sendable (String, Int) -> Result<[SocketAddress], IOError>
  private var known: [String: (addresses: [SocketAddress], expires: LoopClock.Instant)] = [:]

  /// How long an address is used: devices seldom change theirs.
  private static let lifetime = Duration.seconds(600)
  /// How long the resolver may take.
  private static let limit = Duration.seconds(5)
  private static let most = 1024

  init(
    clock: LoopClock,
    resolve: @escaping @Sendable (String, Int) -> Result<[SocketAddress], IOError> = UPSAddresses
      .ask
  ) {
    self.clock = clock
    self.resolve = resolve
  }

  /// Which of a name's addresses is used.
  enum Family: Sendable {
    case any, four, six

    func has(_ address: SocketAddress) -> Bool {
      switch self {
      case .any: true
      case .four: !address.host.contains(":")
      case .six: address.host.contains(":")
      }
    }
  }

  /// The resolver's answer.
  static nonisolated let ask: @Sendable (String, Int) -> Result<[SocketAddress], IOError> = {
    host, port in
    do throws(IOError) {
      return .success(try SocketAddress.resolve(host: host, port: port))
    } catch {
      return .failure(error)
    }
  }

  /// - Throws: ``UPSFailure`` naming the host, when the resolver has no such address for it, or does not answer.
  func address(
    of host: String, port: Int, family: Family = .any
  ) async throws(UPSFailure) -> SocketAddress {
    if let numeric = try? SocketAddress(host: host, port: port) { return numeric }
    let found = try await addresses(of: host, port: port)
    guard let address = found.first(where: family.has) else {
      throw UPSFailure("\(host): expected an IPv\(family == .six ? 6 : 4) address, found none")
    }
    return address
  }

  private func addresses(of host: String, port: Int) async throws(UPSFailure) -> [SocketAddress] {
    let key = "\(host) \(port)"
    if let entry = known[key], clock.now < entry.expires { return entry.addresses }
    let resolve = resolve
    let answer = await Blocking.shared.run(within: UPSAddresses.limit, clock: clock) {
      resolve(host, port)
    }
    switch answer {
    case .success(let addresses):
      if known.count >= UPSAddresses.most { known.removeAll() }
      known[key] = (addresses, clock.now.advanced(by: UPSAddresses.lifetime))
      return addresses
    case .failure(let error):
      // While the resolver fails the old address is used.
      if let entry = known[key] { return entry.addresses }
      throw UPSFailure("\(error)")
    case nil:
      if let entry = known[key] { return entry.addresses }
      throw UPSFailure("\(host): cannot resolve: no answer within 5 s")
    }
  }
}
