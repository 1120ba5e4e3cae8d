import MuninWire
import Testing

@testable import Limits

/// A graph `memory` with a few fields.
private let graph: Graph = {
  var graph = Graph(
    "Memory", category: "system", args: "--base 1024 -l 0", period: "minute",
    fields: [
      Field("used", max: 1000), Field("total"),
      Field("in", type: .derive, cdef: "in,8,*"), Field("out", type: .derive),
      Field("sum", cdef: "in,out,+"), Field("late", cdef: "used,TIME,+"),
      Field("odd", cdef: "used,+"), Field("ups_up"),
    ])
  graph.name = "memory"
  return graph
}()

/// The rules of a field, and what is wrong with them.
private func rules(
  _ words: [String: String], of name: String = "used", at place: String? = nil,
  isComputed: Bool = false
) -> (rules: SeriesRules?, findings: [String]) {
  let facts = GraphFacts(graph, isComputed: isComputed)
  let number = facts.number(of: name)!
  let field = graph.fields[number]
  let result = RuleBook.rules(
    for: FieldFacts(
      number, of: facts, type: field.type,
      possible: Bounds(
        min: field.min.flatMap { Double($0) }, max: field.max.flatMap { Double($0) }),
      updateRate: 10),
    word: { word in words[word].map { RuleSource($0, at: place) } },
    other: { $0 == "load.load" ? 100 : nil })
  return (result.rules, result.findings.map(\.description))
}

@Suite struct RuleBookTests {
  @Test func aFieldWithoutLimitsHasNoRules() {
    #expect(rules([:]).rules == nil)
    #expect(rules(["hold": "2 of 3", "unknown_limit": "1"]).rules == nil)
    #expect(rules(["warning": "", "critical": ""]).rules == nil)
    // A range without ends is a limit: the field becomes unknown without values.
    #expect(rules(["warning": ":"]).rules != nil)
  }

  @Test func theUsualRules() throws {
    let (found, findings) = rules(["warning": ":5", "critical": "10"])
    let rules = try #require(found)
    #expect(findings.isEmpty)
    #expect(rules.warning?.range.description == ":5")
    #expect(rules.critical?.range.description == ":10")
    #expect(rules.hold == .twoOfThree)
    #expect(rules.holdCritical == .atOnce)
    #expect(rules.unknownLimit == .standard)
    #expect(rules.freshness == 20)
    #expect(rules.possible.max == 1000)
    #expect(rules.unit == nil)
    #expect(!rules.isState)
    #expect(rules.manner == .apus)
  }

  @Test func eachWordCounts() throws {
    let (found, findings) = rules([
      "warning": ":50%", "critical": ":90% of total", "unknown_limit": "0", "hold": "3 of 5",
      "hold_critical": "2/2", "clear": ":400", "clear_critical": ":80% of total",
      "trend": "3h", "rate": ":60/min", "rate_critical": "-1/s:", "is_state": "yes", "repeat": "4h",
    ])
    // `-1/s:` is no rate.
    #expect(
      findings == [
        "used: rate_critical: expected a range per time such as :100/min, found '-1/s:'"
      ])
    let rules = try #require(found)
    #expect(rules.warning?.range.high == .number(500))
    #expect(rules.warning?.clear?.high == .number(400))
    #expect(rules.critical?.range.high == .share(90, of: Calculation(field: 2)))
    #expect(rules.critical?.clear?.high == .share(80, of: Calculation(field: 2)))
    #expect(rules.unknownLimit == 0)
    #expect(rules.hold == Hold(3, of: 5))
    #expect(rules.holdCritical == Hold(2, of: 2))
    #expect(rules.trend == TrendRule(horizon: 10_800))
    #expect(rules.rateWarning == RateRule(high: 1, unit: 60))
    #expect(rules.rateCritical == nil)
    #expect(rules.isState)
    #expect(rules.repeats == 14_400)
  }

  /// Each bad word is told with its place and counts as not written.
  @Test(arguments: [
    ("warning", "92% of", "expected a range of numbers, found '92% of'"),
    ("warning", "~:3", "expected a range of numbers, found '~:3'"),
    ("critical", "5% of gone", "'5% of gone': unknown field 'gone'"),
    ("hold", "3 of 2", "expected N of M, at most 16, found '3 of 2'"),
    ("hold_critical", "twice", "expected N of M, at most 16, found 'twice'"),
    ("clear", "x", "expected a range of numbers, found 'x'"),
    ("trend", "soon", "expected a time such as 3h, from a minute to a year, found 'soon'"),
    ("trend", "5s", "expected a time from a minute to a year, found '5s'"),
    ("rate", "5", "expected a range per time such as :100/min, found '5'"),
    ("is_state", "maybe", "expected yes or no, found 'maybe'"),
    ("repeat", "often", "expected a time such as 4h, found 'often'"),
    ("unknown_limit", "-1", "expected a number of values, found '-1'"),
    ("munin_compatible", "2.0", "expected yes or no, found '2.0'"),
  ])
  func aMalformedWordIsNamed(word: String, text: String, message: String) throws {
    var words = ["warning": ":5", "critical": ":10"]
    words[word] = text
    let (found, findings) = rules(words, at: "munin.conf:12")
    #expect(findings == ["munin.conf:12: used: \(word): \(message)"])
    words[word] = word == "warning" || word == "critical" ? "" : nil
    #expect(found == rules(words).rules)
  }

  /// Never 0:0, outside of which every value lies.
  @Test func aFieldWithNothingButAMalformedLimitIsNotJudged() {
    let (found, findings) = rules(["warning": "many"])
    #expect(found == nil)
    #expect(findings == ["used: warning: expected a range of numbers, found 'many'"])
  }

  @Test(arguments: [
    (
      ["warning": "9:3"],
      "warning: the upper limit of '9:3' is below the lower one: every value is outside"
    ),
    (
      ["rate": ":1/s", "trend": "3h"],
      "trend: has no effect: the field has neither warning nor critical to reach"
    ),
    (["critical": ":9", "clear": ":5"], "clear: has no effect: the field has no warning"),
    (
      ["critical": ":9", "clear_critical": ":12"],
      "clear_critical: ':12' goes beyond critical ':9': a level ends inside both"
    ),
    (
      ["warning": "5:9", "clear": ":8"],
      "clear: ':8' goes beyond warning '5:9': a level ends inside both"
    ),
  ])
  func whatCannotBeMeantIsNamed(words: [String: String], message: String) {
    #expect(rules(words).findings == ["used: \(message)"])
    #expect(rules(words).rules != nil)
  }

  @Test(arguments: ["yes", "no", "on", "0"]) func muninsTrendIsForDrawing(text: String) {
    let (found, findings) = rules(["warning": ":5", "trend": text])
    #expect(found?.trend == nil)
    #expect(found != nil)
    #expect(findings.isEmpty)
  }

  // MARK: The unit shown

  @Test(
    arguments: [
      ("used", nil), ("in", "0,60,*,8,*"), ("out", "0,60,*"), ("sum", "3,60,*,8,*,4,60,*,+"),
    ] as [(String, String?)])
  func theUnitIsThatOfThePicture(name: String, unit: String?) throws {
    let found = try #require(rules(["warning": ":5"], of: name).rules)
    #expect(found.unit?.text { "\($0)" } == unit)
  }

  @Test func valuesThatComeAsShownHaveNoUnit() throws {
    #expect(rules(["warning": ":5"], of: "sum", isComputed: true).rules?.unit == nil)
  }

  @Test func equalFieldsShareTheirRules() {
    #expect(
      rules(["warning": ":5"], of: "total").rules == rules(["warning": ":5"], of: "odd").rules)
  }

  @Test(arguments: [
    (
      "late",
      "TIME has a value only in a picture: limits apply to the value before cdef"
    ),
    (
      "odd",
      "'used,+' is not an expression over the fields of the graph: limits apply to the value before cdef"
    ),
  ])
  func aCdefThatCannotBeComputedIsNamed(name: String, message: String) {
    let (found, findings) = rules(["warning": ":5"], of: name)
    #expect(findings == ["\(name): cdef: \(message)"])
    #expect(found?.unit == nil)
  }

  @Test func aShareIsOfTheOtherFieldAsShown() throws {
    let own = try #require(rules(["warning": ":90% of in"]).rules)
    guard case .share(90, let calculation) = own.warning?.range.high else {
      Issue.record("no share")
      return
    }
    #expect(calculation.text { "\($0)" } == "3,60,*,8,*")
    let other = try #require(rules(["warning": ":90% of load.load"]).rules)
    #expect(other.warning?.range.high == .share(90, of: Calculation(field: 101)))
  }

  @Test func aBareShareIsOfTheMaxAsShown() throws {
    var graph = Graph(
      "x", category: "x", fields: [Field("a", type: .derive, max: 100, cdef: "a,8,*")])
    graph.name = "if_eth0"
    let result = RuleBook.rules(
      for: FieldFacts(0, of: GraphFacts(graph), type: .derive, possible: Bounds(max: 100)),
      word: { $0 == "warning" ? RuleSource(":50%") : nil })
    #expect(result.rules?.warning?.range.high == .number(400))
    #expect(result.findings.isEmpty)
  }

  @Test(arguments: [
    (":92%", ":92"), ("10%:50", "10:50"), ("92% of 2Ki", ":1884.16"),
    ("5:90% of total", "5:90% of total"), ("1% of total : 50%", "1% of total:50"), ("7", ":7"),
    ("1.50:", "1.50:"),
  ])
  func sharesThatAreTheSameAtEveryPollAreNumbers(text: String, numbers: String) throws {
    let range = try LimitRange(text, max: 100) { _ in Calculation(field: 1) }
    #expect(range.inNumbers == numbers)
  }

  // MARK: States

  @Test(arguments: [
    ("memory", "ups_up", true), ("disk.sda", "up", true),
    ("web_processes.nginx_processes", "children", true),
    ("vmstat", "children", false), ("ups_office.state", "state", true),
    ("snmp_ups1_ups.state", "state", true), ("snmp_router_if", "state", false),
    ("nut_rack", "state", true), ("ntp_peers_state", "system_peer", true),
    ("ntp_peers.stratum", "stratum", true), ("chrony", "stratum", false), ("load", "load", false),
    ("if_eth0", "upper", false),
  ])
  func statesAreKnownByTheirNames(graph: String, field: String, isState: Bool) {
    #expect(StateField.isKnown(graph: graph, field: field) == isState)
  }

  @Test func theWarningOfAStateCountsAtOnce() {
    #expect(rules(["warning": "1:"], of: "ups_up").rules?.hold == .atOnce)
    #expect(rules(["warning": "1:", "is_state": "no"], of: "ups_up").rules?.hold == .twoOfThree)
    #expect(rules(["warning": "1:", "hold": "3 of 4"], of: "ups_up").rules?.hold == Hold(3, of: 4))
    #expect(rules(["warning": "1:", "is_state": "yes"], of: "used").rules?.hold == .atOnce)
  }

  // MARK: munin's manner

  @Test func muninsWordsAreReadAsMuninDoes() throws {
    let (found, findings) = rules(
      [
        "munin_compatible": "yes", "warning": "92%", "critical": "5.5.5", "unknown_limit": "junk",
        "hold": "5 of 9", "trend": "3h",
      ], of: "sum", at: "munin.conf:7")
    let rules = try #require(found)
    #expect(rules.manner == .munin)
    #expect(rules.warning?.range == LimitRange(low: .number(0), high: .number(0), text: "0:0"))
    #expect(rules.critical?.range.high == .number(5.5))
    #expect(rules.unknownLimit == 0)
    #expect(rules.unit == nil)
    #expect(rules.trend == nil)
    #expect(
      findings == [
        "munin.conf:7: sum: warning: '92%' is not a range: judged as 0:0, as munin-limits does"
      ])
  }
}
