import EventLoop
import Glibc
import Testing

/// A listening socket on loopback without the loop: for what only a raw socket can do.
struct RawServer {
  let descriptor: Int32
  let address: SocketAddress

  /// - Parameters:
  ///   - backlog: with 0 a few callers fill the queue, and nobody else comes through.
  ///   - buffer: of the connections, in bytes; the kernel takes its smallest for 1.
  init(backlog: Int32 = 5, buffer: Int32? = nil) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    if var buffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, 4)
      setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer, 4)
    }
    var raw = sockaddr_in()
    raw.sin_family = sa_family_t(AF_INET)
    raw.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isMade = withUnsafeMutablePointer(to: &raw) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, backlog) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(isMade)
    self.descriptor = descriptor
    address = try SocketAddress(
      host: "127.0.0.1", port: Int(UInt16(bigEndian: raw.sin_port)))
  }

  var port: Int { address.port }

  func close() { Glibc.close(descriptor) }
}
