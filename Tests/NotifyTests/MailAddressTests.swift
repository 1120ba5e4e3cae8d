import Notify
import TestSupport
import Testing

@Suite struct MailAddressTests {
  @Test(arguments: [
    ("ada@example.org", "example.org"), ("root@localhost", "localhost"),
    ("first.last+tag@a-b.example", "a-b.example"), ("x@[192.0.2.1]", "[192.0.2.1]"),
    ("x@[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
  ])
  func addressIsAccepted(text: String, domain: String) throws {
    let address = try MailAddress(text)
    #expect(address.description == text)
    #expect(address.domain == domain)
  }

  @Test(arguments: [
    "", "@", "ada", "ada@", "@example.org", "a@b@c", "ada @example.org", "ada@exa mple.org",
    "ada@example.org\r\nRCPT TO:<eve@example.org>", "ada\n@example.org", "ada@example.org\u{0}",
    "Ada <ada@example.org>", "ada@example..org", ".ada@example.org", "ada.@example.org",
    "ada@example.org>", "ädä@example.org", "ada@[]", "ada,eve@example.org", "\"a\"@example.org",
    String(repeating: "a", count: 65) + "@example.org",
    "ada@" + String(repeating: "a.", count: 130) + "org",
  ])
  func otherTextIsRefused(text: String) {
    let error = #expect(throws: MailError.self) { try MailAddress(text) }
    #expect(error?.description.contains("\n") == false)
  }

  @Test func randomBytesNeverGiveALineBreak() {
    var random = Noise(11)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        Array("a.@[] \r\n<>é".utf8).randomElement(using: &random)!
      }
      if let address = try? MailAddress(String(decoding: bytes, as: UTF8.self)) {
        #expect(address.description.utf8.allSatisfy { (33...126).contains($0) })
        #expect(address.description.filter { $0 == "@" }.count == 1)
      }
    }
  }
}

@Suite struct MailServerTests {
  @Test(arguments: [
    ("smtp://mail", "mail", 25, MailServer.Security.whenOffered),
    ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, .whenOffered),
    ("smtp://[::1]:2525/", "[::1]", 2525, .whenOffered),
    ("smtps://mail.example.org", "mail.example.org", 465, .implicit),
  ])
  func serverIsRead(url: String, host: String, port: Int, security: MailServer.Security) throws {
    let server = try MailServer(url)
    #expect(server.host == host)
    #expect(server.port == port)
    #expect(server.security == security)
  }

  @Test(arguments: [
    "", "mail", "http://mail", "smtp://", "smtp://:25", "smtp://mail:", "smtp://mail:0",
    "smtp://mail:65536", "smtp://mail:-1", "smtp://mail:+25", "smtp://user@mail", "smtp://mail/x",
    "smtp://[::1", "smtp://mail\r\n", "smtp://-mail", "smtp://ma il", "smtp://mail:25:25",
  ])
  func otherTextIsRefused(url: String) {
    #expect(throws: MailError.self) { try MailServer(url) }
  }
}
