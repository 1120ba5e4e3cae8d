import MuninWire
import Testing

@testable import Limits

/// What munin-limits 2.0.73 made of ranges and values, recorded from runs of the real program.
@Suite struct MuninJudgeTests {
  private static let values = [
    -6, -1, -0.5, -0.004, 0, 0.004, 0.5, 1, 2, 3, 4.5, 5, 5.004, 5.006, 5.5, 5.51, 6, 7, 8, 10, 11,
    16.5, 100, 1001, 1e4, -1e1,
  ]

  /// A range, how munin shows it, and its level for each of the values: O ok, W warning.
  @Test(arguments: [
    ("5", ":5", "OOOOOOOOOOOOOWWWWWWWWWWWWO"), ("3:5", "3:5", "WWWWWWWWWOOOOWWWWWWWWWWWWW"),
    ("3:", "3:", "WWWWWWWWWOOOOOOOOOOOOOOOOW"), (":5", ":5", "OOOOOOOOOOOOOWWWWWWWWWWWWO"),
    (":", ":", "OOOOOOOOOOOOOOOOOOOOOOOOOO"), ("-5:5", "-5:5", "WOOOOOOOOOOOOWWWWWWWWWWWWW"),
    ("+5", ":+5", "OOOOOOOOOOOOOWWWWWWWWWWWWO"), ("10:5", "10:5", "WWWWWWWWWWWWWWWWWWWWWWWWWW"),
    ("92%", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"), ("1e3", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"),
    ("~:3", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"), ("5.5.5", ":5.5.5", "OOOOOOOOOOOOOOOWWWWWWWWWWO"),
    ("5 ", ":5", "OOOOOOOOOOOOOWWWWWWWWWWWWO"), ("1:2:3", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"),
    (" 5", ":5", "OOOOOOOOOOOOOWWWWWWWWWWWWO"), ("5 :7", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"),
    ("3 : 7", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"), ("-", ":-", "OOOOOOWWWWWWWWWWWWWWWWWWWO"),
    (".", ":.", "OOOOOOWWWWWWWWWWWWWWWWWWWO"), ("+", ":+", "OOOOOOWWWWWWWWWWWWWWWWWWWO"),
    ("5-3", ":5-3", "OOOOOOOOOOOOOWWWWWWWWWWWWO"), ("--5", ":--5", "OOOOOOWWWWWWWWWWWWWWWWWWWO"),
    ("1:", "1:", "WWWWWWWOOOOOOOOOOOOOOOOOOW"), ("1:x", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"),
    ("x:1", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"), ("1:5x", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"),
    ("5.", ":5.", "OOOOOOOOOOOOOWWWWWWWWWWWWO"), (".5", ":.5", "OOOOOOOWWWWWWWWWWWWWWWWWWO"),
    ("-.5:.5", "-.5:.5", "WWOOOOOWWWWWWWWWWWWWWWWWWW"),
    ("0x10", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"), ("0:0", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"),
    ("18446744073709551615", ":18446744073709551615", "OOOOOOOOOOOOOOOOOOOOOOOOOO"),
    (": 5", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"), ("5%:", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"),
    ("1:2:", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"), ("::", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"),
    ("1::2", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"), ("5..5", ":5..5", "OOOOOOOOOOOOOWWWWWWWWWWWWO"),
    ("+-5", ":+-5", "OOOOOOWWWWWWWWWWWWWWWWWWWO"), ("-+5", ":-+5", "OOOOOOWWWWWWWWWWWWWWWWWWWO"),
    ("1.2.3:7.8.9", "1.2.3:7.8.9", "WWWWWWWWOOOOOOOOOOWWWWWWWW"),
    ("5+", ":5+", "OOOOOOOOOOOOOWWWWWWWWWWWWO"), ("nan", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"),
    ("inf", "0:0", "WWWOOOWWWWWWWWWWWWWWWWWWWW"),
  ])
  func rangesAreMunins(text: String, shown: String, levels: String) throws {
    let (range, isMalformed) = MuninJudge.range(text)
    #expect(range.description == shown)
    #expect(isMalformed == (shown == "0:0" && text != "0:0"))
    var judge = SeriesJudge()
    _ = judge.set(
      SeriesRules(warning: LevelRule(range), manner: .munin), for: theSeries, now: 0)
    var time = 0
    let found = Self.values.map { value in
      time += 300
      _ = judge.judge([JudgedSample(theSeries, ValueCell(value, at: time))], now: time)
      return judge.level(of: theSeries) == .ok ? "O" : "W"
    }.joined()
    #expect(found == levels)
  }

  /// Age and text of the newest and the former value, and what munin makes of them: as a gauge, DERIVE, COUNTER and ABSOLUTE; `-` is
  /// unknown.
  @Test(arguments: [
    ("10 100 310 100", "100.00 0.00 0.00 0.33"), ("10 100 310 6100", "100.00 -20.00 - 0.33"),
    ("10 6100 310 100", "6100.00 20.00 20.00 20.33"), ("10 100", "100.00 - - -"),
    ("10 100 10 50", "100.00 - - -"), ("10 100 310 U", "100.00 - - -"),
    ("10 U 310 5", "- - - -"), ("599 3 899 1", "3.00 0.01 0.01 0.01"),
    ("600 3 900 1", "3.00 0.01 0.01 0.01"), ("601 3 901 1", "- - - -"),
    ("10 700 609 1", "700.00 1.17 1.17 1.17"), ("10 700 610 1", "700.00 1.17 1.17 1.17"),
    ("10 700 611 1", "700.00 - - -"),
    (
      "10 18446744073709551615 310 18446744073709550615",
      "18446744073709551616.00 3.33 3.33 61489146912365176.00"
    ),
    ("10 9007199254740993 310 9007199254740992", "9007199254740992.00 0.00 0.00 30023997515803.31"),
    ("10 1e4 310 1e3", "10000.00 30.00 30.00 33.33"), ("10 0.0051 310 0", "0.01 0.00 0.00 0.00"),
    ("10 5.005 310 0", "5.00 0.02 0.02 0.02"), ("10 5.015 310 0", "5.01 0.02 0.02 0.02"),
    ("10 -3 310 -9000", "-3.00 29.99 29.99 -0.01"),
  ])
  func valuesAreMunins(samples: String, values: String) throws {
    let now = 1_700_000_000
    let words = samples.split(separator: " ")
    func cell(_ index: Int) throws -> ValueCell {
      guard words.count > index else { return .none }
      return try #require(ValueCell(time: now - Int(words[index])!, text: String(words[index + 1])))
    }
    let newest = try cell(0)
    let former = try cell(2)
    for (type, text) in zip(
      [FieldType.gauge, .derive, .counter, .absolute], values.split(separator: " "))
    {
      let value = MuninJudge.value(of: newest, after: former, as: type, now: now)
      #expect(value == Double(text), "\(type)")
    }
  }

  /// What munin makes of a value in each run with a limit: W bad, U unknown, O ok.
  @Test(
    arguments: [
      (nil, "OOOUUUOOOOUUWWWWUUWO"), ("0", "UUUUUUOUUUUUWUUUUUWO"), ("1", "OUUUUUOOUUUUWWUUUUWO"),
      ("2", "OOUUUUOOOUUUWWWUUUWO"), ("junk", "UUUUUUOUUUUUWUUUUUWO"),
      ("-1", "UUUUUUOUUUUUWUUUUUWO"), ("3x", "OOOUUUOOOOUUWWWWUUWO"),
      ("1.5", "OOUUUUOOOUUUWWWUUUWO"),
    ] as [(String?, String)])
  func unknownLimitsAreMunins(limit: String?, levels: String) {
    var judge = SeriesJudge()
    _ = judge.set(
      SeriesRules(
        unknownLimit: MuninJudge.unknownLimit(limit),
        warning: LevelRule(MuninJudge.range(":5").range),
        manner: .munin), for: theSeries, now: 0)
    var time = 0
    let found = "U U U U U U 1 U U U U U 7 U U U U U 7 1".split(separator: " ").map { word in
      time += 300
      let cell = Double(word).map { ValueCell($0, at: time) } ?? ValueCell(unknownAt: time)
      _ = judge.judge([JudgedSample(theSeries, cell)], now: time)
      return switch judge.level(of: theSeries) {
      case .ok: "O"
      case .unknown: "U"
      case .warning, .critical: "W"
      }
    }.joined()
    #expect(found == levels)
  }

  @Test func valuesOutsideMinAndMaxAreJudged() {
    var rules = SeriesRules(
      type: .derive, possible: Bounds(min: 0), warning: LevelRule(LimitRange(low: -5)),
      manner: .munin)
    rules.unit = Calculation(field: 0).times(8)
    var story = Story(rules)
    #expect(story.play("6000 0") == "- warning")
    #expect(story.crossings[0].value == -20)
  }

  @Test func aDeadNodesValueStaysFreshFor600Seconds() {
    var story = Story(SeriesRules(warning: LevelRule(LimitRange(high: 10)), manner: .munin))
    #expect(story.play("5") == "-")
    let found = [600, 900, 1200, 1500, 1800, 2100, 2400].map { now in
      story.judge.elapse([theSeries], to: now).first?.to.rawValue ?? "-"
    }
    #expect(found.joined(separator: " ") == "- - - - - unknown -")
  }
}
