import EventLoop
import TestNodes

/// A listener whose queue is full, so that a connection to it is never made: as a host that is switched off.
@LoopActor
final class BlackHole {
  let address: SocketAddress
  private let server: RawServer
  private let idle = LoopClock(standingAt: 0)
  private var fillers: [Task<Connection?, Never>] = []
  private var connected = 0

  init() async throws {
    server = try RawServer(backlog: 0)
    address = server.address
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
    server.close()
  }
}
