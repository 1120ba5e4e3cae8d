import EventLoop
import TestSupport
import Testing

@testable import HTTP

/// Requests with a form: what a page takes, and what the server refuses before the page sees it.
@Suite(.timeLimit(.minutes(1))) struct FormTests {
  private static let type = "application/x-www-form-urlencoded"

  private static func post(
    _ target: String = "/form", _ body: String = "a=1&b=x+y%21", _ headers: String...,
    type: String? = FormTests.type, length: String? = nil
  ) -> String {
    var lines = ["POST \(target) HTTP/1.1", "Host: localhost", "Connection: close"] + headers
    if let type { lines.append("Content-Type: \(type)") }
    lines.append("Content-Length: \(length ?? "\(body.utf8.count)")")
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  /// A server with one form, which answers with its fields.
  @LoopActor private func withForms(
    clock: LoopClock = .real, _ body: @LoopActor (HTTPServer) async throws -> Void
  ) async throws {
    let server = try HTTPServer(
      host: "127.0.0.1", port: 0, names: ["munin.example.org"], forms: ["form", "folder/form"],
      clock: clock
    ) { request in
      guard let fields = request.form else { return .text("no form", status: 400) }
      return .text(
        "\(request.method.rawValue) "
          + fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
      )
    }
    defer { server.close() }
    try await body(server)
  }

  @Test func aFormIsTakenWithItsFields() async throws {
    try await onTestLoop {
      try await withForms { server in
        let text = try await answer(server, Self.post())
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("POST a=1,b=x y!\n"))
        let two = try await RawClient(server)
        // A connection goes on after a form.
        try await two.send(Self.post().replacing("Connection: close\r\n", with: "") + Self.post())
        #expect(await two.rest().components("POST a=1") == 2)
      }
    }
  }

  @Test(arguments: [
    (post("/folder/form"), "200"), (post("/folder"), "405"), (post("/x/folder/form"), "405"),
    (post("/other"), "405"), (post("/"), "405"), (post("/form/"), "405"), (post("/form/x"), "405"),
    (post(type: nil), "415"), (post(type: "multipart/form-data; boundary=x"), "415"),
    (post(type: "application/json"), "415"),
    (post(type: type.uppercased() + ";charset=utf-8"), "200"),
    (post(length: "+12"), "411"), (post(length: "12, 12"), "400 411"),
    (post(length: ""), "400 411"),
    (post(length: "-1"), "none 400 411"),
    (post(length: "99999999999999999999"), "none 400 411 413"),
    (post("/form", String(repeating: "x", count: 4097)), "413"),
    (post("/form", "a=" + String(repeating: "x", count: 4000)), "200"),
    (post("/form", "a=1&b=2", "Content-Length: 7"), "400"),
    (post("/form", "", "Transfer-Encoding: chunked", length: "0"), "400"),
    (post().replacing("Content-Length: 12\r\n", with: ""), "411"),
    (post("/form", "a=1", "Origin: https://munin.example.org"), "200"),
    (post("/form", "a=1", "Origin: http://localhost:4950"), "200"),
    (post("/form", "a=1", "Origin: http://127.0.0.1"), "403"),
    (post("/form", "a=1", "Origin: https://evil.example"), "403"),
    (post("/form", "a=1", "Origin: null"), "403"), (post("/form", "a=1", "Origin: "), "403"),
    (post("/form", "a=1", "Origin: https://munin.example.org.evil.example"), "403"),
    (post("/form", "a=1", "Origin: https://munin.example.org:8080.evil.example"), "403"),
    (post("/form", "a=1", "Origin: https://munin.example.org:80@evil.example"), "403"),
    (post("/form", "a=1", "Origin: http://localhost:80@evil.example"), "403"),
    (post("/form", "a=1", "Origin: http://localhost:4950/"), "403"),
    (post("/form", "a=1", "Origin: http://LOCALHOST:4950"), "200"),
    (post().replacing("Host: localhost", with: "Host: evil.example"), "421"),
    (post("/form", "a=1&a=2"), "400"), (post("/form", "a=%"), "400"),
    (post("/form", "a=%0d%0ab"), "400"),
    (post("/form", "a=%00"), "400"), (post("/form", "a=%ff"), "400"),
    (post("/form", (0..<17).map { "f\($0)=1" }.joined(separator: "&")), "400"),
    (post().replacing("POST", with: "PUT", maxReplacements: 1), "405"),
  ])
  func aFormIsJudged(request: String, expected: String) async throws {
    try await onTestLoop {
      try await withForms { server in
        try await expect(server, request, expected.split(separator: " ").map(String.init))
      }
    }
  }

  @Test(arguments: [("/form", "GET, HEAD, POST"), ("/other", "GET, HEAD"), ("/form/", "GET, HEAD")])
  func aMethodThatIsNotServedIsToldWhichAre(path: String, allowed: String) async throws {
    try await onTestLoop {
      try await withForms { server in
        for method in ["PUT", "DELETE"] {
          let request = Self.post(path).replacing("POST", with: method, maxReplacements: 1)
          let text = try await answer(server, request)
          #expect(text.hasPrefix("HTTP/1.1 405 ") && text.contains("\r\nAllow: \(allowed)\r\n"))
        }
      }
    }
  }

  @Test func randomBodiesAreFormsOrNot() throws {
    var random = Noise(11)
    let letters = Array("a1=&%+2F\u{e9}".utf8) + [0, 10, 13, 127, 255]
    var read = 0
    for _ in 0..<20_000 {
      let body = (0..<Int.random(in: 0...24, using: &random)).map { _ in
        letters.randomElement(using: &random)!
      }
      let request = try #require(HTTPRequest("/form", method: .post, body: body))
      guard let form = request.form else { continue }
      read += 1
      for (name, value) in form {
        #expect((name + value).unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
      }
    }
    #expect(read > 100)
  }

  /// Without a form there is no body that could hide a second request.
  @Test func otherRequestsHaveNoBody() async throws {
    try await onTestLoop {
      try await withForms { server in
        let get = Self.post().replacing("POST", with: "GET", maxReplacements: 1)
        try await expect(server, get, ["400"])
      }
    }
  }

  @Test func aBodyThatComesTooSlowlyIsCutOff() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_700_000_000)
      try await withForms(clock: clock) { server in
        let client = try await RawClient(server)
        try await client.send(String(Self.post().dropLast(5)))
        try await reach { clock.waiting == 1 }
        clock.advance(by: .seconds(29))
        try await client.send("x")
        try await reach { server.connectionCount == 1 }
        clock.advance(by: .seconds(2))
        #expect(await client.rest() == "")
        try await reach { server.connectionCount == 0 }
      }
    }
  }

  @Test func onlyAPageThatSaysSoMaySendForms() {
    var page = HTTPResponse.html([])
    #expect(page.safety.contains { $0.value.contains("form-action 'none'") })
    page.sendsForms = true
    #expect(page.safety.contains { $0.value.contains("form-action 'self'") })
    let done = HTTPResponse.done(seeing: "form?a=1")
    #expect(done.status == 303 && done.header("Location") == "form?a=1")
  }
}
