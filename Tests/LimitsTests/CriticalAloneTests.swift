import Limits
import MuninWire
import Testing

@Suite struct CriticalAloneTests {
  /// A field with a critical range alone ends with its first good value: no warning, whose hold is longer, comes between.
  @Test func aFieldWithoutAWarningIsNeverOne() {
    var judge = SeriesJudge()
    let series = SeriesNumber(1)
    _ = judge.set(SeriesRules(critical: LevelRule(LimitRange(high: 10))), for: series, now: 0)
    var found: [Level] = []
    for (index, value) in [5, 50, 50, 50, 5, 5].enumerated() {
      let sample = JudgedSample(series, ValueCell(UInt64(value), at: 60 * (index + 1)))
      found += judge.judge([sample], now: 60 * (index + 1)).map(\.to)
    }
    #expect(found == [.critical, .ok])
  }
}
