import MuninWire
import TestSupport
import Testing

@testable import Limits

@Suite struct ReplayTests {
  private static func rows(_ values: String, step: Int = 300) -> [ReplayRow] {
    values.split(separator: " ").enumerated().map { place, word in
      ReplayRow(time: 1_700_000_000 + place * step, value: Double(word))
    }
  }

  @Test func aHistoryIsJudgedAsPollsAre() {
    let values = "5 12 5 12 5 5 25 5 ? ? ? ? 5"
    var story = Story(.usual(.twoOfThree))
    _ = story.play(values)
    let crossings = Replay.crossings(Self.rows(values), step: 300, by: .usual(.twoOfThree))
    #expect(crossings.map(\.to) == story.crossings.map(\.to))
    #expect(crossings.map(\.to) == [.warning, .ok, .critical, .ok, .unknown, .ok])
    let troubles = Replay.troubles(crossings)
    #expect(troubles.map(\.worst) == [.warning, .critical])
    #expect(troubles.map(\.messages) == [2, 2])
    #expect(troubles.map { ($0.ended ?? 0) - $0.began } == [900, 300])
  }

  /// A file that is younger than the span begins with values that nobody has seen.
  @Test func aTroubleBeginsWithItsFirstBadValue() throws {
    let crossings = Replay.crossings(
      Self.rows("? ? ? ? 25 ? ? ? ? 25 5"), step: 300, by: .usual())
    #expect(crossings.first?.to == .unknown)
    let trouble = try #require(Replay.troubles(crossings).first)
    #expect(trouble.began == 1_700_000_000 + 4 * 300)
    #expect(trouble.ended == 1_700_000_000 + 10 * 300)
    #expect(Replay.troubles(crossings).count == 1)
    #expect(trouble.messages == 2)
  }

  @Test func aTroubleThatGrowsIsToldAgain() {
    let crossings = Replay.crossings(Self.rows("12 25 12 25 12"), step: 300, by: .usual())
    let troubles = Replay.troubles(crossings)
    #expect(troubles.map(\.messages) == [2])
    #expect(troubles[0].ended == nil)
  }

  /// A row of an archive stands for several runs.
  @Test func aCoarseRowIsAsManyRunsAsItStandsFor() {
    let rules = SeriesRules.usual(.twoOfThree)
    #expect(Replay.crossings(Self.rows("5 12 5"), step: 300, by: rules).isEmpty)
    let coarse = Replay.crossings(Self.rows("5 12 5", step: 1800), step: 1800, by: rules)
    #expect(coarse.map(\.to) == [.warning, .ok])
    #expect(coarse[0].at == 1_700_000_000 + 1800 - 4 * 300)
  }

  @Test func otherFieldsHaveTheirHistoryToo() throws {
    let rules = SeriesRules(
      warning: LevelRule(try LimitRange("50% of total") { _ in Calculation(field: 1) }),
      hold: .atOnce)
    let crossings = Replay.crossings(Self.rows("60 60"), step: 300, by: rules) { time, _ in
      time == 1_700_000_000 ? 200 : 100
    }
    #expect(crossings.map(\.at) == [1_700_000_300])
  }

  @Test func quantilesLieBetweenValues() {
    let quantiles = Quantiles([3, nil, 1, 2, .infinity, 4, 5])
    #expect(quantiles.count == 5)
    #expect(quantiles[0] == 1)
    #expect(quantiles[0.5] == 3)
    #expect(quantiles[0.625] == 3.5)
    #expect(quantiles[1] == 5)
    #expect(quantiles[7] == 5)
    #expect(Quantiles([Double?]())[0.5] == nil)
  }

  @Test func suggestionsSayWhatTheyWouldHaveCaused() throws {
    var random = Noise(1)
    // Around 50, with a peak of one hour each day that lasts 12 runs.
    let rows = (0..<5000).map { place in
      let peak = place % 288 < 12 ? 30.0 : 0
      return ReplayRow(
        time: 1_700_000_000 + place * 300, value: 45 + Double(random.next() % 100) / 10 + peak)
    }
    let found = LimitSuggestion.suggest(rows, step: 300, by: SeriesRules(), side: .high)
    #expect(found.count >= 2)
    let first = try #require(found.first)
    let last = try #require(found.last)
    // The peaks are 4 % of the time: the first warns of each day's, the last of none.
    #expect(first.warnings + first.criticals == 18)
    #expect(first.messages >= 36 - 1)
    #expect(last.messages == 0)
    for suggestion in found {
      let warning = try #require(suggestion.warning.high?.constant)
      let critical = try #require(suggestion.critical.high?.constant)
      #expect(warning < critical)
      #expect(warning.rounded() == warning)
    }
    let low = LimitSuggestion.suggest(
      rows.map { ReplayRow(time: $0.time, value: $0.value.map { -$0 / 1000 }) }, step: 300,
      by: SeriesRules(), side: .low)
    #expect(low.first?.warning.low?.constant.map { $0 < -0.05 && $0 > -0.09 } == true)
    #expect(low.first?.warnings == first.warnings)
  }

  /// A limit beyond what a value can be would tell nothing.
  @Test(
    arguments: [
      // Values from 5 to 70 that lie around 50: critical would be at -20 and 90.
      (LimitSuggestion.Side.low, nil, nil, 0.0), (.low, 4.0, nil, 4), (.high, nil, 75.0, 75),
      (.low, -30, nil, 0),
    ] as [(LimitSuggestion.Side, Double?, Double?, Double)])
  func limitsLieWhereValuesCanGet(
    side: LimitSuggestion.Side, min: Double?, max: Double?, end: Double
  ) throws {
    var random = Noise(2)
    let rows = (0..<5000).map { place in
      let value =
        place % 400 == 7 ? 5 : place % 400 == 9 ? 70 : 45 + Double(random.next() % 100) / 10
      return ReplayRow(time: 1_700_000_000 + place * 300, value: value)
    }
    var rules = SeriesRules()
    rules.possible = Bounds(min: min, max: max)
    let found = LimitSuggestion.suggest(rows, step: 300, by: rules, side: side)
    #expect(!found.isEmpty)
    for suggestion in found {
      for range in [suggestion.warning, suggestion.critical] {
        let limit = try #require((side == .high ? range.high : range.low)?.constant)
        #expect(side == .high ? limit < end : limit > end, "\(range)")
      }
    }
    // At their end there is no room for one.
    let full = rows.map { ReplayRow(time: $0.time, value: Swift.min($0.value ?? 0, 45)) }
    rules.possible = Bounds(max: 45)
    #expect(LimitSuggestion.suggest(full, step: 300, by: rules, side: .high).isEmpty)
  }

  @Test func nothingIsSuggestedWithoutAHistory() {
    let few = Self.rows(String(repeating: "5 6 ", count: 49))
    #expect(LimitSuggestion.suggest(few, step: 300, by: SeriesRules(), side: .high).isEmpty)
    let level = Self.rows(String(repeating: "5 ", count: 200))
    #expect(LimitSuggestion.suggest(level, step: 300, by: SeriesRules(), side: .high).isEmpty)
  }
}
