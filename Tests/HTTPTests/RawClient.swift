import EventLoop
import HTTP
import Testing

/// A client that sends any bytes.
@LoopActor
final class RawClient {
  private let connection: Connection

  init(_ server: HTTPServer) async throws {
    let address = try SocketAddress(host: "127.0.0.1", port: server.address.port)
    connection = try await Connection.connect(to: address, within: .seconds(5))
    // A test that waits for ever says less than one that fails.
    connection.setDeadline(LoopClock.real.now.advanced(by: .seconds(10)))
  }

  func send(_ text: String) async throws { try await connection.send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async throws { try await connection.send(bytes) }

  /// Everything up to the end of the connection, however it ends.
  func rest() async -> String {
    var bytes: [UInt8] = []
    while true {
      let more = try? await connection.receive { span in
        span.withUnsafeBufferPointer { Array($0) }
      }
      guard let more = more.flatMap({ $0 }) else { break }
      bytes += more
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads until `text` was seen, or the end.
  func until(_ text: String) async -> String {
    var seen = ""
    while !seen.contains(text) {
      let more = try? await connection.receive { span in
        span.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
      }
      guard let more = more.flatMap({ $0 }) else { return seen }
      seen += more
    }
    return seen
  }

  func close() { connection.close() }
}

/// A server for one test, and a look at it.
@LoopActor
func withServer(
  limits: HTTPLimits = HTTPLimits(), clock: LoopClock = .real,
  handler: @escaping HTTPServer.Handler = { echo($0) },
  _ body: @LoopActor (HTTPServer) async throws -> Void
) async throws {
  let server = try HTTPServer(
    host: "127.0.0.1", port: 0, limits: limits, clock: clock, handler: handler)
  defer { server.close() }
  try await body(server)
}

/// Answers with the parts of the path.
func echo(_ request: HTTPRequest) -> HTTPResponse {
  .text(request.path.joined(separator: "|") + (request.isFolder ? "|" : ""))
}

/// What the server says to some bytes, up to the end of the connection.
@LoopActor
func answer(_ server: HTTPServer, _ request: String) async throws -> String {
  let client = try await RawClient(server)
  try? await client.send(request)
  return await client.rest()
}

func get(_ target: String, _ headers: String...) -> String {
  "GET \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    + headers.map { $0 + "\r\n" }.joined() + "\r\n"
}

/// Expects one of some statuses; `none` is a connection that ended without an answer.
@LoopActor
func expect(
  _ server: HTTPServer, _ request: String, _ expected: [String],
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let words = try await answer(server, request).split(separator: " ")
  let status = words.count > 1 ? String(words[1]) : "none"
  #expect(expected.contains(status), sourceLocation: sourceLocation)
}
