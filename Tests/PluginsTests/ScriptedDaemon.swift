import EventLoop
import TestSupport

/// A daemon on loopback that says to each line, or to each question of apcupsd's, what a test wants.
@LoopActor
final class ScriptedDaemon {
  private let listener: Listener
  private(set) var heard: [String] = []
  private(set) var connections = 0
  private let answer: @LoopActor (String) -> Answer
  private let isRecords: Bool
  private var open: [Connection] = []

  enum Answer: Sendable {
    case bytes([UInt8])
    case text(String)
    /// The connection ends, after some bytes or none.
    case end([UInt8])
    case silence
    /// Bytes without an end of a line, again and again.
    case flood
  }

  /// - Parameter records: the questions are apcupsd's, not lines.
  init(records: Bool = false, _ answer: @escaping @LoopActor (String) -> Answer) throws {
    listener = try Listener(on: SocketAddress(host: "127.0.0.1", port: 0))
    isRecords = records
    self.answer = answer
    EventLoop.start { [weak self, listener] in
      while let connection = try? await listener.accept() {
        guard let self else { return connection.close() }
        self.connections += 1
        self.open.append(connection)
        EventLoop.start { [weak self] in await self?.serve(connection) }
      }
    }
  }

  var address: SocketAddress { listener.address }

  func close() {
    listener.close()
    for connection in open { connection.close() }
  }

  private func serve(_ connection: Connection) async {
    var rest: [UInt8] = []
    while true {
      let count = rest.count
      let more = try? await connection.receive { bytes in
        (0..<bytes.count).map { bytes[$0] }
      }
      guard let more = more ?? nil else { return connection.close() }
      rest += more
      if rest.count == count { continue }
      while let question = takeQuestion(from: &rest) {
        heard.append(question)
        switch answer(question) {
        case .bytes(let bytes): try? await connection.send(bytes)
        case .text(let text): try? await connection.send(Array(text.utf8))
        case .end(let bytes):
          try? await connection.send(bytes)
          return connection.close()
        case .silence: break
        case .flood:
          let chunk = [UInt8](repeating: 0x41, count: 65536)
          for _ in 0..<64 { try? await connection.send(chunk) }
        }
      }
    }
  }

  private func takeQuestion(from rest: inout [UInt8]) -> String? {
    if isRecords {
      guard rest.count >= 2, rest.count >= 2 + Int(rest[1]) else { return nil }
      defer { rest.removeFirst(2 + Int(rest[1])) }
      return String(decoding: rest[2..<2 + Int(rest[1])], as: UTF8.self)
    }
    guard let end = rest.firstIndex(of: 0x0A) else { return nil }
    defer { rest.removeFirst(end + 1) }
    return String(decoding: rest[..<end], as: UTF8.self)
  }
}
