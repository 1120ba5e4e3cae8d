internal import CLinux
internal import Glibc

/// A listening socket, TCP or unix.
@LoopActor
public final class Listener {
  /// Where it listens; the port is the kernel's choice when 0 was asked for.
  public let address: SocketAddress
  private let watch: Watch
  private let clock: LoopClock
  private let path: String?
  /// Device and inode of the socket's file: another file of the same name is not removed.
  private let file: [UInt]?

  /// Binds and listens.
  /// - Parameters:
  ///   - address: a unix socket's stale file is removed first, unless a process listens on it.
  ///   - dualStack: an IPv6 `::` also takes IPv4 peers.
  public init(
    on address: SocketAddress, backlog: Int32 = 1024, dualStack: Bool = true,
    clock: LoopClock = .real
  ) throws(IOError) {
    let kind =
      Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, kind, 0)
    guard descriptor >= 0 else {
      throw .system(call: "socket", subject: address.description, code: errno)
    }
    var one: Int32 = 1
    if address.isLocal {
      do throws(IOError) { try Listener.removeStale(address) } catch {
        Glibc.close(descriptor)
        throw error
      }
    } else {
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
    }
    if address.family == AF_INET6 {
      var only: Int32 = dualStack ? 0 : 1
      setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, 4)
    }
    for (call, attempt) in [
      ("bind", { address.withPointer { bind(descriptor, $0, $1) } }),
      ("listen", { listen(descriptor, backlog) }),
    ] where attempt() != 0 {
      let code = errno
      Glibc.close(descriptor)
      throw .system(call: call, subject: address.description, code: code)
    }
    self.address = SocketAddress.filled { getsockname(descriptor, $0, $1) }.address
    self.clock = clock
    path = address.isLocal ? address.host : nil
    file = path.flatMap(Listener.identity)
    watch = Watch(descriptor, writing: false)
  }

  /// Takes over a socket that listens already, as systemd hands it over. A unix socket's file stays in the end: it is
  /// not ours.
  /// - Throws: ``IOError`` when it is no listening stream socket.
  public init(adopting descriptor: Int32, clock: LoopClock = .real) throws(IOError) {
    try Listener.check(inherited: descriptor)
    guard clinux_set_nonblocking(descriptor) == 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
    else { throw .system(call: "fcntl", subject: "descriptor \(descriptor)", code: errno) }
    address = SocketAddress.filled { getsockname(descriptor, $0, $1) }.address
    self.clock = clock
    path = nil
    file = nil
    watch = Watch(descriptor, writing: false)
  }

  /// Makes sure that a descriptor from outside is a listening stream socket.
  public nonisolated static func check(inherited descriptor: Int32) throws(IOError) {
    func option(_ name: Int32) throws(IOError) -> Int32 {
      var value: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      guard getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 else {
        throw .system(call: "adopt", subject: "descriptor \(descriptor)", code: errno)
      }
      return value
    }
    guard try option(SO_TYPE) == Int32(SOCK_STREAM.rawValue), try option(SO_ACCEPTCONN) == 1 else {
      throw .system(
        call: "adopt", subject: "descriptor \(descriptor), no listening stream socket",
        code: EINVAL)
    }
  }

  /// A unix socket's file outlives its server. It is removed only when no process listens there any more.
  /// - Throws: when there is something else of that name.
  private static func removeStale(_ address: SocketAddress) throws(IOError) {
    var status = stat()
    guard lstat(address.host, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw .failed("cannot listen on \(address.host): expected a unix socket or no file there")
    }
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { Glibc.close(probe) }
    if address.withPointer({ Glibc.connect(probe, $0, $1) }) != 0, errno == ECONNREFUSED {
      unlink(address.host)
    }
  }

  /// Why no socket can listen on an address, whatever its port; `nil` when one can. Nothing is left behind.
  public nonisolated static func obstacle(to address: SocketAddress) -> IOError? {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, kind, 0)
    guard descriptor >= 0 else {
      return .system(call: "socket", subject: address.description, code: errno)
    }
    defer { Glibc.close(descriptor) }
    return address.withPointer { bind(descriptor, $0, $1) } == 0
      ? nil : .system(call: "bind", subject: address.description, code: errno)
  }

  private static func identity(of path: String) -> [UInt]? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
    return [UInt(status.st_dev), UInt(status.st_ino)]
  }

  /// Waits for the next peer.
  /// - Throws: ``IOError/closed`` after ``close()``; a `.system` error when the process has no descriptor
  ///   left: wait a little and call again.
  public func accept() async throws(IOError) -> Connection {
    while true {
      if let failure = watch.failure { throw failure }
      let (descriptor, peer) = SocketAddress.filled { clinux_accept(watch.descriptor, $0, $1) }
      if descriptor >= 0 { return Connection(descriptor: descriptor, peer: peer, clock: clock) }
      switch errno {
      case EAGAIN: try await watch.waitReadable()
      // The peer closed before it was accepted: accept(2) passes on its network errors.
      case EINTR, ECONNABORTED, EPROTO, ENETDOWN, EHOSTDOWN, EHOSTUNREACH, ENETUNREACH: continue
      default: throw .system(call: "accept", subject: address.description, code: errno)
      }
    }
  }

  /// Stops listening and removes a unix socket's file.
  public func close() {
    if watch.failure == nil, let path, file == Listener.identity(of: path) { unlink(path) }
    watch.fail(.closed)
  }
}
