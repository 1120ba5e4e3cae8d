import Limits
import Testing

@Suite struct UnknownLimitTests {
  @Test(arguments: [("0", 0), ("3", 3), ("12", 12), ("-1", nil), ("often", nil), ("1.5", nil)])
  func onlyWholeNumbersAreLimits(text: String, count: Int?) {
    #expect(UnknownLimit(text)?.count == count)
  }

  @Test func itIsNeverNegative() {
    #expect(UnknownLimit(-5).count == 0 && UnknownLimit.standard.count == 3)
  }
}
