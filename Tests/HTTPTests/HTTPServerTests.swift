import EventLoop
import Glibc
import TestSupport
import Testing

@testable import HTTP

@Suite struct HTTPServerTests {
  @Test func aPageIsAnsweredWithSafetyHeaders() async throws {
    try await onTestLoop {
      try await withServer { server in
        let text = try await answer(server, get("/a%20b/c/"))
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.hasSuffix("\r\n\r\na b|c|\n"))
        #expect(text.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"))
        #expect(text.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
        #expect(text.contains("frame-ancestors 'none'"))
        #expect(text.contains("default-src 'none'"))
        #expect(text.contains("\r\nContent-Length: 7\r\n"))
      }
    }
  }

  @Test func headGetsTheLengthAndNoBody() async throws {
    try await onTestLoop {
      try await withServer { server in
        let request = get("/abc").replacing("GET", with: "HEAD", maxReplacements: 1)
        let text = try await answer(server, request)
        #expect(text.contains("\r\nContent-Length: 4\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
      }
    }
  }

  /// systemd opens the socket of a unit's ListenStream.
  @Test func aSocketThatSomebodyElseOpenedIsServed() async throws {
    try await onTestLoop {
      let descriptor = try listening()
      let server = try HTTPServer(adopting: descriptor) { _ in .text("adopted", status: 200) }
      #expect(server.address.host == "127.0.0.1" && server.address.port > 0)
      let text = try await answer(server, get("/"))
      #expect(text.hasPrefix("HTTP/1.1 200 OK") && text.hasSuffix("adopted\n"))
      server.close()
      let client = try? await RawClient(server)
      #expect(client == nil)
    }
  }

  @Test func anotherDescriptorIsNotServed() async throws {
    try await onTestLoop {
      let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
      defer { close(file) }
      #expect(
        throws: HTTPError(
          description: "cannot serve on socket \(file): expected a TCP socket")
      ) { _ = try HTTPServer(adopting: file) { _ in .text("", status: 200) } }
    }
  }

  @Test func aPortThatIsTakenIsToldAsSuch() async throws {
    try await onTestLoop {
      try await withServer { server in
        do throws(HTTPError) {
          _ = try HTTPServer(host: "127.0.0.1", port: server.address.port) { _ in
            .text("", status: 200)
          }
          Issue.record("the port is served twice")
        } catch {
          #expect(error.meansAddressInUse)
        }
      }
    }
  }

  @Test func aConnectionServesManyRequests() async throws {
    try await onTestLoop {
      try await withServer { server in
        let client = try await RawClient(server)
        for name in ["one", "two", "three"] {
          try await client.send("GET /\(name) HTTP/1.1\r\nHost: localhost\r\n\r\n")
          #expect(await client.until("\(name)\n").hasPrefix("HTTP/1.1 200"))
        }
        #expect(server.connectionCount == 1)
        client.close()
      }
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await onTestLoop {
      try await withServer { server in
        let requests = (0..<50).map { "GET /p\($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined()
        let text = try await answer(server, requests + get("/last"))
        let bodies = text.split(separator: "\r\n").filter { $0.hasPrefix("p") || $0 == "last\n" }
        #expect(text.components("HTTP/1.1 200") == 51)
        #expect(bodies.last == "last\n")
      }
    }
  }

  @Test(arguments: [
    (
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
      "405"
    ),
    ("BREW / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "405"),
    ("DELETE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "405"),
    (get("/%"), "400"), (get("/%4"), "400"), (get("/%zz"), "400"), (get("/a%00b"), "400"),
    (get("/a%0ab"), "400"), (get("/%ff"), "400"), (get("/.."), "400"), (get("/a/../b"), "400"),
    (get("/%2e%2e/etc/passwd"), "400"), (get("/a%2fb"), "400"), (get("//a"), "421"),
    (get("/a//"), "400"),
    (get("/a//b"), "400"), (get("/./a"), "400"), (get("/?a=%"), "400"), (get("nothing"), "400"),
    (get("/", "Content-Length: 0", "Content-Length: 0"), "400"),
    (get("/", "Content-Length : 5"), "400"),
    (get("/", "Transfer-Encoding: chunked") + "0\r\n\r\n", "400"),
    (get("/", "Bad Name: 1"), "400"), (get("/", "X: \u{7}\u{e9}"), "200"),
    (get("/", "Host: localhost"), "400"), (get("/", "no colon"), "400"),
    ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "400"),
    ("GET / HTTP/1.0\r\n\r\n", "200"),
    ("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "421"),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\nConnection: close\r\n\r\n", "421"),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1:4950\r\nConnection: close\r\n\r\n", "200"),
    ("GET / HTTP/1.1\r\nHost: [::1]:4950\r\nConnection: close\r\n\r\n", "200"),
    ("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "421"),
    ("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", "400"),
    ("\u{16}\u{3}\u{1}\r\n\r\n", "400"), ("GET /\r\n\r\n", "400"),
  ])
  func aRequestIsJudged(request: String, expected: String) async throws {
    try await onTestLoop {
      try await withServer { server in
        try await expect(server, request, [expected])
      }
    }
  }

  @Test func longHeadersAreRefused() async throws {
    try await onTestLoop {
      try await withServer { server in
        let long = String(repeating: "x", count: 20_000)
        // The server may close before it has read all: then there is a reset and no answer.
        try await expect(server, get("/" + long), ["400", "413", "none"])
        try await expect(server, get("/", "X: " + long), ["400", "413", "none"])
        let endless = try await RawClient(server)
        for _ in 0..<40 { try? await endless.send(long) }
        _ = await endless.rest()
        try await expect(server, get("/"), ["200"])
      }
    }
  }

  @Test func aLongBodyIsRefused() async throws {
    try await onTestLoop {
      try await withServer { server in
        let body = String(repeating: "x", count: 200_000)
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"
        try await expect(server, head + body, ["400", "413", "none"])
        let chunked =
          "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n"
        try await expect(server, chunked + body, ["400", "413", "none"])
      }
    }
  }

  @Test func aSlowSenderIsCutOff() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_700_000_000)
      try await withServer(clock: clock) { server in
        let client = try await RawClient(server)
        try await client.send("GET / HTTP/1.1\r\nHost: loc")
        try await reach { clock.waiting == 1 }
        clock.advance(by: .seconds(29))
        try await client.send("alhost\r\n")
        try await reach { server.connectionCount == 1 }
        clock.advance(by: .seconds(2))
        #expect(await client.rest() == "")
        try await reach { server.connectionCount == 0 }
      }
    }
  }

  @Test func aRequestAfterALongIdleTimeHasItsWholeTime() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_700_000_000)
      try await withServer(clock: clock) { server in
        let client = try await RawClient(server)
        try await reach { clock.waiting == 1 }
        clock.advance(by: .seconds(29))
        try await client.send("GET /late HTTP/1.1\r\n")
        try await Task.yieldUntilQuiet()
        clock.advance(by: .seconds(29))
        try await client.send("Host: localhost\r\n\r\n")
        #expect(await client.until("late\n").hasPrefix("HTTP/1.1 200"))
        clock.advance(by: .seconds(31))
        #expect(await client.rest() == "")
      }
    }
  }

  @Test func connectionsBeyondTheLimitAreClosed() async throws {
    try await onTestLoop {
      var limits = HTTPLimits()
      limits.connections = 3
      try await withServer(limits: limits) { server in
        var clients: [RawClient] = []
        for _ in 0..<3 { clients.append(try await RawClient(server)) }
        try await reach { server.connectionCount == 3 }
        let refused = try await RawClient(server)
        #expect(await refused.rest() == "")
        clients.removeLast().close()
        try await reach { server.connectionCount == 2 }
        try await expect(server, get("/"), ["200"])
        for client in clients { client.close() }
      }
    }
  }

  @Test func anAnswerMayComeLater() async throws {
    try await onTestLoop {
      let gate = Gate()
      try await withServer(handler: { request in
        await gate.wait()
        return echo(request)
      }) { server in
        let client = try await RawClient(server)
        try await client.send(get("/later"))
        try await Task.yieldUntilQuiet()
        gate.open()
        #expect(await client.rest().hasSuffix("later\n"))
      }
    }
  }

  @Test func aClientThatHasGoneHarmsNobody() async throws {
    try await onTestLoop {
      let gate = Gate()
      var started = false
      try await withServer(handler: { request in
        guard request.path == ["slow"] else { return echo(request) }
        started = true
        await gate.wait()
        return HTTPResponse("text/plain", [UInt8](repeating: 0x41, count: 1 << 20))
      }) { server in
        let client = try await RawClient(server)
        try await client.send(get("/slow") + "more bytes that nobody reads")
        try await reach { started }
        client.close()
        try await expect(server, get("/other"), ["200"])
        gate.open()
        try await reach { server.connectionCount == 0 }
      }
    }
  }

  @Test func aClosedServerDropsItsAnswers() async throws {
    try await onTestLoop {
      let gate = Gate()
      let done = Gate()
      var started = false
      let server = try HTTPServer(host: "127.0.0.1", port: 0) { request in
        started = true
        await gate.wait()
        done.open()
        return echo(request)
      }
      let client = try await RawClient(server)
      let idle = try await RawClient(server)
      try await client.send(get("/"))
      try await reach { started }
      server.close()
      server.close()
      gate.open()
      await done.wait()
      #expect(await client.rest() == "")
      #expect(await idle.rest() == "")
    }
  }

  @Test func aDeadlineEndsAnAnswerThatDoesNotCome() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_700_000_000)
      let gate = Gate()
      var started = false
      try await withServer(
        clock: clock,
        handler: { request in
          started = true
          await gate.wait()
          return echo(request)
        }
      ) { server in
        let client = try await RawClient(server)
        try await client.send(get("/"))
        try await reach { started }
        clock.advance(by: .seconds(31))
        #expect(await client.rest() == "")
        gate.open()
      }
    }
  }

  @Test func aReaderThatStopsIsCutOff() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_700_000_000)
      let body = [UInt8](repeating: 0x41, count: 16 << 20)
      try await withServer(clock: clock, handler: { _ in HTTPResponse("text/plain", body) }) {
        server in
        let client = try await RawClient(server)
        try await client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try await Task.yieldUntilQuiet()
        clock.advance(by: .seconds(31))
        try await reach { server.connectionCount == 0 }
        #expect(await client.rest().utf8.count < body.count)
      }
    }
  }

  @Test func aKnownVersionIsNotSentAgain() async throws {
    try await onTestLoop {
      try await withServer(handler: { _ in
        var response = HTTPResponse.text("picture")
        response.setVersion("v1", changed: 784_111_777)
        response.setCaching("max-age=5")
        return response
      }) { server in
        let first = try await answer(server, get("/"))
        #expect(first.contains("\r\nETag: \"v1\"\r\n"))
        #expect(first.contains("\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"))
        for tags in ["\"v1\"", "\"v0\", W/\"v1\"", "*"] {
          let known = try await answer(server, get("/", "If-None-Match: \(tags)"))
          #expect(known.hasPrefix("HTTP/1.1 304"))
          #expect(known.contains("\r\nCache-Control: max-age=5\r\n"))
          #expect(!known.contains("picture"))
        }
        try await expect(server, get("/", "If-None-Match: \"v2\""), ["200"])
      }
    }
  }

  @Test func anAddressInUseIsNamed() async throws {
    try await onTestLoop {
      try await withServer { server in
        let port = server.address.port
        do {
          _ = try HTTPServer(host: "127.0.0.1", port: port) { echo($0) }
          Issue.record("bound twice")
        } catch {
          #expect("\(error)" == "cannot serve on 127.0.0.1:\(port): Address already in use")
        }
      }
      do {
        _ = try HTTPServer(host: "127.0.0.1", port: 70000) { echo($0) }
        Issue.record("bound to port 70000")
      } catch {
        #expect("\(error)".contains("expected a port up to 65535"))
      }
    }
  }

  @Test func randomBytesHarmNobody() async throws {
    try await onTestLoop {
      try await withServer { server in
        var random = Noise(7)
        for _ in 0..<150 {
          let client = try await RawClient(server)
          var bytes = Array("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
          for _ in 0..<Int.random(in: 1...8, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = .random(
              in: 0...255, using: &random)
          }
          try? await client.send(bytes)
          try await Task.yieldUntilQuiet()
          client.close()
        }
        try await expect(server, get("/"), ["200"])
      }
    }
  }
}

extension String {
  /// How often `text` occurs.
  func components(_ text: String) -> Int {
    split(separator: text, omittingEmptySubsequences: false).count - 1
  }
}

extension Task where Success == Never, Failure == Never {
  /// Lets the loop look at its sockets a few times.
  @LoopActor
  static func yieldUntilQuiet() async throws {
    for _ in 0..<5 { try await LoopClock.real.sleep(for: .milliseconds(1)) }
  }
}

/// A listening socket of loopback, on a port that the kernel chooses.
private func listening() throws -> Int32 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  let isOpen = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
  try #require(isOpen && listen(descriptor, 16) == 0)
  return descriptor
}
