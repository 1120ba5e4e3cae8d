import Settings
import TestSupport
import Testing

@Suite struct AddressTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1"),
    ("0.0.0.0", "0.0.0.0"),
    ("255.255.255.255", "255.255.255.255"),
    ("::", "::"),
    ("::1", "::1"),
    ("1::", "1::"),
    ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ("::ffff:192.0.2.1", "192.0.2.1"),
    ("::ffff:c000:201", "192.0.2.1"),
    ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
    ("fe80::1%eth0", "fe80::1"),
  ])
  func isReadAndWritten(text: String, canonical: String) {
    #expect(Address(text)?.description == canonical)
    #expect(Address(canonical) == Address(text))
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.+4", "1.2.3.4 ", "1..2.3",
    "a.b.c.d",
    ":", ":::", "1::2::3", ":1", "1:", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8",
    "12345::", "g::", "::1.2.3", "1.2.3.4::", "+1::", "::1%", "%eth0", "::ffff:1.2.3.4.5",
  ])
  func otherTextIsRefused(text: String) {
    #expect(Address(text) == nil)
  }

  @Test func bytesOfASocketAddressAreRead() {
    #expect(Address(bytes: [192, 0, 2, 1]) == Address("192.0.2.1"))
    #expect(Address(bytes: Array(repeating: 0, count: 15) + [1]) == Address("::1"))
    #expect(Address(bytes: Array(repeating: 0, count: 10) + [255, 255, 10, 0, 0, 1])?.width == 32)
    #expect(Address(bytes: []) == nil)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.0.1", true),
    ("10.0.0.0/8", "11.0.0.1", false),
    ("10.1.2.3/8", "10.9.9.9", true),
    ("192.0.2.1/32", "192.0.2.1", true),
    ("192.0.2.1/32", "192.0.2.2", false),
    ("192.0.2.0/31", "192.0.2.1", true),
    ("0.0.0.0/0", "203.0.113.9", true),
    ("0.0.0.0/0", "::1", false),
    ("::/0", "2001:db8::1", true),
    ("::/0", "10.0.0.1", false),
    ("2001:db8::/33", "2001:db8:7fff::1", true),
    ("2001:db8::/33", "2001:db8:8000::1", false),
    ("::1/128", "::1", true),
    ("::ffff:10.0.0.0/104", "10.2.3.4", true),
    ("10.0.0.0/8", "::ffff:10.0.0.1", true),
  ])
  func blockHoldsItsAddresses(block: String, address: String, holds: Bool) throws {
    let block = try #require(AddressBlock(block))
    #expect(block.contains(try #require(Address(address))) == holds)
  }

  @Test(arguments: [
    "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "::/129", "/8", "10.0.0.0/-1", "10.0.0.0/+8", "10/8",
    "10.0.0.0/8/8", "::ffff:10.0.0.0/8", "10.0.0.0/99999999999999999999",
  ])
  func blockNeedsItsLength(text: String) {
    #expect(AddressBlock(text) == nil)
  }

  @Test func noiseIsAnAddressOrNone() {
    var noise = Noise(1)
    let letters = Array("0123456789abcdef:./%".utf8)
    for _ in 0..<20_000 {
      let text = String(
        decoding: noise.bytes(upTo: 24).map { letters[Int($0) % letters.count] }, as: UTF8.self)
      _ = AddressBlock(text)
      guard let address = Address(text) else { continue }
      #expect(Address(address.description) == address, "\(text)")
    }
  }
}
