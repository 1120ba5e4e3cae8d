import MuninWire
import Testing

@testable import Limits

let theSeries = SeriesNumber(7)

/// A judge and its rules, fed with words: a number, or `?` for an unknown value, one each 300 s.
struct Story {
  var judge = SeriesJudge()
  var time = 0
  var crossings: [LevelCrossing] = []

  init(_ rules: SeriesRules) {
    #expect(judge.set(rules, for: theSeries, now: 0) == nil)
  }

  /// What each value makes of the level; `-` for nothing.
  mutating func play(_ values: String) -> String {
    values.split(separator: " ").map { word in
      time += 300
      let cell = Double(word).map { ValueCell($0, at: time) } ?? ValueCell(unknownAt: time)
      let found = judge.judge([JudgedSample(theSeries, cell)], now: time)
      crossings += found
      return found.first?.to.rawValue ?? "-"
    }.joined(separator: " ")
  }
}

/// What each value makes of the level of a new series.
func levels(_ values: String, _ rules: SeriesRules) -> String {
  var story = Story(rules)
  return story.play(values)
}

extension SeriesRules {
  /// Warning outside 2:10, critical outside 1:20.
  static func usual(
    _ hold: Hold = .atOnce, critical: Hold = .atOnce, clear: LimitRange? = nil,
    clearCritical: LimitRange? = nil, unknownLimit: UnknownLimit = .standard
  ) -> SeriesRules {
    SeriesRules(
      unknownLimit: unknownLimit,
      warning: LevelRule(LimitRange(low: 2, high: 10), clear: clear),
      critical: LevelRule(LimitRange(low: 1, high: 20), clear: clearCritical), hold: hold,
      holdCritical: critical)
  }
}

@Suite struct SeriesJudgeTests {
  @Test(arguments: [
    ("5 5 5", "- - -"),
    ("5 12 12 5", "- warning - ok"),
    ("5 25 12 5", "- critical warning ok"),
    ("25 5", "critical ok"),
    ("5 1.5 0.5", "- warning critical"),
    ("10 10.001 20 20.001", "- warning - critical"),
    ("5 ? ? ? ? 5", "- - - - unknown ok"),
    ("? ? ? ? ? 5", "- - - unknown - ok"),
    ("12 ? ? ? 12", "warning - - - -"),
    ("12 ? ? ? ? 12", "warning - - - unknown warning"),
    ("12 ? ? ? ? 5", "warning - - - unknown ok"),
    ("5 ? ? ? 5 ? ? ? ? ?", "- - - - - - - - unknown -"),
  ])
  func eachChangeIsFoundOnce(values: String, changes: String) {
    #expect(levels(values, .usual()) == changes)
  }

  @Test(arguments: [
    (0, "- unknown - - ok"), (1, "- - unknown - ok"), (2, "- - - unknown ok"),
  ])
  func soManyUnknownsAreTolerated(limit: Int, changes: String) {
    #expect(levels("5 ? ? ? 5", .usual(unknownLimit: UnknownLimit(limit))) == changes)
  }

  // MARK: Hold

  @Test(arguments: [
    // One bad run says nothing; two need not be neighbours.
    (2, 3, "12 5 5 12 5 5", "- - - - - -"),
    (2, 3, "12 12 5 5", "- warning - ok"),
    (2, 3, "12 5 12 5 5", "- - warning ok -"),
    (2, 3, "12 12 5 12 5 12 5 5", "- warning - - ok warning ok -"),
    // A critical run is bad for the warning, too, and counts at once.
    (2, 3, "25 5", "critical ok"),
    (2, 3, "25 12 5 5", "critical warning - ok"),
    // The good value that ends the critical level ends the warning, too: nobody is told of a warning that the values do not show.
    (2, 3, "12 25 5 5", "- critical ok -"),
    (2, 3, "25 25 25 5 12 5", "critical - - ok - -"),
    // Unknown runs enter no hold.
    (2, 3, "12 ? 12 ? 5 5", "- - warning - - ok"),
    (3, 3, "12 12 12 5", "- - warning ok"),
    (1, 3, "12 5 5 5", "warning - - ok"),
    (1, 16, "12 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5", "warning - - - - - - - - - - - - - - - ok"),
    (
      16, 16, "12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 5",
      "- - - - - - - - - - - - - - - warning ok"
    ),
  ])
  func soManyRunsHaveToBeBad(bad: Int, of: Int, values: String, changes: String) {
    #expect(levels(values, .usual(Hold(bad, of: of))) == changes)
  }

  @Test(arguments: [
    ("25 5 25 5 5", "- - critical ok -"), ("25 12 25 12 12 5", "warning - critical warning - ok"),
  ])
  func criticalHasAHoldOfItsOwn(values: String, changes: String) {
    let isWarningAtOnce = values.contains("12")
    #expect(
      levels(
        values,
        .usual(isWarningAtOnce ? .atOnce : Hold(2, of: 3), critical: Hold(2, of: 3))) == changes)
  }

  /// After a time without values a good value counts at once, and a bad one with those before.
  @Test(arguments: [
    ("12 12 ? ? ? ? 5", "- warning - - - unknown ok"),
    ("12 12 ? ? ? ? 12", "- warning - - - unknown warning"),
    ("5 5 ? ? ? ? 12 12", "- - - - - unknown ok warning"),
  ])
  func aHoldOverATimeWithoutValues(values: String, changes: String) {
    #expect(levels(values, .usual(.twoOfThree)) == changes)
  }

  // MARK: Clear

  @Test(arguments: [
    ("11 9 9 11 9 7.9", "warning - - - - ok"), ("9 9", "- -"), ("25 9 7", "critical warning ok"),
    // The end is inside the range too: 8 is, 8.001 is not.
    ("11 8.001 8", "warning - ok"),
  ])
  func aLevelEndsInsideClearOnly(values: String, changes: String) {
    #expect(levels(values, .usual(clear: LimitRange(high: 8))) == changes)
  }

  @Test func clearAndHoldBothHaveToAgree() {
    let rules = SeriesRules.usual(.twoOfThree, clear: LimitRange(high: 8))
    #expect(levels("11 11 7 9 7", rules) == "- warning - - ok")
    #expect(levels("11 11 9 9 9 7", rules) == "- warning - - - ok")
  }

  @Test func criticalEndsInsideItsOwnClear() {
    let rules = SeriesRules.usual(clearCritical: LimitRange(high: 15))
    #expect(levels("25 18 16 15 5", rules) == "critical - - warning ok")
  }

  /// A clear range beyond the limit ends nothing that is still bad.
  @Test func aWiderClearEndsNothing() {
    #expect(levels("12 11 5", .usual(clear: LimitRange(high: 30))) == "warning - ok")
  }

  // MARK: What a crossing says

  @Test func aCrossingSaysSinceWhenAndWhy() {
    var story = Story(.usual(.twoOfThree))
    let changes = "- - - - critical ok - warning - ok - warning"
    #expect(story.play("5 5 12 5 25 5 12 12 5 5 12 12") == changes)
    #expect(
      story.crossings == [
        LevelCrossing(
          series: theSeries, from: .ok, to: .critical, since: nil, knownSince: 300,
          badSince: 1500, at: 1500, value: 25, broken: .range(.critical, low: 1, high: 20)),
        LevelCrossing(
          series: theSeries, from: .critical, to: .ok, since: 1500, knownSince: 300, at: 1800,
          value: 5),
        // The run at 1500 was bad for this one, too, but then it was good again.
        LevelCrossing(
          series: theSeries, from: .ok, to: .warning, since: 1800, knownSince: 300,
          badSince: 2100, at: 2400, value: 12, broken: .range(.warning, low: 2, high: 10)),
        LevelCrossing(
          series: theSeries, from: .warning, to: .ok, since: 2100, knownSince: 300, at: 3000,
          value: 5),
        LevelCrossing(
          series: theSeries, from: .ok, to: .warning, since: 3000, knownSince: 300,
          badSince: 3300, at: 3600, value: 12, broken: .range(.warning, low: 2, high: 10)),
      ])
    #expect(story.crossings.map(\.lasted) == [nil, 300, 300, 900, 300])
    #expect(story.judge.stored(theSeries).since == 3300)
  }

  /// Of a series that was never good nobody says that it was.
  @Test func aSeriesThatBeginsBadHasNoTimeBefore() {
    var story = Story(.usual(.twoOfThree))
    #expect(story.play("12 12 5 5") == "- warning - ok")
    #expect(story.crossings[0].since == nil)
    #expect(story.crossings[0].knownSince == 300)
    #expect(story.crossings[0].badSince == 300)
    #expect(story.crossings[1].lasted == 900)
    var critical = Story(.usual())
    #expect(critical.play("25") == "critical")
    #expect(critical.crossings[0].since == nil)
    #expect(critical.crossings[0].knownSince == nil)
  }

  @Test func aValueNeverKnownWasNeverOk() {
    var story = Story(.usual())
    #expect(story.play("? ? ? ? 5 12") == "- - - unknown ok warning")
    #expect(story.crossings[0].since == nil)
    #expect(story.crossings[0].knownSince == nil)
    #expect(story.crossings[0].badSince == 300)
    #expect(story.crossings[0].reason == .silence)
    #expect(story.crossings[0].value == nil)
    #expect(story.crossings[1].lasted == 1200)
    #expect(story.crossings[2].lasted == 300)
    #expect(story.crossings[2].knownSince == 1500)
  }

  // MARK: Samples

  @Test func aSampleThatIsNotNewerHasNoEffect() {
    var judge = SeriesJudge()
    _ = judge.set(.usual(), for: theSeries, now: 0)
    func judged(_ value: Double, at time: Int, now: Int) -> Level? {
      judge.judge([JudgedSample(theSeries, ValueCell(value, at: time))], now: now).first?.to
    }
    #expect(judged(12, at: 300, now: 300) == .warning)
    #expect(judged(5, at: 300, now: 300) == nil)
    #expect(judged(5, at: 200, now: 310) == nil)
    // Nor has one from the future.
    #expect(judged(5, at: 1200, now: 500) == nil)
    #expect(judged(5, at: 1100, now: 500) == .ok)
    // After our own clock was set back what was seen before does not count.
    #expect(judged(12, at: 400, now: 400) == .warning)
  }

  @Test func ratesAreJudgedPerSecond() {
    var rules = SeriesRules.usual()
    rules.type = .derive
    rules.possible = Bounds(min: 0)
    var story = Story(rules)
    // 5/s, 12/s, a restart of the counter, which `min 0` makes unknown, 5/s.
    #expect(story.play("0 1500 5100 0 1500") == "- - warning - ok")
    #expect(story.crossings[0].value == 12)
  }

  @Test func countersNearTheirEndAreExact() {
    var rules = SeriesRules.usual()
    rules.type = .counter
    var judge = SeriesJudge()
    _ = judge.set(rules, for: theSeries, now: 0)
    let large = UInt64.max - 4000
    var found = judge.judge([JudgedSample(theSeries, ValueCell(large, at: 300))], now: 300)
    found += judge.judge([JudgedSample(theSeries, ValueCell(large + 3300, at: 600))], now: 600)
    #expect(found.map(\.value) == [11])
  }

  @Test func silenceIsCountedOncePerCycle() {
    var story = Story(.usual())
    #expect(story.play("5") == "-")
    var found: [LevelCrossing] = []
    for now in stride(from: 600, through: 2400, by: 300) {
      found += story.judge.elapse([theSeries, SeriesNumber(99)], to: now)
    }
    // 600 s of freshness, then three tolerated runs.
    #expect(
      found == [
        LevelCrossing(
          series: theSeries, from: .ok, to: .unknown, since: nil, knownSince: 300,
          badSince: 1200, at: 2100, reason: .silence)
      ])
  }

  /// A service that failed brings no values: that is an unknown run at once.
  @Test func aFailedServiceIsAnUnknownRunOfEachSeries() {
    var story = Story(.usual(unknownLimit: 1))
    _ = story.play("5")
    #expect(story.judge.miss([theSeries], at: 600).isEmpty)
    // The same poll counts once.
    #expect(story.judge.miss([theSeries], at: 600).isEmpty)
    #expect(story.judge.elapse([theSeries], to: 600).isEmpty)
    #expect(story.judge.miss([theSeries], at: 900).map(\.to) == [.unknown])
    #expect(story.judge.miss([theSeries], at: 1200).isEmpty)
  }

  @Test func seriesWithoutRulesAreNotJudged() {
    var judge = SeriesJudge()
    judge.restore(StoredState(level: .warning, since: 5), of: theSeries)
    #expect(judge.judge([JudgedSample(theSeries, ValueCell(99.0, at: 300))], now: 300).isEmpty)
    #expect(judge.level(of: theSeries) == .warning)
    #expect(judge.level(of: SeriesNumber(1)) == .ok)
    #expect(judge.value(of: SeriesNumber(1)) == nil)
  }

  // MARK: The unit shown, and other fields

  @Test func limitsAreInTheUnitShown() throws {
    let unit = try #require(Calculation("0,8,*", names: ["0": 0]))
    var rules = SeriesRules.usual()
    rules.unit = unit
    var story = Story(rules)
    #expect(story.play("1 1.5 3") == "- warning critical")
    #expect(story.crossings.map(\.value) == [12, 24])
    #expect(story.judge.value(of: theSeries) == 24)
  }

  @Test func shareOfAnotherFieldIsThatOfThePoll() throws {
    let rules = SeriesRules(
      warning: LevelRule(try LimitRange("90% of total") { _ in Calculation(field: 3) }),
      hold: .atOnce)
    var judge = SeriesJudge()
    _ = judge.set(rules, for: theSeries, now: 0)
    var asked: [Int] = []
    func judged(_ value: Double, of total: Double?, at time: Int) -> LevelCrossing? {
      judge.judge([JudgedSample(theSeries, ValueCell(value, at: time))], now: time) {
        series, field in
        #expect(series == theSeries)
        asked.append(field)
        return total
      }.first
    }
    #expect(judged(80, of: 100, at: 300) == nil)
    #expect(
      judged(95, of: 100, at: 600)?.broken == .range(.warning, low: nil, high: 90))
    #expect(judged(95, of: 200, at: 900)?.to == .ok)
    // Nobody knows whether it is good: that is an unknown run.
    for time in [1200, 1500, 1800] { #expect(judged(5, of: nil, at: time) == nil) }
    #expect(judged(5, of: nil, at: 2100)?.to == .unknown)
    #expect(Set(asked) == [2])
  }

  // MARK: Rules that change

  @Test(arguments: [
    // The limits become wide: the trouble ends at once.
    ("5 12", 30.0, Level.ok), ("5 25", 30, .ok), ("5 25", 20, .critical),
    // They become narrow: with a hold of one run at once.
    ("5 9", 8, .warning), ("5 5", 8, .ok),
  ])
  func changedLimitsJudgeTheLastValue(values: String, high: Double, level: Level) {
    var story = Story(.usual())
    _ = story.play(values)
    var rules = SeriesRules.usual()
    rules.warning = LevelRule(LimitRange(high: high))
    if high == 30 { rules.critical = nil }
    let before = story.judge.level(of: theSeries)
    let crossing = story.judge.set(rules, for: theSeries, now: 700)
    #expect(story.judge.level(of: theSeries) == level)
    #expect(crossing?.to == (before == level ? nil : level))
    if let crossing {
      #expect(crossing.reason == .settings)
      #expect(crossing.at == 700)
    }
    // The same rules again change nothing.
    #expect(story.judge.set(rules, for: theSeries, now: 800) == nil)
  }

  @Test func aTighterLimitWaitsForItsHold() {
    var story = Story(.usual(.twoOfThree))
    _ = story.play("9 9")
    var rules = SeriesRules.usual(.twoOfThree)
    rules.warning = LevelRule(LimitRange(high: 8))
    #expect(story.judge.set(rules, for: theSeries, now: 700) == nil)
    // The last value was the first bad run.
    #expect(story.play("9") == "warning")
    #expect(story.crossings.last?.badSince == 700)
  }

  @Test func removedLimitsAndSeriesEndTheirTrouble() {
    var story = Story(.usual())
    _ = story.play("25")
    #expect(story.judge.set(nil, for: theSeries, now: 400)?.reason == .settings)
    #expect(story.judge.count == 0)
    #expect(story.judge.ruleCount == 0)
    #expect(story.judge.set(nil, for: theSeries, now: 500) == nil)
    _ = story.judge.set(.usual(), for: theSeries, now: 500)
    _ = story.play("25")
    let crossing = story.judge.remove(theSeries, now: 700)
    #expect(
      crossing
        == LevelCrossing(
          series: theSeries, from: .critical, to: .ok, since: 600, knownSince: 600, at: 700,
          value: 25, reason: .removed))
    #expect(story.judge.takeUnstored() == [theSeries])
    #expect(story.judge.stored(theSeries) == StoredState())
  }

  // MARK: Storing

  /// Since when it is known is stored, and nothing more.
  @Test func aSoundSeriesIsStoredOnce() {
    var story = Story(.usual(.twoOfThree))
    _ = story.play("5")
    #expect(story.judge.takeUnstored() == [theSeries])
    _ = story.play("6 7 8 9 5 5")
    #expect(story.judge.takeUnstored().isEmpty)
  }

  @Test func whatIsNotSoundIsStoredUntilNothingChanges() {
    var story = Story(.usual(.twoOfThree))
    let stored = "12 5 5 5 ? 5 25 25 25 25 25 5 5 5".split(separator: " ").map { value in
      _ = story.play(String(value))
      return story.judge.takeUnstored() == [theSeries] ? "s" : "-"
    }.joined(separator: " ")
    #expect(stored == "s s s s s s s s s - - s - -")
  }

  @Test(arguments: [
    "12 12 5 5 12 5 12 25 25 ? 25 5 5 ? ? ? ? 12 12 5 5 5", "? ? ? ? 5 12 ? 12 5 5 25",
    "9 11 9 11 9 7 25 18 12 9 7 ? ? ? ? 9",
  ])
  func aRestartChangesNothing(values: String) throws {
    let rules = SeriesRules.usual(
      .twoOfThree, critical: Hold(2, of: 4), clear: LimitRange(high: 8))
    var story = Story(rules)
    for value in values.split(separator: " ") {
      // As the ledger keeps it: only what has to be stored.
      var restarted = SeriesJudge()
      restarted.restore(story.judge.stored(theSeries), of: theSeries)
      #expect(restarted.set(rules, for: theSeries, now: story.time) == nil)
      #expect(restarted.stored(theSeries) == story.judge.stored(theSeries))
      var other = story
      other.judge = restarted
      #expect(other.play(String(value)) == story.play(String(value)))
      #expect(other.crossings.last?.to == story.crossings.last?.to)
      #expect(other.crossings.last?.since == story.crossings.last?.since)
    }
  }

  // MARK: Size

  @Test func aSlotTakes64Bytes() { #expect(MemoryLayout<JudgeSlot>.stride == 64) }

  @Test func equalRulesAreKeptOnce() {
    var judge = SeriesJudge()
    for number in 1...1000 { _ = judge.set(.usual(), for: SeriesNumber(UInt32(number)), now: 0) }
    #expect(judge.ruleCount == 1)
    _ = judge.set(.usual(.twoOfThree), for: SeriesNumber(5), now: 0)
    #expect(judge.ruleCount == 2)
    for number in 1...1000 { _ = judge.remove(SeriesNumber(UInt32(number)), now: 0) }
    #expect(judge.ruleCount == 0)
    #expect(judge.count == 0)
    #expect(judge.slots.count == 1000)
    _ = judge.set(.usual(), for: SeriesNumber(2000), now: 0)
    #expect(judge.slots.count == 1000)
  }

  /// The ledger may be damaged: its largest number must not take all memory.
  @Test func aHugeNumberIsHarmless() {
    var judge = SeriesJudge()
    let huge = SeriesNumber(.max)
    _ = judge.set(.usual(), for: huge, now: 0)
    #expect(judge.judge([JudgedSample(huge, ValueCell(25.0, at: 300))], now: 300).count == 1)
    _ = judge.remove(huge, now: 300)
    #expect(judge.count == 0)
  }
}
