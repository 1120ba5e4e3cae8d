import MuninWire
import TestSupport
import Testing

@Test(
  arguments: [
    ("12", nil, "12", 12), ("0.37", nil, "0.37", 0.37), ("-3", nil, "-3", -3),
    (".5", nil, ".5", 0.5),
    ("5.", nil, "5.", 5), ("1e3", nil, "1e3", 1000), ("1E-5", nil, "1E-5", 1e-5),
    ("+7", nil, "+7", 7), ("U", nil, "U", nil), ("1700000000:12", 1_700_000_000, "12", 12),
    ("1700000000:U", 1_700_000_000, "U", nil), ("  4 more words", nil, "4", 4),
    ("18446744073709551615", nil, "18446744073709551615", 0x1p64),
    ("0.1234567890123456789012", nil, "0.1234567890123456789012", 0.1234567890123456789012),
    ("1.7976931348623157e308", nil, "1.7976931348623157e308", Double.greatestFiniteMagnitude),
  ] as [(String, Int?, String, Double?)])
func readingIsTaken(from word: String, time: Int?, text: String, value: Double?) throws {
  let reading = try #require(Reading(word))
  #expect(reading.time == time)
  #expect(reading.text == text)
  #expect(reading.value == value)
}

@Test(arguments: [
  "", " ", "u", "nan", "inf", "-", ".", "e3", "1e", "1e+", "0x10", "1,5", "12%", "1.2.3", "--1",
  "1e309", ":12", "1.5:12", "-1:12", "x:12", "12:", "1:2:3", "99999999999999999999:1",
  "1099511627777:1", "1_000",
])
func whatIsNoNumberIsNoReading(word: String) {
  #expect(Reading(word) == nil)
}

@Test func endlessNumberIsRefused() {
  #expect(Reading(String(repeating: "1", count: 128)) != nil)
  #expect(Reading(String(repeating: "1", count: 129)) == nil)
}

@Test(arguments: [
  ("18446744073709551615", "18446744073709551615"), ("0.370", "0.370"), ("-12", "-12"),
  ("+12", "12"), ("1e3", "1000"), ("1.50e3", "1500"), ("-1E-5", "-0.00001"),
  ("123.456e1", "1234.56"), ("123.456e2", "12345.6"), (".5", "0.5"), ("5.", "5"), ("-.5", "-0.5"),
  ("0e9999", "0"), ("1e-99999", "0"), ("12345678901234567890123e-3", "12345678901234567890.123"),
  ("1700000000:1e2", "100"), ("U", "U"),
])
func librrdIsGivenPlainDecimals(word: String, text: String) {
  #expect(Reading(word)?.rrdText == text)
}

@Test func readingIsRenderedAsItCame() {
  for text in ["12", "1700000000:0.5", "U", "1700000000:U", "1e3"] {
    var bytes: [UInt8] = []
    Reading(text)?.append(to: &bytes)
    #expect(String(copying: bytes.span) == text)
  }
}

@Test func shortcutAndLibraryParseAlike() {
  var random = Noise(1)
  for _ in 0..<20_000 {
    let digits = String(random.next() >> UInt64.random(in: 0...63, using: &random))
    let point = Int.random(in: 0...digits.count, using: &random)
    var text = "\(digits.prefix(point)).\(digits.dropFirst(point))"
    if Bool.random(using: &random) { text += "e\(Int.random(in: -40...40, using: &random))" }
    #expect(parseNumber(text.utf8.span) == Double(text), "\(text)")
  }
}

@Test func randomBytesNeverTrapAReading() {
  var random = Noise(2)
  let pieces = ["1", "0", "9", ".", "e", "E", "-", "+", ":", "U", " "]
  for _ in 0..<20_000 {
    let bytes = random.text(of: pieces, count: Int.random(in: 0...40, using: &random))
    guard let reading = Reading(bytes.span) else { continue }
    #expect(reading.value?.isFinite ?? (reading.text == "U"))
    let plain = Reading(reading.rrdText)
    #expect(plain?.value == reading.value)
  }
}
