import Testing

@testable import Web

@Suite struct WordingTests {
  @Test(
    arguments: [
      (nil, 1000, "unknown"), (.nan, 1000, "unknown"), (0, 1000, "0"), (-0.0, 1000, "0"),
      (5.1, 1000, "5.1"), (0.37, 1000, "0.37"), (9999, 1000, "9999"), (12_345, 1000, "12.35 k"),
      (-12_345, 1000, "−12.35 k"), (1_234_567, 1000, "1.235 M"), (734_003_200, 1024, "700 Mi"),
      (1023, 1024, "1023"), (1024, 1024, "1 Ki"), (0.012, 1000, "12 m"), (3.2e-7, 1000, "320 n"),
      (1e300, 1000, nil), (.infinity, 1000, "unknown"), (Double.leastNonzeroMagnitude, 1000, nil),
    ] as [(Double?, Double, String?)])
  func aValueHasFourDigits(value: Double?, base: Double, expected: String?) {
    let words = Wording.value(value, base: base)
    if let expected { #expect(words == expected) }
    #expect(words.utf8.count < 320)
  }

  @Test(arguments: [
    (-5, "0 s"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"),
    (12_000, "3 h 20 min"), (172_800, "2 d"), (180_000, "2 d 2 h"),
  ])
  func aDurationHasItsUnits(seconds: Int, expected: String) {
    #expect(Wording.duration(seconds) == expected)
  }

  @Test(arguments: [
    (":90", "at most 90"), ("10:", "at least 10"), ("10:90", "10 to 90"), ("92", "at most 92"),
    (":", "any"), ("often", "often"),
  ])
  func aRangeIsSaid(range: String, expected: String) {
    #expect(Wording.range(range, base: 1000) == expected)
  }

  @Test func randomTextNeverBecomesMarkup() {
    var random = SeededRandom(seed: 11)
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
