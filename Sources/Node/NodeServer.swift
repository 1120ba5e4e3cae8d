public import EventLoop
public import Logbook
public import Settings

/// The listening node: takes connections, keeps strangers out, and runs a session for each.
@LoopActor
public final class NodeServer {
  private let settings: NodeSettings
  private let access: AccessControl
  private let services: ServiceList
  private let security: NodeTLS?
  private let log: Logbook
  private let clock: LoopClock
  private var listeners: [Listener] = []
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var isFull = false

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
  }

  /// Binds every address of the settings.
  /// - Returns: where it listens.
  public func listen() throws(IOError) -> [SocketAddress] {
    for endpoint in settings.endpoints {
      listeners.append(try open(endpoint))
    }
    return listeners.map(\.address)
  }

  private func open(_ endpoint: HostPort) throws(IOError) -> Listener {
    if endpoint.host == "*" {
      // A kernel without IPv6 has no `::`; then all addresses are those of IPv4.
      do throws(IOError) {
        return try listener(SocketAddress(host: "::", port: endpoint.port))
      } catch {
        guard case .system("socket", _, _) = error else { throw error }
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
    await withDiscardingTaskGroup { group in
      for listener in listeners {
        group.addTask { await self.accept(on: listener) }
      }
    }
  }

  /// Closes all connections and ends ``serve()``.
  public func stop() {
    for listener in listeners { listener.close() }
    for connection in connections.values { connection.close() }
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
    let full = connections.count >= settings.maxServers
    if full, !isFull {
      log.note("\(settings.maxServers) connections are open (max_servers): refusing more")
    }
    isFull = full
    return !full
  }

  private func talk(over connection: Connection) async {
    let session = Session(
      over: connection, with: services, from: connection.peer.isLocal ? "" : connection.peer.host,
      within: .seconds(settings.globalTimeout), security: security, clock: clock)
    if let reason = await session.run() {
      log.note("\(connection.peerName): connection ended: \(reason)")
    }
    connections[ObjectIdentifier(connection)] = nil
  }
}
