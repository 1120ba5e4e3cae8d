import Limits
import MuninWire
import Testing

@Test(
  arguments: [
    (":10", ":20", 5, Level.ok, nil), (":10", ":20", 15, .warning, ":10"),
    (":10", ":20", 25, .critical, ":20"), (":20", ":10", 15, .critical, ":10"),
    (":10", nil, 25, .warning, ":10"),
    (nil, "5:", 4, .critical, "5:"), (nil, nil, 4, .ok, nil), (":", ":", -1e300, .ok, nil),
  ] as [(String?, String?, Double, Level, String?)])
func criticalIsLookedAtFirst(
  warning: String?, critical: String?, value: Double, level: Level, broken: String?
) {
  let (thresholds, problems) = Thresholds.parse(warning: warning, critical: critical)
  #expect(problems.isEmpty)
  #expect(thresholds.level(of: value).level == level)
  #expect(thresholds.level(of: value).broken?.description == broken)
  #expect(thresholds.unknownLimit == 3)
}

@Test func whatIsNoThresholdIsNamed() {
  let (thresholds, problems) = Thresholds.parse(
    warning: "92%", critical: "98", unknownLimit: "many")
  #expect(thresholds.warning == nil)
  #expect(thresholds.critical?.max == 98)
  #expect(
    problems.map(\.description) == [
      "warning: expected a range of numbers, found '92%'",
      "unknown_limit: expected a number of values, found 'many'",
    ])
}

/// munin judges by it, so it counts.
@Test func aRangeThatHoldsNothingIsNamedAndCounts() {
  let (thresholds, problems) = Thresholds.parse(warning: "9:3", critical: "3:3")
  #expect(thresholds.level(of: 5).level == .critical)
  #expect(thresholds.level(of: 3).level == .warning)
  #expect(
    problems.map(\.description) == [
      "warning: the upper limit of '9:3' is below the lower one: every value is outside"
    ])
}

@Test func emptyRangeStillCountsAsAThreshold() {
  #expect(!Thresholds.parse(warning: ":", critical: nil).thresholds.isEmpty)
  #expect(Thresholds.parse(warning: "", critical: nil).thresholds.isEmpty)
  #expect(
    Thresholds.parse(warning: nil, critical: nil, unknownLimit: "0").thresholds.unknownLimit == 0)
}
