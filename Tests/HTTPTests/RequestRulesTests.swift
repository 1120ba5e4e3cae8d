import TestSupport
import Testing

@testable import HTTP

@Suite struct RequestRulesTests {
  @Test(arguments: [
    ("localhost", true), ("LOCALHOST:80", true), ("munin.localhost", true), ("127.1.2.3", true),
    ("[::1]", true), ("[::1]:4950", true), ("munin.example.org", true), ("example.org", false),
    ("localhost.example.org", false), ("127.0.0.1.example.org", false), ("127.0.0.256", false),
    ("[::2]", false), ("[::1", false), ("", false), ("10.0.0.1", false), ("localhost:", true),
    ("localhost:80@evil.com", false), ("localhost:80.evil.com", false), ("[::1].evil.com", false),
    ("[::1]:80x", false), ("localhost:8 0", false), ("[localhost]", false), (":80", false),
  ])
  func aServerOnLoopbackKnowsItsNames(host: String, accepted: Bool) {
    let rules = RequestRules(isLoopback: true, names: ["Munin.example.org"])
    #expect(rules.accepts(host: host) == accepted)
  }

  @Test func aServerForOthersTakesAnyName() {
    #expect(RequestRules(isLoopback: false).accepts(host: "example.org"))
  }

  @Test func aTargetIsDecodedOnce() throws {
    let request = try #require(HTTPRequest("/a%2520/%C3%A9?x=1%2B1&y=a+b&z&x=2"))
    #expect(request.path == ["a%20", "é"])
    #expect(request.query("x") == "1+1")
    #expect(request.query("y") == "a b")
    #expect(request.query("z") == "")
    #expect(request.query("w") == nil)
    #expect(!request.isFolder)
    #expect(HTTPRequest("/")?.isFolder == true)
    #expect(HTTPRequest("") == nil)
  }

  @Test func randomTargetsAreTargetsOrNot() {
    var random = Noise(3)
    let letters = Array("/%.aZ09&=?+%%//\u{e9}")
    for _ in 0..<20_000 {
      let text = String(
        (0..<Int.random(in: 0...24, using: &random)).map { _ in
          letters.randomElement(using: &random)!
        })
      guard let target = RequestTarget(path: text, query: text) else { continue }
      for part in target.path {
        #expect(!part.isEmpty && part != "." && part != ".." && !part.contains("/"))
      }
    }
  }
}
