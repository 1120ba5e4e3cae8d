import EventLoop
import Glibc
import TestNodes
import Testing

/// A listener whose queue is full, so that a connection to it is never made: as a host that is switched off.
@LoopActor
final class BlackHole {
  let address: SocketAddress
  private let descriptor: Int32
  private let idle = LoopClock(standingAt: 0)
  private var fillers: [Task<Connection?, Never>] = []
  private var connected = 0

  init() async throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var raw = sockaddr_in()
    raw.sin_family = sa_family_t(AF_INET)
    raw.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isMade = withUnsafeMutablePointer(to: &raw) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 0) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    address = try SocketAddress(
      host: "127.0.0.1", port: Int(UInt16(bigEndian: raw.sin_port)))
    try #require(isMade)
    let (address, idle) = (address, idle)
    fillers = (0..<3).map { _ in
      EventLoop.start { () async -> Connection? in
        let connection = try? await Connection.connect(
          to: address, within: .seconds(1), clock: idle)
        if connection != nil { self.connected += 1 }
        return connection
      }
    }
    // One is connected and fills the queue. On a busy machine that takes its time too.
    try await until("a full queue") { self.connected == 1 && idle.waiting == 2 }
  }

  func close() async {
    idle.advance(by: .seconds(2))
    for filler in fillers { await filler.value?.close() }
    Glibc.close(descriptor)
  }
}
