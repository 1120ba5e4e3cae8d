import EventLoop
import TestSupport
import Testing

@testable import HTTP

/// Answers that are made while they are sent.
@Suite(.timeLimit(.minutes(1))) struct HTTPStreamTests {
  /// Counts the parts that were asked for.
  @LoopActor private final class Parts {
    var made = 0
    let count: Int
    let length: Int

    init(_ count: Int, length: Int) {
      self.count = count
      self.length = length
    }

    nonisolated func response() -> HTTPResponse {
      HTTPResponse(
        "text/plain",
        HTTPStream {
          guard self.made < self.count else { return nil }
          self.made += 1
          return [UInt8](repeating: 0x61, count: self.length)
        })
    }
  }

  @Test func theBodyComesInChunks() async throws {
    try await onTestLoop {
      let parts = Parts(3, length: 5)
      try await withServer(handler: { _ in parts.response() }) { server in
        let text = try await answer(server, get("/"))
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.contains("\r\nTransfer-Encoding: chunked\r\n"))
        #expect(text.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
        #expect(!text.contains("Content-Length"))
        #expect(text.hasSuffix("\r\n\r\n5\r\naaaaa\r\n5\r\naaaaa\r\n5\r\naaaaa\r\n0\r\n\r\n"))
      }
    }
  }

  /// Nothing came of a part: the others have their turn before the next.
  @Test func emptyPartsLetOthersGoOn() async throws {
    try await onTestLoop {
      let endless = HTTPResponse("text/plain", HTTPStream { [] })
      try await withServer(handler: { request in
        request.path == ["endless"] ? endless : Parts(1, length: 5).response()
      }) { server in
        let waiting = try await RawClient(server)
        try await waiting.send("GET /endless HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        for _ in 0..<3 {
          #expect(try await answer(server, get("/")).hasSuffix("5\r\naaaaa\r\n0\r\n\r\n"))
        }
        waiting.close()
      }
    }
  }

  @Test func anOldClientGetsItUntilTheEndOfTheConnection() async throws {
    try await onTestLoop {
      let parts = Parts(3, length: 5)
      try await withServer(handler: { _ in parts.response() }) { server in
        let client = try await RawClient(server)
        try await client.send("GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        let text = await client.rest()
        #expect(text.hasSuffix("\r\n\r\naaaaaaaaaaaaaaa"), "\(text)")
      }
    }
  }

  @Test func headGetsNoBody() async throws {
    try await onTestLoop {
      let parts = Parts(3, length: 5)
      try await withServer(handler: { _ in parts.response() }) { server in
        let request = get("/abc").replacing("GET", with: "HEAD", maxReplacements: 1)
        let text = try await answer(server, request)
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("\r\n\r\n"))
        #expect(parts.made == 0)
      }
    }
  }

  @Test func theNextRequestOfTheConnectionIsAnswered() async throws {
    try await onTestLoop {
      let parts = Parts(2, length: 3)
      try await withServer(handler: { request in
        request.path == ["stream"] ? parts.response() : .text("plain")
      }) { server in
        let client = try await RawClient(server)
        let host = "Host: 127.0.0.1\r\n"
        try await client.send(
          "GET /stream HTTP/1.1\r\n\(host)\r\nGET /x HTTP/1.1\r\n\(host)Connection: close\r\n\r\n")
        let text = await client.rest()
        #expect(text.contains("3\r\naaa\r\n3\r\naaa\r\n0\r\n\r\nHTTP/1.1 200 OK"))
        #expect(text.hasSuffix("plain\n"))
      }
    }
  }

  /// A client that reads nothing costs what lies in the socket's buffers and one part, and is dropped.
  @Test func aClientThatStopsReadingIsDropped() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_700_000_000)
      let parts = Parts(10_000, length: 64 << 10)
      try await withServer(clock: clock, handler: { _ in parts.response() }) { server in
        let client = try await RawClient(server)
        try await client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        // Until the buffers of the kernel are full.
        try await Task.yieldUntilQuiet()
        #expect(parts.made < 1000)
        clock.advance(by: .seconds(31))
        try await reach { server.connectionCount == 0 }
        #expect(parts.made < 1000)
        client.close()
      }
    }
  }

  /// One that goes away in the middle ends the work.
  @Test func aClientThatGoesAwayEndsTheWork() async throws {
    try await onTestLoop {
      let parts = Parts(10_000, length: 64 << 10)
      try await withServer(handler: { _ in parts.response() }) { server in
        let client = try await RawClient(server)
        try await client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        _ = await client.until("aaa")
        client.close()
        try await reach { server.connectionCount == 0 }
        #expect(parts.made < 10_000)
      }
    }
  }
}
