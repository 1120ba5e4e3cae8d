import MuninWire
import TestSupport
import Testing

@testable import Web

@Suite struct WordingTests {
  @Test(arguments: [
    (":90", "at most 90"), ("10:", "at least 10"), ("10:90", "10 to 90"), ("92", "at most 92"),
    (":", "any"), ("often", "often"),
  ])
  func aRangeIsSaid(range: String, expected: String) {
    #expect(Wording.range(range, base: 1000) == expected)
  }

  /// As for mails and limits, and as in rrdtool.
  @Test(arguments: [
    ("--base 1024 -l 0", 1024), ("-l 0 --base=1024", 1024), ("-b 1024", 1024), ("", 1000),
    ("--base 1024 --base 1000", 1000), ("--title --base10241024", 1000),
  ])
  func theLastBaseCounts(args: String, base: Int) {
    #expect(Graph("x", category: "y", args: args, fields: []).base == base)
  }

  @Test func randomTextNeverBecomesMarkup() {
    var random = Noise(11)
    for _ in 0..<3000 {
      let bytes = (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
      let text = String(decoding: bytes, as: UTF8.self)
      var html = HTML()
      html.element("p", .init("title", text), text: text)
      let inside = html.bytes.dropFirst(3).dropLast(5)
      #expect(inside.filter { $0 == UInt8(ascii: "<") }.isEmpty)
      #expect(inside.filter { $0 == UInt8(ascii: ">") }.count == 1)
      #expect(inside.filter { $0 == UInt8(ascii: "\"") }.count == 2)
      #expect(inside.allSatisfy { $0 >= 0x20 || $0 == 0x0A || $0 == 0x09 })
    }
  }
}
