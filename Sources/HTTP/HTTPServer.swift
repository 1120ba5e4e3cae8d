internal import CEvent
public import EventLoop
internal import Glibc

/// A web server on the event loop, for pages that are read, and a few that take a form.
///
/// It owns evhttp, sets its bounds, and adds those that evhttp lacks. GET and HEAD are passed on, and POST for the pages that were named; all
/// else is refused.
@LoopActor
public final class HTTPServer {
  /// Answers a request, and may take its time.
  public typealias Handler = @LoopActor (HTTPRequest) async -> HTTPResponse

  /// Where it listens; the port is the kernel's choice when 0 was asked for.
  public let address: SocketAddress

  private var server: OpaquePointer?
  private let listener: OpaquePointer
  private let handler: Handler
  private let rules: RequestRules
  private let forms: Set<String>
  private let limits: HTTPLimits
  private let clock: LoopClock
  /// Connections that evhttp has not named yet.
  private var fresh: [ObjectIdentifier: ServedConnection] = [:]
  private var served: [OpaquePointer: ServedConnection] = [:]

  /// The servers that are not closed, by their listeners: evhttp's callbacks hold them without owning them.
  private static var open: [OpaquePointer: HTTPServer] = [:]

  /// Binds and listens; stays alive until ``close()``.
  ///
  /// - Parameters:
  ///   - host: an address, a name, or `*` for every address of the machine.
  ///   - names: when the host is of this machine alone, the names besides `localhost` that clients may use,
  ///     such as that of a proxy.
  ///   - forms: the pages, `folder/page` without a slash in front, that take a POST with a form of at most 4 kB.
  public convenience init(
    host: String, port: Int, names: [String] = [], forms: Set<String> = [],
    limits: HTTPLimits = HTTPLimits(), clock: LoopClock = .real, handler: @escaping Handler
  ) throws(HTTPError) {
    guard (0...65535).contains(port) else {
      throw HTTPError(description: "cannot serve on \(host):\(port): expected a port up to 65535")
    }
    try self.init(names: names, forms: forms, limits: limits, clock: clock, handler: handler) {
      server throws(HTTPError) in
      try Self.listen(server, host: host, port: port)
    }
  }

  /// Serves on a listening TCP socket that another program, such as systemd, has opened. It is closed with the server.
  public convenience init(
    adopting descriptor: Int32, names: [String] = [], forms: Set<String> = [],
    limits: HTTPLimits = HTTPLimits(), clock: LoopClock = .real, handler: @escaping Handler
  ) throws(HTTPError) {
    try self.init(names: names, forms: forms, limits: limits, clock: clock, handler: handler) {
      server throws(HTTPError) in
      try Self.adopt(descriptor, for: server)
    }
  }

  private init(
    names: [String], forms: Set<String>, limits: HTTPLimits, clock: LoopClock,
    handler: @escaping Handler,
    listen: (OpaquePointer) throws(HTTPError) -> (listener: OpaquePointer, address: SocketAddress)
  ) throws(HTTPError) {
    guard let server = evhttp_new(EventLoop.main.eventBase) else {
      throw HTTPError(description: "cannot serve: out of memory")
    }
    do throws(HTTPError) {
      (listener, address) = try listen(server)
    } catch {
      evhttp_free(server)
      throw error
    }
    self.server = server
    self.handler = handler
    self.limits = limits
    self.clock = clock
    rules = RequestRules(isLoopback: address.isLoopback, names: names)
    self.forms = forms
    Self.open[listener] = self
    setUp(server)
  }

  private func setUp(_ server: OpaquePointer) {
    evhttp_set_max_headers_size(server, limits.headers)
    evhttp_set_max_body_size(server, limits.body)
    // All of them, also those it does not know, so that the refusal is ours.
    evhttp_set_allowed_methods(server, .max)
    let context = Unmanaged.passUnretained(self).toOpaque()
    evhttp_set_bevcb(
      server,
      { base, context in
        let server = Unmanaged<HTTPServer>.fromOpaque(context!).takeUnretainedValue()
        // Without BEV_OPT_CLOSE_ON_FREE: evhttp closes the socket.
        let buffer = bufferevent_socket_new(base, -1, 0)
        if let buffer { onLoop { server.arrived(buffer) } }
        return buffer
      }, context)
    evhttp_set_gencb(
      server,
      { request, context in
        let server = Unmanaged<HTTPServer>.fromOpaque(context!).takeUnretainedValue()
        onLoop { server.received(request!) }
      }, context)
    // accept(2) fails when the process has no descriptor left, and would fail again at once.
    evconnlistener_set_error_cb(listener) { listener, _ in
      onLoop { HTTPServer.open[listener!]?.rest() }
    }
  }

  /// Stops listening and ends all connections; answers that come later are dropped.
  public func close() {
    guard let server else { return }
    self.server = nil
    for connection in served.values { connection.end() }
    for connection in fresh.values { connection.ended() }
    evhttp_free(server)
    Self.open[listener] = nil
  }

  // MARK: - Connections

  /// How many clients are connected.
  var connectionCount: Int { fresh.count + served.count }

  /// Whether the connections, with the newest, are within the limit.
  var hasRoom: Bool { connectionCount <= limits.connections }

  private func arrived(_ buffer: OpaquePointer) {
    // While an answer is sent evhttp reads on: this much is kept, then the client waits.
    bufferevent_setwatermark(buffer, Int16(EV_READ), 0, limits.headers + limits.body + 4096)
    let connection = ServedConnection(
      server: self, buffer: buffer, clock: clock, limit: limits.deadline)
    fresh[ObjectIdentifier(connection)] = connection
  }

  func adopt(_ connection: ServedConnection, _ handle: OpaquePointer) {
    fresh[ObjectIdentifier(connection)] = nil
    served[handle] = connection
  }

  func forget(_ connection: ServedConnection, _ handle: OpaquePointer?) {
    fresh[ObjectIdentifier(connection)] = nil
    if let handle { served[handle] = nil }
  }

  private func rest() {
    evconnlistener_disable(listener)
    let listener = listener
    _ = clock.schedule(at: clock.now.advanced(by: .seconds(1))) {
      if Self.open[listener] != nil { evconnlistener_enable(listener) }
    }
  }

  // MARK: - Requests

  private func received(_ request: UnsafeMutablePointer<evhttp_request>) {
    let exchange = HTTPExchange(request)
    if let handle = evhttp_request_get_connection(request), let connection = served[handle] {
      connection.begin(exchange, request)
    }
    switch question(request) {
    case .success(let question): exchange.start(question, handler)
    case .failure(let refusal): exchange.answer(refusal.response, closing: true)
    }
  }

  private struct Refusal: Error {
    var response: HTTPResponse
  }

  private func question(
    _ request: UnsafeMutablePointer<evhttp_request>
  ) -> Result<HTTPRequest, Refusal> {
    let uri = evhttp_request_get_evhttp_uri(request)
    let method: HTTPRequest.Method
    switch request.pointee.type {
    case EVHTTP_REQ_GET: method = .get
    case EVHTTP_REQ_HEAD: method = .head
    case EVHTTP_REQ_POST: method = .post
    default:
      let path = uri.flatMap { evhttp_uri_get_path($0) }
      let target = path.flatMap { RequestTarget(path: String(cString: $0), query: nil) }
      return .failure(
        Self.refusal(allowing: target.map(takesForms) == true ? "GET, HEAD, POST" : "GET, HEAD"))
    }
    guard let headers = Self.headers(request) else {
      return .failure(Refusal(response: .text("expected headers in UTF-8", status: 400)))
    }
    let query = evhttp_uri_get_query(uri).map { String(cString: $0) }
    let target = evhttp_uri_get_path(uri).flatMap {
      RequestTarget(path: String(cString: $0), query: query)
    }
    if method == .post, let target, !takesForms(target) {
      return .failure(Self.refusal(allowing: "GET, HEAD"))
    }
    let refusal = rules.refusal(
      of: headers, authority: evhttp_uri_get_host(uri).map { String(cString: $0) },
      isOldest: request.pointee.minor == 0, isForm: method == .post)
    if let refusal { return .failure(Refusal(response: refusal)) }
    guard let target else {
      return .failure(Refusal(response: .text("expected another path", status: 400)))
    }
    let body = method == .post ? Self.body(request) : []
    return .success(HTTPRequest(method, target, headers: headers, body: body))
  }

  private func takesForms(_ target: RequestTarget) -> Bool {
    !target.isFolder && forms.contains(target.path.joined(separator: "/"))
  }

  private static func refusal(allowing methods: String) -> Refusal {
    var refusal = HTTPResponse.text("expected \(methods)", status: 405)
    refusal.headers.append(HTTPHeader("Allow", methods))
    return Refusal(response: refusal)
  }

  /// The body that was read, as far as a form may be long.
  private static func body(_ request: UnsafeMutablePointer<evhttp_request>) -> [UInt8] {
    let buffer = request.pointee.input_buffer
    let count = min(evbuffer_get_length(buffer), RequestRules.mostFormBytes)
    return [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      filled = max(0, evbuffer_copyout(buffer, bytes.baseAddress, count))
    }
  }

  /// The headers, their names in small letters; `nil` for bytes that are no UTF-8.
  private static func headers(_ request: UnsafeMutablePointer<evhttp_request>) -> [HTTPHeader]? {
    var headers: [HTTPHeader] = []
    var next = request.pointee.input_headers.pointee.tqh_first
    while let header = next {
      guard let name = String(validatingCString: header.pointee.key),
        let value = String(validatingCString: header.pointee.value)
      else { return nil }
      headers.append(HTTPHeader(name.lowercased(), value))
      next = header.pointee.next.tqe_next
    }
    return headers
  }
}

extension HTTPServer {
  /// The first address that can be listened on.
  private static func listen(
    _ server: OpaquePointer, host: String, port: Int
  ) throws(HTTPError) -> (listener: OpaquePointer, address: SocketAddress) {
    var hosts = ["::", "0.0.0.0"]
    do throws(IOError) {
      if host != "*" { hosts = try SocketAddress.resolve(host: host, port: port).map(\.host) }
    } catch {
      throw HTTPError(description: "cannot serve on \(host):\(port): \(error)")
    }
    var problem: Int32 = 0
    for host in hosts {
      guard let socket = evhttp_bind_socket_with_handle(server, host, UInt16(port)) else {
        problem = errno
        continue
      }
      let chosen = localPort(of: evhttp_bound_socket_get_fd(socket))
      if let address = try? SocketAddress(host: host, port: chosen) {
        return (evhttp_bound_socket_get_listener(socket), address)
      }
    }
    throw HTTPError(
      description: "cannot serve on \(host):\(port): \(IOError.words(for: problem))",
      meansAddressInUse: problem == EADDRINUSE)
  }

  private static func adopt(
    _ descriptor: Int32, for server: OpaquePointer
  ) throws(HTTPError) -> (listener: OpaquePointer, address: SocketAddress) {
    guard let address = localAddress(of: descriptor) else {
      throw HTTPError(description: "cannot serve on socket \(descriptor): expected a TCP socket")
    }
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0,
      let socket = evhttp_accept_socket_with_handle(server, descriptor)
    else {
      throw HTTPError(description: "cannot serve on \(address): \(IOError.words(for: errno))")
    }
    return (evhttp_bound_socket_get_listener(socket), address)
  }

  /// `nil` for a socket that is not of TCP.
  private static func localAddress(of descriptor: Int32) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let isKnown = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        getsockname(descriptor, address, &length) == 0
          && [AF_INET, AF_INET6].contains(Int32(address.pointee.sa_family))
          && getnameinfo(
            address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
      }
    }
    guard isKnown else { return nil }
    let name = host.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    return try? SocketAddress(host: name, port: localPort(of: descriptor))
  }

  private static func localPort(of descriptor: Int32) -> Int {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    _ = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    // It stands at the same place for IPv4 and IPv6.
    return withUnsafeBytes(of: &storage) { Int($0[2]) << 8 | Int($0[3]) }
  }
}
