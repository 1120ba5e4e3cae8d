import Testing
import Text

@Suite struct AmountTests {
  @Test(
    arguments: [
      (nil, 1000, "unknown"), (.nan, 1000, "unknown"), (.infinity, 1000, "unknown"),
      (0, 1000, "0"), (-0.0, 1000, "0"), (-0.0000000000000001, 1000, "0"), (5.1, 1000, "5.1"),
      (0.37, 1000, "0.37"), (-0.37, 1000, "-0.37"), (9999, 1000, "9999"),
      (9999.6, 1000, "10 k"), (999_960, 1000, "1 M"), (1_048_000, 1024, "1023 Ki"),
      (1_048_575, 1024, "1 Mi"), (1e-16, 1000, "0"),
      (12_345, 1000, "12.35 k"), (-12_345, 1000, "-12.35 k"), (1_234_567, 1000, "1.235 M"),
      (734_003_200, 1024, "700 Mi"), (1023, 1024, "1023"), (1024, 1024, "1 Ki"),
      (0.012, 1000, "12 m"), (-0.012, 1024, "-12 m"), (3.2e-7, 1000, "320 n"),
      (1e300, 1000, nil), (Double.leastNonzeroMagnitude, 1000, nil),
      (-Double.greatestFiniteMagnitude, 1024, nil),
    ] as [(Double?, Int, String?)])
  func aValueHasFourDigits(value: Double?, base: Int, expected: String?) {
    let text = Amount.text(value, base: base)
    if let expected { #expect(text == expected) }
    #expect(text.utf8.count < 320)
  }

  @Test(
    arguments: [
      (812_000, 1000, "B", "812 kB"), (5, 1000, "V", "5 V"), (0, 1024, "B", "0 B"),
      (1_610_612_736, 1024, "B", "1.5 GiB"),
    ] as [(Double, Int, String, String)])
  func aUnitFollowsThePrefix(value: Double, base: Int, unit: String, expected: String) {
    #expect(Amount.text(value, base: base, unit: unit) == expected)
  }

  @Test(arguments: [(0, "0 graphs"), (1, "1 graph"), (2, "2 graphs")])
  func aCountHasItsNoun(number: Int, expected: String) {
    #expect(Amount.count(number, "graph") == expected)
  }
}

@Suite struct TimeSpanTests {
  @Test(arguments: [
    (-5, "0 s"), (0, "0 s"), (40, "40 s"), (119, "1 min 59 s"), (120, "2 min"),
    (7199, "1 h 59 min"), (7200, "2 h"), (12_000, "3 h 20 min"), (86_399, "23 h 59 min"),
    (86_400, "1 d"), (86_460, "1 d"), (172_800, "2 d"), (180_000, "2 d 2 h"),
    (Int.max, "106751991167300 d 15 h"), (Int.min, "0 s"),
  ])
  func aSpanHasItsTwoLargestUnits(seconds: Int, expected: String) {
    #expect(TimeSpan.text(seconds) == expected)
  }

  @Test(arguments: [
    (76.5, "1 min 17 s"), (77.5, "1 min 18 s"), (.nan, "0 s"), (-.infinity, "0 s"),
    (1e300, "11574074074 d 1 h"),
  ])
  func aMeasuredSpanIsRounded(seconds: Double, expected: String) {
    #expect(TimeSpan.text(seconds) == expected)
  }

  @Test(arguments: [(-5, "0 s"), (0, "0 s"), (59, "59 s"), (7199, "1 h"), (180_000, "2 d")])
  func aShortSpanHasItsLargestUnit(seconds: Int, expected: String) {
    #expect(TimeSpan.short(seconds) == expected)
  }

  @Test(arguments: [
    (Duration.milliseconds(250), "250 ms"), (.zero, "0 s"), (.seconds(30), "30 s"),
    (.milliseconds(1500), "1.5 s"), (.milliseconds(12_599), "12.5 s"),
    (.milliseconds(59_950), "59.9 s"), (.milliseconds(60_500), "1 min"),
    (.seconds(90), "1 min 30 s"), (.microseconds(700), "1 ms"),
    (.milliseconds(-300), "0 s"),
  ])
  func aLimitHasATenthAtMost(duration: Duration, expected: String) {
    #expect(TimeSpan.text(duration) == expected)
  }
}
