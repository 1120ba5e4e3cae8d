import Limits
import MuninWire
import Testing

/// A cell of 16 bytes says the same as the sample it was made from.
@Suite struct ValueCellTests {
  private static let texts = [
    "U", "0", "1", "17", "-17", "0.5", "-0.5", "007", "1e3", "9007199254740993",
    "18446744073709551615", "18446744073709551000", "18446744073709551616", "99999999999999999999",
  ]

  @Test func aCellTakes16Bytes() {
    #expect(MemoryLayout<ValueCell>.stride == 16)
    #expect(ValueCell.none.number == nil && ValueCell.none.kind == .none)
  }

  @Test func aCellHasTheNumberOfItsSample() throws {
    for text in Self.texts {
      let sample = try #require(Sample(time: 1_700_000_000, text: text))
      #expect(
        ValueCell(sample).number == sample.reading.value && ValueCell(sample).time == sample.time)
    }
  }

  /// Counters near 2^64: a `Double` sees steps of 2048 there.
  @Test func ratesOfLargeCountersAreExact() throws {
    let (one, two) = (
      ValueCell(18_446_744_073_709_551_000 as UInt64, at: 300),
      ValueCell(18_446_744_073_709_551_600 as UInt64, at: 600)
    )
    #expect(two.value(as: .counter, after: one, within: 600) == 2)
    #expect(one.value(as: .derive, after: two, within: 600) == nil)
  }
}

@Test(arguments: [
  "U", "0", "18446744073709551615", "0.1", "-1.5", "5e-324", "1.7976931348623157e+308",
])
func aStoredCellComesBack(text: String) throws {
  let cell = try #require(ValueCell(time: 1_700_000_000, text: text))
  #expect(cell == ValueCell(Sample(Reading(text)!, at: 1_700_000_000)))
  #expect(ValueCell(time: cell.time, text: cell.text) == cell)
}

@Test func whatIsNoReadingIsNoCell() { #expect(ValueCell(time: 1, text: "many") == nil) }
