internal import CEvent
internal import EventLoop
internal import Glibc

/// One client's connection: it is counted here, and ended when a request takes too long.
///
/// evhttp owns the socket and its own connection object, and has no callback for a new client. So this is made together with the
/// socket's buffer. Directly after, before anything can happen to them, it reads evhttp's object from the argument of the buffer's
/// callbacks. There is a callback for the end of a connection.
@LoopActor
final class ServedConnection {
  private unowned let server: HTTPServer
  private let clock: LoopClock
  private let limit: Duration
  private var buffer: OpaquePointer?
  private var connection: OpaquePointer?
  private var deadline: LoopTimer?
  private var isIdle = true
  private var exchange: HTTPExchange?
  /// When the request under way began.
  private var begun: LoopClock.Instant?

  /// How many times longer than the limit a stream may take: one that is read slowly goes on as long as it is read.
  private static let longestStream = 20

  init(server: HTTPServer, buffer: OpaquePointer, clock: LoopClock, limit: Duration) {
    self.server = server
    self.buffer = buffer
    self.clock = clock
    self.limit = limit
    evbuffer_add_cb(
      bufferevent_get_input(buffer),
      { _, change, context in
        guard change!.pointee.n_added > 0 else { return }
        let connection = Unmanaged<ServedConnection>.fromOpaque(context!).takeUnretainedValue()
        onLoop { connection.received() }
      }, Unmanaged.passUnretained(self).toOpaque())
    // Without a delay this runs before the next look at the sockets.
    event_base_once(
      EventLoop.main.eventBase, -1, Int16(EV_TIMEOUT),
      { _, _, context in
        let connection = Unmanaged<ServedConnection>.fromOpaque(context!).takeRetainedValue()
        onLoop { connection.begin() }
      }, Unmanaged.passRetained(self).toOpaque(), nil)
  }

  private func begin() {
    // The server may have been closed in between.
    guard let buffer else { return }
    var argument: UnsafeMutableRawPointer?
    bufferevent_getcb(buffer, nil, nil, nil, &argument)
    connection = OpaquePointer(argument)
    guard let connection else { return server.forget(self, nil) }
    evhttp_connection_set_closecb(
      connection,
      { _, context in
        let connection = Unmanaged<ServedConnection>.fromOpaque(context!).takeUnretainedValue()
        onLoop { connection.ended() }
      }, Unmanaged.passUnretained(self).toOpaque())
    server.adopt(self, connection)
    if server.hasRoom { startDeadline() } else { end() }
  }

  /// The first byte of a request starts its time.
  private func received() {
    guard isIdle else { return }
    isIdle = false
    begun = clock.now
    startDeadline()
  }

  /// The client has taken a part of a stream.
  private func progressed() {
    guard let begun, clock.now < begun.advanced(by: limit * Self.longestStream) else { return }
    startDeadline()
  }

  private func startDeadline() {
    deadline?.cancel()
    deadline = clock.schedule(at: clock.now.advanced(by: limit)) { [weak self] in self?.end() }
  }

  /// A whole request was read, and `exchange` answers it.
  func begin(_ exchange: HTTPExchange, _ request: UnsafeMutablePointer<evhttp_request>) {
    self.exchange = exchange
    exchange.progressed = { [weak self] in self?.progressed() }
    evhttp_request_set_on_complete_cb(
      request,
      { _, context in
        let connection = Unmanaged<ServedConnection>.fromOpaque(context!).takeUnretainedValue()
        onLoop { connection.answered() }
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  private func answered() {
    exchange = nil
    isIdle = true
    startDeadline()
  }

  /// Ends the connection, whatever it does.
  func end() {
    if let connection { evhttp_connection_free(connection) }
  }

  /// After this evhttp frees the connection and everything that belongs to it.
  func ended() {
    deadline?.cancel()
    deadline = nil
    let handle = connection
    connection = nil
    buffer = nil
    exchange?.abandon()
    exchange = nil
    server.forget(self, handle)
  }
}
