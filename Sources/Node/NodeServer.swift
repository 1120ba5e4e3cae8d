public import EventLoop
public import Logbook
public import Settings

/// The listening node: takes connections, keeps strangers out, and runs a session for each.
@LoopActor
public final class NodeServer {
  private var settings: NodeSettings
  private var access: AccessControl
  private let services: ServiceList
  private var security: NodeTLS?
  private let log: Logbook
  private let clock: LoopClock
  private var listeners: [Listening] = []
  private var admission: Admission
  private var connections: [ObjectIdentifier: Connection] = [:]
  /// Ends ``serve()``, and what each listener does.
  private let over = Gate()
  private var work: [Task<Void, Never>] = []

  /// A listener and the setting it comes from; `nil` where somebody else opened it.
  private struct Listening {
    var endpoint: HostPort?
    var listener: Listener
  }

  public init(
    settings: NodeSettings, access: AccessControl, services: ServiceList, log: Logbook,
    clock: LoopClock = .real
  ) {
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
  public func listen() throws(IOError) -> [SocketAddress] {
    for endpoint in settings.endpoints {
      listeners.append(Listening(endpoint: endpoint, listener: try open(endpoint)))
    }
    return addresses
  }

  /// Serves on sockets that somebody else opened, systemd say.
  public func adopt(_ sockets: [Listener]) {
    listeners += sockets.map { Listening(endpoint: nil, listener: $0) }
  }

  /// Where the node listens.
  public var addresses: [SocketAddress] { listeners.map(\.listener.address) }

  /// Goes on with other settings: opens what is new, closes what is gone, and leaves open connections alone.
  /// - Throws: ``IOError`` when an address cannot be bound; then all stays as it was.
  public func apply(_ settings: NodeSettings, access: AccessControl) throws(IOError) {
    let isInherited = listeners.contains { $0.endpoint == nil }
    if !isInherited, settings.endpoints != self.settings.endpoints {
      var kept: [Listening] = []
      var opened: [Listening] = []
      do throws(IOError) {
        for endpoint in settings.endpoints {
          if let old = listeners.first(where: { $0.endpoint == endpoint }) {
            kept.append(old)
          } else {
            opened.append(Listening(endpoint: endpoint, listener: try open(endpoint)))
          }
        }
      } catch {
        for new in opened { new.listener.close() }
        throw error
      }
      for old in listeners where !settings.endpoints.contains(where: { $0 == old.endpoint }) {
        old.listener.close()
      }
      listeners = kept + opened
      for new in opened { start(new.listener) }
    }
    if settings.tls != self.settings.tls {
      security = NodeTLS.make(settings.tls, log: log, clock: clock)
    }
    self.settings = settings
    self.access = access
    admission.settings = settings
  }

  private func open(_ endpoint: HostPort) throws(IOError) -> Listener {
    if endpoint.host == "*" {
      // A kernel without IPv6 has no `::`, or none that can be bound; then all addresses are those of IPv4.
      do throws(IOError) {
        return try listener(SocketAddress(host: "::", port: endpoint.port))
      } catch {
        guard error.meansNoSuchFamily else { throw error }
        return try listener(SocketAddress(host: "0.0.0.0", port: endpoint.port))
      }
    }
    if endpoint.host.hasPrefix("/") { return try listener(SocketAddress(path: endpoint.host)) }
    let found = try SocketAddress.resolve(host: endpoint.host, port: endpoint.port)
    guard let first = found.first else { throw .badAddress(endpoint.host) }
    return try listener(first)
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

  /// Closes all connections and ends ``serve()``.
  public func stop() {
    for listening in listeners { listening.listener.close() }
    for connection in connections.values { connection.close() }
    // Plugins that still run end with the sessions that asked for them.
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
          guard isWelcome(connection) else {
            connection.close()
            continue
          }
          connections[ObjectIdentifier(connection)] = connection
          group.addTask { await self.talk(over: connection) }
        } catch {
          if error == .closed { return }
          // Out of descriptors: those in use come back when their sessions end.
          log.note("\(error)")
          try? await clock.sleep(for: .milliseconds(200))
        }
      }
    }
  }

  private func isWelcome(_ connection: Connection) -> Bool {
    let peer = connection.peer
    guard peer.isLocal || access.admits(peer.host) else {
      log.note("Denying connection from: \(peer.host)")
      return false
    }
    let (admitted, note) = admission.admit(peer, at: clock.now)
    if let note { log.note(note, .warning) }
    if admitted { log.note("CONNECT TCP Peer: \"\(peer)\"", .info) }
    return admitted
  }

  private func talk(over connection: Connection) async {
    let session = Session(
      over: connection, with: services, from: connection.peer.isLocal ? "" : connection.peer.host,
      within: .seconds(settings.globalTimeout), idle: .seconds(settings.idleTimeout),
      security: security, clock: clock)
    if let reason = await session.run() {
      log.note("\(connection.peerName): connection ended: \(reason)")
    }
    connections[ObjectIdentifier(connection)] = nil
    admission.leave(connection.peer, at: clock.now)
  }
}
