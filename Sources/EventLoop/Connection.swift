internal import CLinux
internal import Glibc

/// A stream socket on the loop, TCP or unix.
///
/// Reads go through one buffer of the loop, so an idle connection holds no memory of its own. A write is tried at once
/// and waits only when the kernel's buffer is full, so a slow peer slows its sender.
@LoopActor
public final class Connection: Transport {
  /// The other side's address.
  public let peer: SocketAddress
  private let watch: Watch
  private var deadline: Deadline?
  private var reads = 0

  init(descriptor: Int32, peer: SocketAddress, clock: LoopClock) {
    self.peer = peer
    watch = Watch(descriptor)
    if !peer.isLocal {
      // Each reply is one write; Nagle's wait for the previous one's acknowledgement costs a stock master 40 ms.
      var one: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }
    deadline = Deadline(clock: clock) { [weak watch] in watch?.fail(.timedOut) }
  }

  public var peerName: String { peer.description }
  public var isIdle: Bool { watch.isSilent }

  /// Connects, within the time that is given.
  /// - Parameter source: the local address to call from, if it matters.
  public static func connect(
    to address: SocketAddress, from source: SocketAddress? = nil, within limit: Duration,
    clock: LoopClock = .real
  ) async throws(IOError) -> Connection {
    let kind =
      Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, kind, 0)
    guard descriptor >= 0 else {
      throw .system(call: "socket", subject: address.description, code: errno)
    }
    if let source, source.withPointer({ bind(descriptor, $0, $1) }) != 0 {
      let code = errno
      Glibc.close(descriptor)
      throw .system(call: "bind", subject: source.description, code: code)
    }
    let started = address.withPointer { Glibc.connect(descriptor, $0, $1) }
    let code = errno
    // A unix socket whose backlog is full says EAGAIN, and there is no event to wait for.
    guard started == 0 || code == EINPROGRESS else {
      Glibc.close(descriptor)
      throw .system(call: "connect", subject: address.description, code: code)
    }
    let connection = Connection(descriptor: descriptor, peer: address, clock: clock)
    if started != 0 {
      connection.setDeadline(clock.now.advanced(by: limit))
      do throws(IOError) {
        try await connection.untilConnected()
      } catch {
        // Its timer would stay until the limit.
        connection.close()
        throw error
      }
      var problem: Int32 = 0
      var length = socklen_t(4)
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &length)
      guard problem == 0 else {
        connection.close()
        throw .system(call: "connect", subject: address.description, code: problem)
      }
      connection.setDeadline(nil)
    }
    return connection
  }

  /// Waits for the kernel to finish connecting, unless the task is cancelled.
  private func untilConnected() async throws(IOError) {
    let watch = self.watch
    let result = await withTaskCancellationHandler {
      () async -> Result<Void, IOError> in
      do throws(IOError) {
        return .success(try await watch.waitWritable())
      } catch {
        return .failure(error)
      }
    } onCancel: {
      EventLoop.main.post { watch.fail(.closed) }
    }
    try result.get()
  }

  public func receive<Result>(_ body: (Span<UInt8>) -> Result) async throws(IOError) -> Result? {
    // After 16 reads without a wait the other connections get their turn.
    reads += 1
    if reads % 16 == 0 { await EventLoop.main.turned() }
    while true {
      if let failure = watch.failure { throw failure }
      let count = read(watch.descriptor, scratch.baseAddress, scratch.count)
      if count > 0 {
        return body(scratched(count).span)
      }
      if count == 0 { return nil }
      switch errno {
      case EAGAIN:
        reads = 0
        try await watch.waitReadable()
      case EINTR: continue
      default: throw .system(call: "read", subject: peerName, code: errno)
      }
    }
  }

  public func send(_ bytes: [UInt8]) async throws(IOError) {
    try await watch.write(bytes, name: peerName)
  }

  @discardableResult
  public func sendAtOnce(_ bytes: [UInt8]) -> Int {
    watch.failure == nil ? max(0, write(watch.descriptor, bytes, bytes.count)) : 0
  }

  /// Closes the sending direction; the other side may still send.
  public func finishSending() {
    if watch.failure == nil { shutdown(watch.descriptor, Int32(SHUT_WR)) }
  }

  public func setDeadline(_ deadline: LoopClock.Instant?) { self.deadline?.set(deadline) }

  public func close() {
    deadline?.set(nil)
    watch.fail(.closed)
  }
}

extension Watch {
  /// Writes all bytes, waiting whenever the other side is slower.
  func write(_ bytes: [UInt8], name: @autoclosure () -> String) async throws(IOError) {
    var sent = 0
    while sent < bytes.count {
      if let failure { throw failure }
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + sent, $0.count - sent)
      }
      if count >= 0 {
        sent += count
        continue
      }
      switch errno {
      case EAGAIN: try await waitWritable()
      case EINTR: continue
      default: throw .system(call: "write", subject: name(), code: errno)
      }
    }
  }
}
