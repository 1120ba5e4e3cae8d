public import EventLoop
public import Logbook
public import Settings

/// The listening node: accepts connections of admitted masters and runs a ``NodeSession`` for each.
@LoopActor
public final class NodeServer {
  private var settings: NodeSettings
  private var access: AccessControl
  private let services: ServiceList
  private var security: NodeTLS?
  private let log: Logbook
  private let clock: LoopClock
  private let resolve: Resolver
  private let nameOf: NameLookup
  private var listeners: [Listening] = []
  private var admission: Admission
  private var denials = Denials()
  private var sessions: [ObjectIdentifier: (connection: Connection, session: NodeSession)] = [:]
  /// No connection is taken any more.
  private var isEnding = false
  /// Opened when the last session is over.
  private var allLeft: Gate?
  /// Ends ``serve()``, and what each listener does.
  private let over = Gate()
  private var work: [Task<Void, Never>] = []

  /// Finds the address of a name; it may wait for a name server, so it is called on a worker thread.
  public typealias Resolver = @Sendable (HostPort) -> Result<SocketAddress, IOError>

  /// Finds the name of a peer, on a worker thread; with `true` only a name that leads back to the peer's address.
  public typealias NameLookup = @Sendable (SocketAddress, Bool) -> String?

  /// A listener and the setting it comes from; `nil` for a socket that systemd opened.
  private struct Listening {
    var endpoint: HostPort?
    var listener: Listener
  }

  public init(
    settings: NodeSettings, access: AccessControl, services: ServiceList, log: Logbook,
    clock: LoopClock = .real, resolve: @escaping Resolver = NodeServer.address,
    nameOf: @escaping NameLookup = NodeServer.name
  ) {
    self.resolve = resolve
    self.nameOf = nameOf
    self.settings = settings
    self.access = access
    self.services = services
    security = NodeTLS.make(settings.tls, log: log, clock: clock)
    self.log = log
    self.clock = clock
    admission = Admission(settings: settings)
  }

  /// Binds every address of the settings.
  /// - Returns: where it listens.
  public func listen() async throws(IOError) -> [SocketAddress] {
    let found = try await addresses(of: settings.endpoints)
    listeners += try open(settings.endpoints, found)
    return addresses
  }

  /// The address of each name; whole addresses are not looked up. Nothing waits on the loop.
  private func addresses(
    of endpoints: [HostPort]
  ) async throws(IOError) -> [HostPort: SocketAddress] {
    var found: [HostPort: SocketAddress] = [:]
    for endpoint in endpoints where endpoint.host != "*" && !endpoint.host.hasPrefix("/") {
      if let address = try? SocketAddress(host: endpoint.host, port: endpoint.port) {
        found[endpoint] = address
        continue
      }
      let resolve = resolve
      let answer = await Blocking.shared.run(within: .seconds(10), clock: clock) {
        resolve(endpoint)
      }
      guard let answer else {
        throw .unresolved(host: endpoint.host, reason: "no answer within 10 s")
      }
      found[endpoint] = try answer.get()
    }
    return found
  }

  /// The first address that the machine's resolver has for a name.
  public nonisolated static func address(
    of endpoint: HostPort
  ) -> Result<SocketAddress, IOError> {
    do throws(IOError) {
      let found = try SocketAddress.resolve(host: endpoint.host, port: endpoint.port)
      return found.first.map { .success($0) } ?? .failure(.badAddress(endpoint.host))
    } catch {
      return .failure(error)
    }
  }

  /// Serves on sockets that are open already: those of a systemd unit.
  public func adopt(_ sockets: [Listener]) {
    listeners += sockets.map { Listening(endpoint: nil, listener: $0) }
  }

  /// Where the node listens.
  public var addresses: [SocketAddress] { listeners.map(\.listener.address) }

  /// Takes over other settings: opens new addresses, closes those that are left out, keeps open connections.
  /// - Throws: ``IOError`` when an address cannot be bound; then nothing is changed.
  public func apply(_ settings: NodeSettings, access: AccessControl) async throws(IOError) {
    let isInherited = listeners.contains { $0.endpoint == nil }
    if !isInherited, settings.endpoints != self.settings.endpoints {
      let found = try await addresses(of: settings.endpoints)
      try listen(instead: settings.endpoints, found)
    }
    if settings.tls != self.settings.tls {
      security = NodeTLS.make(settings.tls, log: log, clock: clock)
    }
    self.settings = settings
    self.access = access
    admission.settings = settings
  }

  /// Listens at these addresses and no others.
  private func listen(
    instead endpoints: [HostPort], _ found: [HostPort: SocketAddress]
  ) throws(IOError) {
    let gone = listeners.filter { old in !endpoints.contains { $0 == old.endpoint } }
    var kept = listeners.filter { old in endpoints.contains { $0 == old.endpoint } }
    let wanted = endpoints.filter { new in !kept.contains { $0.endpoint == new } }
    var opened: [Listening] = []
    do throws(IOError) {
      opened = try open(wanted, found)
      for old in gone { old.listener.close() }
    } catch {
      guard error.meansAddressInUse else { throw error }
      // `*` and one of its addresses cannot be bound together: the old address is closed first.
      for old in gone { old.listener.close() }
      do throws(IOError) { opened = try open(wanted, found) } catch {
        for old in gone {
          // Where it listened before, whatever its name would lead to now.
          guard let endpoint = old.endpoint, let again = try? listener(old.listener.address) else {
            continue
          }
          kept.append(Listening(endpoint: endpoint, listener: again))
          start(again)
        }
        listeners = kept
        throw error
      }
    }
    listeners = kept + opened
    for new in opened { start(new.listener) }
  }

  /// Opens all of these, or none.
  private func open(
    _ endpoints: [HostPort], _ found: [HostPort: SocketAddress]
  ) throws(IOError) -> [Listening] {
    var opened: [Listening] = []
    do throws(IOError) {
      for endpoint in endpoints {
        opened.append(Listening(endpoint: endpoint, listener: try open(endpoint, found[endpoint])))
      }
    } catch {
      for new in opened { new.listener.close() }
      throw error
    }
    return opened
  }

  private func open(
    _ endpoint: HostPort, _ address: SocketAddress?
  ) throws(IOError) -> Listener {
    if endpoint.host == "*" {
      // A kernel without IPv6 cannot bind `::`; then all addresses are those of IPv4.
      do throws(IOError) {
        return try listener(SocketAddress(host: "::", port: endpoint.port))
      } catch {
        guard error.meansNoSuchFamily else { throw error }
        return try listener(SocketAddress(host: "0.0.0.0", port: endpoint.port))
      }
    }
    if endpoint.host.hasPrefix("/") { return try listener(SocketAddress(path: endpoint.host)) }
    guard let address else { throw .badAddress(endpoint.host) }
    return try listener(address)
  }

  private func listener(_ address: SocketAddress) throws(IOError) -> Listener {
    try Listener(on: address, backlog: Int32(settings.listenBacklog ?? 1024), clock: clock)
  }

  /// Serves until ``stop()``.
  public func serve() async {
    for listening in listeners { start(listening.listener) }
    await over.wait()
    for task in work { await task.value }
  }

  /// Takes no more connections, and closes those on which no answer is being made. The others are closed when their
  /// answers have been sent.
  /// - Parameter limit: how long is waited for that; ``stop()`` is for the rest.
  public func drain(within limit: Duration) async {
    isEnding = true
    for listening in listeners { listening.listener.close() }
    for open in sessions.values { open.session.end() }
    guard !sessions.isEmpty else { return }
    let gate = Gate()
    allLeft = gate
    let timer = clock.schedule(at: clock.now.advanced(by: limit)) { gate.open() }
    await gate.wait()
    timer.cancel()
  }

  /// Closes all connections and ends ``serve()``.
  public func stop() {
    isEnding = true
    for listening in listeners { listening.listener.close() }
    for open in sessions.values { open.connection.close() }
    // Plugins that still run are killed with the sessions that asked for them.
    for task in work { task.cancel() }
    over.open()
  }

  private func start(_ listener: Listener) {
    work.append(EventLoop.start { await self.accept(on: listener) })
  }

  private func accept(on listener: Listener) async {
    await withDiscardingTaskGroup { group in
      while true {
        do throws(IOError) {
          let connection = try await listener.accept()
          group.addTask { await self.receive(connection) }
        } catch {
          if error == .closed { return }
          // Out of descriptors: some are closed when sessions end.
          if denials.isNew("accept", at: clock.now) { log.note("\(error)", .failure) }
          try? await clock.sleep(for: .milliseconds(200))
        }
      }
    }
  }

  /// Serves a peer until it leaves, or closes the connection without a byte where it is not admitted.
  private func receive(_ connection: Connection) async {
    let peer = connection.peer
    guard await isAllowed(peer), !isEnding, isAdmitted(peer) else { return connection.close() }
    let session = NodeSession(
      over: connection, with: services, from: peer.isLocal ? "" : peer.host,
      within: .seconds(settings.globalTimeout), idle: .seconds(settings.idleTimeout),
      security: security, clock: clock)
    sessions[ObjectIdentifier(connection)] = (connection, session)
    if let reason = await session.run(), denials.isNew("\(peer.host) \(reason)", at: clock.now) {
      log.note("\(connection.peerName): connection ended: \(reason)")
    }
    sessions[ObjectIdentifier(connection)] = nil
    admission.leave(peer, at: clock.now)
    if sessions.isEmpty { allLeft?.open() }
  }

  private func isAllowed(_ peer: SocketAddress) async -> Bool {
    if peer.isLocal { return true }
    var name: String?
    if settings.reverseLookups || settings.doubleReverseLookups {
      name = await hostName(of: peer)
    }
    let isProven = name != nil || !settings.doubleReverseLookups
    if isProven, access.admits(peer.host, name: name) { return true }
    if denials.isNew(peer.host, at: clock.now) {
      let reason =
        isProven
        ? access.refusal(of: peer.host, name: name)
        : "no name leads back to this address (double_reverse_lookups)"
      log.note(
        "Denying connection from: \(peer.host)\(name.map { " (\($0))" } ?? ""): \(reason ?? "")",
        .warning)
    }
    return false
  }

  /// The peer's name; with `double_reverse_lookups` only one that leads back to its address.
  private func hostName(of peer: SocketAddress) async -> String? {
    let (nameOf, isDouble) = (nameOf, settings.doubleReverseLookups)
    return await Blocking.shared.run(within: .seconds(5), clock: clock) {
      nameOf(peer, isDouble)
    } ?? nil
  }

  /// What the machine's resolver says.
  public nonisolated static func name(of peer: SocketAddress, isProven: Bool) -> String? {
    guard let name = peer.hostName() else { return nil }
    guard isProven else { return name }
    let addresses = (try? SocketAddress.resolve(host: name, port: 0)) ?? []
    return addresses.contains { $0.isSameHost(as: peer) } ? name : nil
  }

  private func isAdmitted(_ peer: SocketAddress) -> Bool {
    let (admitted, note) = admission.admit(peer, at: clock.now)
    if let note { log.note(note, .warning) }
    if admitted { log.note("CONNECT TCP Peer: \"\(peer)\"", .info) }
    return admitted
  }
}
