import MuninWire
import TestSupport
import Testing

@testable import Limits

@Suite struct MovementTests {
  /// A judge that is fed a value each `period` seconds.
  private struct Feed {
    var judge = SeriesJudge()
    let period: Int
    var time = 1_700_000_000

    private let rules: SeriesRules

    init(_ rules: SeriesRules, period: Int) {
      var rules = rules
      rules.freshness = 2 * period
      self.rules = rules
      self.period = period
      _ = judge.set(rules, for: theSeries, now: 0)
    }

    /// Goes on as a new process does, with what was stored.
    mutating func restart() {
      let stored = judge.stored(theSeries)
      judge = SeriesJudge()
      judge.restore(stored, of: theSeries)
      _ = judge.set(rules, for: theSeries, now: time)
    }

    mutating func next(_ value: Double) -> LevelCrossing? {
      time += period
      return judge.judge([JudgedSample(theSeries, ValueCell(value, at: time))], now: time).first
    }
  }

  private static func swap(_ trend: Int) -> SeriesRules {
    SeriesRules(
      warning: LevelRule(LimitRange(high: 100)), hold: .atOnce, trend: TrendRule(horizon: trend))
  }

  /// Grows by 1 in 6 minutes: the limit is 600 minutes away.
  @Test(arguments: [10, 60, 300]) func aSlowLeakIsToldInTime(period: Int) throws {
    var feed = Feed(Self.swap(3 * 3600), period: period)
    var random = Noise(3)
    var found: LevelCrossing?
    while found == nil, feed.time < 1_700_100_000 {
      let grown = Double(feed.time - 1_700_000_000) / 360
      found = feed.next(40 + grown + Double(random.next() % 100) / 200)
    }
    let crossing = try #require(found)
    #expect(crossing.to == .warning)
    guard case .trend(limit: 100, reachedIn: let seconds) = crossing.broken else {
      Issue.record("\(crossing)")
      return
    }
    #expect(seconds <= 3 * 3600)
    #expect(seconds > 2 * 3600 + 1800)
    // It is true.
    let full = 60.0 * 360 - Double(crossing.at - 1_700_000_000)
    #expect((Double(seconds) - full).magnitude < 1200)
  }

  @Test func noiseStepsAndSawteethTellNothing() {
    for shape in 0...3 {
      var feed = Feed(Self.swap(3 * 3600), period: 300)
      var random = Noise(UInt64(shape) + 1)
      for run in 0..<2000 {
        let value =
          switch shape {
          case 0: 50 + Double(random.next() % 40)
          // A step, and level again.
          case 1: run < 500 ? 20.0 : 80.0
          case 2: 50 + Double(run % 6) * 5
          default: 50.0
          }
        let crossing = feed.next(value)
        // A step looks like a line for a while, in a third of the horizon.
        #expect(crossing == nil || shape == 1, "\(shape), run \(run)")
      }
      #expect(feed.judge.level(of: theSeries) == .ok)
    }
  }

  @Test func aFallTellsOfTheLowerLimit() {
    let rules = SeriesRules(
      warning: LevelRule(LimitRange(low: 10, high: 100)), hold: .atOnce,
      trend: TrendRule(horizon: 3600))
    var feed = Feed(rules, period: 60)
    var found: LevelCrossing?
    for run in 0..<200 where found == nil { found = feed.next(99 - Double(run) / 2) }
    guard case .trend(limit: 10, reachedIn: let seconds) = found?.broken else {
      Issue.record("\(String(describing: found))")
      return
    }
    #expect((3300...3600).contains(seconds))
  }

  /// The critical limit counts when it is the first, or the only one.
  @Test func theFirstLimitOnTheLineCounts() {
    let rules = SeriesRules(
      critical: LevelRule(LimitRange(high: 50)), hold: .atOnce, trend: TrendRule(horizon: 3600))
    var feed = Feed(rules, period: 60)
    var found: LevelCrossing?
    for run in 0..<200 where found == nil { found = feed.next(Double(run) / 4) }
    #expect(found?.to == .warning)
    guard case .trend(limit: 50, reachedIn: _) = found?.broken else {
      Issue.record("\(String(describing: found))")
      return
    }
  }

  @Test func aTrendEndsWellBeyondItsHorizon() {
    var feed = Feed(Self.swap(3600), period: 60)
    var levels: [Level] = []
    // Fast, then slower, then level.
    var value = 0.0
    for run in 0..<400 {
      value += run < 60 ? 1 : run < 120 ? 0.5 : 0
      if let crossing = feed.next(value) { levels.append(crossing.to) }
    }
    #expect(levels == [.warning, .ok])
  }

  /// A restart forgets former values: until there are some again, nothing says that it is over.
  @Test(arguments: [10, 60, 300]) func aRestartEndsNoRate(period: Int) throws {
    var feed = Feed(SeriesRules(hold: .atOnce, rateWarning: RateRule(":60/min")), period: period)
    var value = 5.0
    for _ in 0..<20 { #expect(feed.next(value) == nil) }
    var crossings: [LevelCrossing] = []
    func grow(_ runs: Int) -> [LevelCrossing] {
      (0..<runs).compactMap { _ in
        value += 2 * Double(period)
        return feed.next(value)
      }
    }
    crossings = grow(20)
    #expect(crossings.map(\.to) == [.warning])
    for _ in 1...3 {
      feed.restart()
      #expect(grow(20).isEmpty)
    }
    // It stops while the collector is not there, and ends once that is known.
    feed.restart()
    crossings = (0..<20).compactMap { _ in feed.next(value) }
    #expect(crossings.map(\.to) == [.ok])
  }

  @Test func aRestartEndsNoTrend() throws {
    var feed = Feed(Self.swap(3 * 3600), period: 60)
    func grow(_ runs: Int) -> [LevelCrossing] {
      (0..<runs).compactMap { _ in feed.next(40 + Double(feed.time - 1_700_000_000) / 360) }
    }
    var crossings: [LevelCrossing] = []
    while crossings.isEmpty, feed.time < 1_700_100_000 { crossings = grow(1) }
    #expect(crossings.map(\.to) == [.warning])
    feed.restart()
    #expect(grow(90).isEmpty)
    // A value beyond its own range is not the trend's: that ends at once.
    _ = feed.next(120)
    feed.restart()
    #expect(feed.next(50)?.to == .ok)
  }

  @Test(arguments: [1, 10, 60, 300]) func aRateIsOverThreeRunsAndAMinute(period: Int) throws {
    let rules = SeriesRules(
      hold: .atOnce, rateWarning: RateRule(":60/min"), rateCritical: RateRule(high: 10))
    var feed = Feed(rules, period: period)
    for _ in 0..<100 { #expect(feed.next(5) == nil) }
    var found: LevelCrossing?
    var value = 5.0
    for _ in 0..<200 where found == nil {
      value += 2 * Double(period)
      found = feed.next(value)
    }
    guard case .rate(.warning, low: nil, high: 1, measured: let measured) = found?.broken else {
      Issue.record("\(String(describing: found))")
      return
    }
    #expect(measured > 1 && measured <= 2.01)
    // Level again.
    var levels: [Level] = []
    for _ in 0..<200 { if let crossing = feed.next(value) { levels.append(crossing.to) } }
    #expect(levels == [.ok])
  }

  @Test func aGapMakesNoRate() {
    let rules = SeriesRules(hold: .atOnce, rateWarning: RateRule(high: 0.001))
    var feed = Feed(rules, period: 300)
    for _ in 0..<10 { #expect(feed.next(5) == nil) }
    feed.time += 100_000
    #expect(feed.next(50_000) == nil)
  }

  @Test func historiesAreKeptWhereTheyAreNeeded() {
    var judge = SeriesJudge()
    for number in 1...10 { _ = judge.set(.usual(), for: SeriesNumber(UInt32(number)), now: 0) }
    #expect(judge.histories.isEmpty)
    _ = judge.set(Self.swap(3600), for: SeriesNumber(1), now: 0)
    #expect(judge.histories.count == 1)
    _ = judge.set(.usual(), for: SeriesNumber(1), now: 0)
    _ = judge.set(Self.swap(3600), for: SeriesNumber(2), now: 0)
    #expect(judge.histories.count == 1)
    _ = judge.remove(SeriesNumber(2), now: 0)
    _ = judge.set(Self.swap(3600), for: SeriesNumber(3), now: 0)
    #expect(judge.histories.count == 1)
  }

  @Test func theOldestOf32MakesRoom() {
    var history = SampleHistory()
    for time in 1...100 { history.add(Double(time), at: UInt32(time * 10), spacing: 20) }
    #expect(history.count == 32)
    #expect(history[31].value == 99)
    #expect(history[0].value == 37)
    history.add(1, at: 5, spacing: 1)
    #expect(history.count == 0)
  }
}
