import MuninWire
import Testing

@testable import Limits

@Suite struct JudgeTests {
  private let rules = Rules(thresholds: Thresholds(critical: Bounds(max: 10)), freshness: 600)

  private func sample(_ series: UInt32, _ text: String, at time: Int) throws -> SeriesSample {
    SeriesSample(
      series: SeriesNumber(series), sample: Sample(try #require(Reading(text)), at: time),
      rules: rules)
  }

  @Test func eachSeriesHasAStateOfItsOwn() throws {
    var judge = Judge()
    let changes = judge.judge(
      [
        try sample(1, "5", at: 100), try sample(2, "12", at: 100), try sample(1, "13", at: 400),
      ], now: 400)
    #expect(changes.map(\.series.raw) == [2, 1])
    #expect(changes.allSatisfy { $0.change.to == .critical })
    #expect(judge[SeriesNumber(1)].level == .critical && judge[SeriesNumber(3)].level == .ok)
  }

  /// Four times without a sample for too long: three are tolerated.
  @Test func silenceIsNoticed() throws {
    var judge = Judge()
    _ = judge.judge([try sample(1, "5", at: 0)], now: 0)
    let told = (1...6).map { poll in
      judge.elapse([(SeriesNumber(1), rules)], to: poll * 700).map(\.change.to)
    }
    #expect(told == [[], [], [], [.unknown], [], []])
  }

  @Test func aStoredStateGoesOn() throws {
    var judge = Judge()
    _ = judge.judge([try sample(1, "12", at: 100)], now: 100)
    var next = Judge()
    next.restore(judge[SeriesNumber(1)], of: SeriesNumber(1))
    #expect(next.judge([try sample(1, "12", at: 100)], now: 100) == [])
    #expect(next.judge([try sample(1, "3", at: 400)], now: 400).map(\.change.to) == [.ok])
    next.forget(SeriesNumber(1))
    #expect(next[SeriesNumber(1)] == FieldState())
  }
}
