import MuninWire
import TestSupport
import Testing

@Suite struct WrittenRangeTests {
  /// The ends as a test writes them.
  private static func end(_ end: WrittenRange.End?) -> String {
    switch end {
    case nil: "-"
    case .number(let number): "\(number)"
    case .percent(let percent): "\(percent)%"
    case .percentOfField(let percent, let name): "\(percent)% \(name)"
    case .percentOfSize(let percent, let size):
      "\(percent)% \(size.value(base: 1000)) \(size.value(base: 1024))"
    }
  }

  @Test(arguments: [
    ("5", "-", "5.0", ":5"), ("3:5", "3.0", "5.0", "3:5"), ("3:", "3.0", "-", "3:"),
    (":5", "-", "5.0", ":5"), (":", "-", "-", ":"), ("-5:5", "-5.0", "5.0", "-5:5"),
    ("+5", "-", "5.0", ":+5"), ("10:5", "10.0", "5.0", "10:5"), (" 5 ", "-", "5.0", ":5"),
    ("1e3", "-", "1000.0", ":1e3"), ("-1.5E-3:.5", "-0.0015", "0.5", "-1.5E-3:.5"),
    ("3 : 7", "3.0", "7.0", "3 : 7"), ("92%", "-", "92.0%", ":92%"),
    ("5%:", "5.0%", "-", "5%:"), ("10% of total:", "10.0% total", "-", "10% of total:"),
    ("90% of memory.total", "-", "90.0% memory.total", ":90% of memory.total"),
    ("2:90%  of  disk.sda.size", "2.0", "90.0% disk.sda.size", "2:90%  of  disk.sda.size"),
    ("90% of df._dev_sda1", "-", "90.0% df._dev_sda1", ":90% of df._dev_sda1"),
    ("50% of 16G", "-", "50.0% 16000000000.0 17179869184.0", ":50% of 16G"),
    ("50% of 16Gi", "-", "50.0% 17179869184.0 17179869184.0", ":50% of 16Gi"),
    ("50% of 16GiB", "-", "50.0% 17179869184.0 17179869184.0", ":50% of 16GiB"),
    ("50% of 1.5kB", "-", "50.0% 1500.0 1536.0", ":50% of 1.5kB"),
    ("50% of 1000", "-", "50.0% 1000.0 1000.0", ":50% of 1000"),
    ("50% of 1e3", "-", "50.0% 1000.0 1000.0", ":50% of 1e3"),
    ("50% of 2E", "-", "50.0% 2e+18 2.305843009213694e+18", ":50% of 2E"),
  ])
  func endsAreRead(text: String, low: String, high: String, written: String) throws {
    let range = try #require(WrittenRange(text))
    #expect(Self.end(range.low) == low)
    #expect(Self.end(range.high) == high)
    #expect(range.text == written)
  }

  @Test(arguments: [
    "", " ", "x", "~:3", "5.5.5", "1:2:3", "5:x", "--5", "0x10", "nan", "inf", "%", "%:5", "x%",
    "5%%", "5 %%", "5%x", "5%of total", "5% total", "5% of", "5% of a b", "5% of a:b:c",
    "5% of .a", "5% of a.", "5% of a..b", "5% of -a", "5% of 16X", "5% of 5i",
    "5% of 5iB", "5% of 1e", "1e999", "5% of a/b", "5\n6", ":::",
  ])
  func whatIsNoRangeIsRefused(text: String) { #expect(WrittenRange(text) == nil) }

  @Test func aLongTextIsRefused() {
    #expect(WrittenRange("5% of " + String(repeating: "a", count: 194)) != nil)
    #expect(WrittenRange("5% of " + String(repeating: "a", count: 195)) == nil)
  }

  @Test func seededTextsAreRangesOrNot() {
    var random = Noise(3)
    let parts = ["5", ":", "%", " ", "of", "a", ".", "16", "G", "i", "B", "-", "e", "+", "1", "é"]
    for _ in 0..<20_000 {
      let text = (0..<Int(random.next() % 10)).map { _ in parts[Int(random.next() % 16)] }.joined()
      guard let range = WrittenRange(text) else { continue }
      #expect(WrittenRange(range.text)?.low == range.low)
      #expect(WrittenRange(range.text)?.high == range.high)
    }
  }

  @Test(
    arguments: [
      ("2 of 3", 2, 3), ("2/3", 2, 3), ("1 of 1", 1, 1), (" 16  of 16 ", 16, 16), ("1/16", 1, 16),
      ("3 of 2", nil, nil), ("0 of 3", nil, nil), ("2 of 17", nil, nil), ("2", nil, nil),
      ("", nil, nil), ("2 of", nil, nil), ("2 of 3 runs", nil, nil), ("2 / 3", nil, nil),
      ("two of 3", nil, nil), ("-1 of 3", nil, nil), ("99999999999999999999/3", nil, nil),
    ] as [(String, Int?, Int?)])
  func holdsAreRead(text: String, bad: Int?, of: Int?) {
    let hold = parseHold(text)
    #expect(hold?.bad == bad)
    #expect(hold?.of == of)
  }

  @Test(
    arguments: [
      (":100/min", nil, 100, 60), ("100/s", nil, 100, 1), ("-5:5/h", -5, 5, 3600),
      ("-1e3:/d", -1000, nil, 86_400), ("100", nil, nil, nil), ("100/m", nil, nil, nil),
      ("/min", nil, nil, nil), (":/min", nil, nil, nil), ("5%/min", nil, nil, nil),
      ("1/2/min", nil, nil, nil), ("é/s", nil, nil, nil),
    ] as [(String, Double?, Double?, Int?)])
  func ratesAreRead(text: String, low: Double?, high: Double?, seconds: Int?) {
    let rate = parseRateRange(text)
    #expect(rate?.low == low)
    #expect(rate?.high == high)
    #expect(rate?.seconds == seconds)
  }
}
