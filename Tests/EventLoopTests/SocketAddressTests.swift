import EventLoop
import Testing

struct SocketAddressTests {
  @Test(arguments: [
    ("127.0.0.1", 4949, "127.0.0.1", "127.0.0.1:4949"),
    ("2001:DB8::1", 1, "2001:db8::1", "[2001:db8::1]:1"),
    ("[::1]", 65535, "::1", "[::1]:65535"),
    ("::ffff:192.0.2.1", 0, "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:0"),
  ])
  func textsAreKept(text: String, port: Int, host: String, description: String) throws {
    let address = try SocketAddress(host: text, port: port)
    #expect(address.host == host)
    #expect(address.port == port)
    #expect(address.description == description)
  }

  @Test(arguments: ["localhost", "1.2.3.4.5", "::g", "127.0.0.1 ", "a\0b"])
  func namesAreNoAddresses(text: String) {
    #expect(throws: IOError.self) { try SocketAddress(host: text, port: 1) }
  }

  @Test func anEmptyHostIsNoAddress() {
    #expect(throws: IOError.self) { try SocketAddress(host: "", port: 1) }
  }

  @Test(arguments: [-1, 65536, .max])
  func portsHaveARange(port: Int) {
    #expect(throws: IOError.self) { try SocketAddress(host: "127.0.0.1", port: port) }
  }

  @Test func pathsHaveALength() throws {
    #expect(throws: IOError.badAddress("")) { try SocketAddress(path: "") }
    let long = "/" + String(repeating: "x", count: 107)
    #expect(throws: IOError.badAddress(long)) { try SocketAddress(path: long) }
    #expect(try SocketAddress(path: String(long.dropLast())).host.utf8.count == 107)
  }

  @Test(arguments: [
    ("127.1.2.3", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
    ("::2", false), ("0.0.0.0", false),
  ])
  func loopbackIsKnown(text: String, expected: Bool) throws {
    #expect(try SocketAddress(host: text, port: 1).isLoopback == expected)
  }
}
