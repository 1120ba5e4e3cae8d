import MuninWire
import Testing

@Test(
  arguments: [
    ("10:90", 10, 90), ("10:", 10, nil), (":90", nil, 90), ("90", nil, 90), (":", nil, nil),
    ("-5:+5", -5, 5), ("0.5:1e3", 0.5, 1000), (" 3 ", nil, 3),
  ] as [(String, Double?, Double?)])
func rangeIsRead(text: String, min: Double?, max: Double?) throws {
  let bounds = try #require(Bounds(text))
  #expect(bounds.min == min)
  #expect(bounds.max == max)
}

@Test(arguments: ["", " ", "92%", "~:3", "5 %", "1:2:3", "a", "nan", "inf:", "1 : 2"])
func whatIsNoRangeIsRefused(text: String) {
  #expect(Bounds(text) == nil)
}

@Test(
  arguments: [
    ("10:90", 10, true), ("10:90", 90, true), ("10:90", 9.999, false), ("10:90", 90.001, false),
    ("10:", 1e9, true), (":", -1e300, true), ("0", 0.004, false), ("0", -1, true),
    ("9:1", 5, false),
  ] as [(String, Double, Bool)])
func limitsThemselvesAreGood(text: String, value: Double, good: Bool) {
  #expect(Bounds(text)?.contains(value) == good)
}

@Test func rangeIsShownAsGiven() {
  #expect(Bounds("92")?.description == "92")
  #expect(Bounds(":0.50")?.description == ":0.50")
  #expect(Bounds(min: 1, max: 2.5).description == "1:2.5")
  #expect(Bounds(max: 1e21).description == ":1000000000000000000000")
}
