import Limits
import MuninWire
import Testing

/// The value of the last of some samples, one each 300 s, or of `time:value`.
private func value(_ type: FieldType, _ words: String) throws -> Double? {
  let cells = try words.split(separator: " ").enumerated().map { number, word in
    ValueCell(Sample(try #require(Reading(String(word))), at: number * 300))
  }
  let last = try #require(cells.last)
  return last.value(as: type, after: cells.dropLast().last ?? .none, within: 600)
}

@Test(
  arguments: [
    (.gauge, "7", 7), (.gauge, "3 7", 7), (.gauge, "3 U", nil), (.gauge, "0:3 9999:7", 7),
    (.derive, "600", nil), (.derive, "0 600", 2), (.derive, "600 0", -2), (.derive, "U 600", nil),
    (.derive, "0 U", nil), (.derive, "0.5 300.5", 1), (.derive, "-300 300", 2),
    (.derive, "0:0 600:600", 1), (.derive, "0:0 601:600", nil), (.derive, "300:0 300:600", nil),
    (.derive, "300:0 0:600", nil), (.derive, "1e3 1600", 2),
    (.counter, "0 600", 2), (.counter, "600 0", nil), (.counter, "600 600", 0),
    (.counter, "18446744073709551000 18446744073709551600", 2),
    (.derive, "18446744073709551600 18446744073709551000", -2),
    (.absolute, "600", nil), (.absolute, "9 600", 2), (.absolute, "U 600", 2),
    (.absolute, "9 U", nil),
  ] as [(FieldType, String, Double?)])
func valueFollowsTheType(type: FieldType, samples: String, expected: Double?) throws {
  #expect(try value(type, samples) == expected)
}

@Test func strangeTimesDoNotTrap() {
  let early = ValueCell(Sample(Reading("1")!, at: .min))
  let late = ValueCell(Sample(Reading("2")!, at: .max))
  #expect(late.value(as: .derive, after: early, within: 600) == nil)
}
