internal import Glibc
internal import PluginKit

/// One request to a server and its answer, on a worker thread, which may block. Time and length are bounded.
///
/// `Connection` of EventLoop cannot serve here: it belongs to the loop's thread, and a slow read runs beside it.
struct StatusSocket: ~Copyable {
  /// A bound on the answer; status pages are a few kB.
  static let longest = 256 << 10

  private let descriptor: Int32
  private let source: String
  private let deadline: ContinuousClock.Instant

  /// Connects.
  init(
    _ address: StatusAddress, deadline: ContinuousClock.Instant
  ) throws(PluginError) {
    let family =
      switch address.place {
      case .unix: AF_UNIX
      case .tcp(let host, _): host.contains(":") ? AF_INET6 : AF_INET
      }
    source = address.text
    self.deadline = deadline
    descriptor = socket(
      family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw failure("a socket", errno) }
    let code =
      switch address.place {
      case .unix(let path): connect(toUnix: path)
      case .tcp(let host, let port): connect(to: host, port)
      }
    if code == 0 { return }
    guard code == EINPROGRESS else { throw failure("a connection", code) }
    try wait(for: POLLOUT, "a connection")
    var problem: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &length)
    if problem != 0 { throw failure("a connection", problem) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func send(_ bytes: [UInt8]) throws(PluginError) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        try wait(for: POLLOUT, "a question taken")
      } else if errno != EINTR {
        throw failure("a question taken", errno)
      }
    }
  }

  /// Reads until the other side closes, or until `isWhole` returns true.
  func receive(until isWhole: ([UInt8]) -> Bool) throws(PluginError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      if count == 0 { return bytes }
      if count > 0 {
        bytes += chunk[..<count]
        if isWhole(bytes) { return bytes }
        guard bytes.count <= StatusSocket.longest else {
          throw PluginError(
            source: source, expected: "at most \(StatusSocket.longest) bytes", found: "more")
        }
      } else if errno == EAGAIN {
        try wait(for: POLLIN, "an answer")
      } else if errno != EINTR {
        throw failure("an answer", errno)
      }
    }
  }

  private func wait(for event: Int32, _ what: String) throws(PluginError) {
    while true {
      let rest = ContinuousClock.now.duration(to: deadline)
      guard rest > .zero else {
        throw PluginError(
          source: source, expected: "\(what) in time", found: "none", isTimeout: true)
      }
      let (seconds, atto) = rest.components
      var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      let wait = min(seconds * 1000 + atto / 1_000_000_000_000_000 + 1, 60_000)
      let count = poll(&request, 1, Int32(wait))
      if count > 0 { return }
      if count < 0, errno != EINTR { throw failure(what, errno) }
    }
  }

  // MARK: Addresses

  private func connect(toUnix path: String) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return connect(&address, MemoryLayout<sockaddr_un>.size)
  }

  private func connect(to host: String, _ port: UInt16) -> Int32 {
    if host.contains(":") {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      inet_pton(AF_INET6, host, &address.sin6_addr)
      return connect(&address, MemoryLayout<sockaddr_in6>.size)
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return connect(&address, MemoryLayout<sockaddr_in>.size)
  }

  /// - Returns: 0 or the errno.
  private func connect<Address>(_ address: inout Address, _ size: Int) -> Int32 {
    withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(size)) == 0 ? 0 : errno
      }
    }
  }

  private func failure(_ what: String, _ code: Int32) -> PluginError {
    PluginError(source: source, expected: what, found: String(cString: strerror(code)))
  }
}
