import MuninWire
import TestSupport
import Testing

@testable import Limits

/// Whatever comes in whatever order, the crossings of a series form a chain, and a restart in between changes no level.
@Test(arguments: 1...20)
func crossingsFormAChain(seed: UInt64) throws {
  var random = Noise(seed)
  var judge = SeriesJudge()
  let series = SeriesNumber(3)
  var level = Level.ok
  let unit = try #require(Calculation("0,1,*", names: ["0": 0, "1": 1]))
  for _ in 0..<3_000 {
    let now = Int.random(in: 0...200_000, using: &random)
    let time = UInt32.random(in: 0...200_000, using: &random)
    func range() -> LimitRange {
      LimitRange(
        low: Bool.random(using: &random) ? nil : 1,
        high: Bool.random(using: &random) ? nil : Double.random(in: 0...30, using: &random))
    }
    var crossings: [LevelCrossing] = []
    switch Int.random(in: 0...9, using: &random) {
    case 0:
      let rules = SeriesRules(
        type: FieldType.allCases.randomElement(using: &random)!,
        unknownLimit: UnknownLimit(Int.random(in: 0...3, using: &random)),
        unit: Bool.random(using: &random) ? unit : nil,
        warning: Bool.random(using: &random)
          ? nil : LevelRule(range(), clear: Bool.random(using: &random) ? range() : nil),
        critical: LevelRule(range()),
        hold: Hold(
          Int.random(in: 1...16, using: &random), of: Int.random(in: 1...16, using: &random)),
        rateWarning: Bool.random(using: &random) ? RateRule(high: 0.1) : nil,
        trend: Bool.random(using: &random) ? TrendRule(horizon: 7200) : nil,
        manner: Int.random(in: 0...4, using: &random) == 0 ? .munin : .apus)
      crossings = judge.set(rules, for: series, now: now).map { [$0] } ?? []
    case 1: crossings = judge.elapse([series], to: now)
    case 2: crossings = judge.miss([series], at: now)
    case 3 where Int.random(in: 0...9, using: &random) == 0:
      crossings = judge.remove(series, now: now).map { [$0] } ?? []
    case 4:
      let rules = judge.rules(of: series)
      let stored = judge.stored(series)
      judge = SeriesJudge()
      judge.restore(stored, of: series)
      #expect(judge.set(rules, for: series, now: now) == nil || rules == nil)
    default:
      let cells = [
        ValueCell(unknownAt: Int(time)), ValueCell(5.0, at: Int(time)),
        ValueCell(1e308, at: Int(time)), ValueCell(UInt64.max, at: Int(time)),
        ValueCell(-1e308, at: Int(time)),
        ValueCell(Double.random(in: -5...50, using: &random), at: Int(time)),
      ]
      crossings = judge.judge(
        [JudgedSample(series, cells.randomElement(using: &random)!)], now: now
      ) { _, _ in Bool.random(using: &random) ? 2 : nil }
    }
    #expect(crossings.count <= 1)
    for crossing in crossings {
      #expect(crossing.from == level)
      #expect(crossing.to != level)
      #expect(crossing.to == judge.level(of: series))
      level = crossing.to
    }
    // A series without rules that was restored is ended by them.
    level = judge.level(of: series)
  }
}
