internal import Glibc

/// A connected datagram socket, UDP or unix: the kernel drops datagrams of any other sender.
@LoopActor
public final class Datagrams {
  /// The other side's address.
  public let peer: SocketAddress
  private let watch: Watch
  private var deadline: Deadline?
  /// The path of this socket's own file, to which the other side answers; removed with this object.
  private let ownPath: String?

  private init(_ watch: Watch, peer: SocketAddress, ownPath: String?, clock: LoopClock) {
    self.watch = watch
    self.peer = peer
    self.ownPath = ownPath
    deadline = Deadline(clock: clock) { [weak watch] in watch?.fail(.timedOut) }
  }

  /// Opens a socket; nothing is sent yet.
  /// - Parameters:
  ///   - address: where all datagrams go and where answers come from.
  ///   - path: for a unix socket, the path of a new file that the other side can answer to.
  ///   - mode: the permissions of that file.
  /// - Throws: ``IOError`` naming the address; a unix socket without a listener is refused here.
  public static func open(
    to address: SocketAddress, answeredAt path: String? = nil, mode: UInt32 = 0o600,
    clock: LoopClock = .real
  ) throws(IOError) -> Datagrams {
    let kind =
      Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, kind, 0)
    guard descriptor >= 0 else {
      throw .system(call: "socket", subject: address.description, code: errno)
    }
    let watch = Watch(descriptor)
    if let path {
      let own = try SocketAddress(path: path)
      // The folder may be another user's, who could put a link in the file's place before a chmod.
      let usual = umask(~mode & 0o777)
      let bound = own.withPointer { bind(descriptor, $0, $1) }
      let code = errno
      umask(usual)
      guard bound == 0 else { throw .system(call: "bind", subject: path, code: code) }
    }
    let socket = Datagrams(watch, peer: address, ownPath: path, clock: clock)
    guard address.withPointer({ connect(descriptor, $0, $1) }) == 0 else {
      throw .system(call: "connect", subject: address.description, code: errno)
    }
    return socket
  }

  isolated deinit {
    if let ownPath { unlink(ownPath) }
  }

  /// Sends one datagram without waiting. A full buffer is an error: datagrams can be lost anyway, so callers repeat them.
  public func send(_ bytes: [UInt8]) throws(IOError) {
    if let failure = watch.failure { throw failure }
    guard Glibc.send(watch.descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    else { throw .system(call: "send to", subject: peer.description, code: errno) }
  }

  /// Waits for a datagram and lends it to `body`.
  /// - Throws: ``IOError``; `Connection refused` when the other machine reports that the port is closed.
  public func receive<Result>(_ body: (Span<UInt8>) -> Result) async throws(IOError) -> Result {
    while true {
      if let failure = watch.failure { throw failure }
      let count = recv(watch.descriptor, scratch.baseAddress!, scratch.count, 0)
      if count >= 0 { return body(scratched(count).span) }
      let code = errno
      if code == EINTR { continue }
      guard code == EAGAIN else {
        throw .system(call: "receive from", subject: peer.description, code: code)
      }
      try await watch.waitReadable()
    }
  }

  /// Ends the socket at `deadline` with ``IOError/timedOut``, unless another deadline is set before.
  public func setDeadline(_ time: LoopClock.Instant?) { deadline?.set(time) }

  /// Ends all waiting with ``IOError/closed``.
  public func close() {
    deadline?.set(nil)
    watch.fail(.closed)
  }
}
