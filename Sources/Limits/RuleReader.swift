internal import MuninWire

/// Reads the words of one field for ``RuleBook``.
struct RuleReader {
  let field: FieldFacts
  let source: (String) -> RuleSource?
  let other: (String) -> Int?
  var findings: [RuleFinding] = []

  init(
    field: FieldFacts, source: @escaping (String) -> RuleSource?, other: @escaping (String) -> Int?
  ) {
    self.field = field
    self.source = source
    self.other = other
  }

  mutating func read() -> SeriesRules? {
    if read("munin_compatible", "yes or no", flag) ?? false { return readAsMunin() }
    var rules = SeriesRules(type: field.type, possible: field.possible)
    rules.warning = range("warning").map { LevelRule($0) }
    rules.critical = range("critical").map { LevelRule($0) }
    rules.rateWarning = read("rate", "a range per time such as :100/min", RateRule.init)
    rules.rateCritical = read("rate_critical", "a range per time such as :100/min", RateRule.init)
    rules.trend = trend()
    let hasLimit = rules.warning != nil || rules.critical != nil
    if rules.trend != nil, !hasLimit {
      tell("trend", "has no effect: the field has neither warning nor critical to reach")
      rules.trend = nil
    }
    guard hasLimit || rules.rateWarning != nil || rules.rateCritical != nil else { return nil }
    clear("clear", &rules.warning, of: "warning")
    clear("clear_critical", &rules.critical, of: "critical")
    rules.isState =
      read("is_state", "yes or no", flag)
      ?? StateField.isKnown(graph: field.graph.name, field: field.name)
    rules.hold =
      read("hold", "N of M, at most 16", Hold.init) ?? (rules.isState ? .atOnce : .twoOfThree)
    rules.holdCritical = read("hold_critical", "N of M, at most 16", Hold.init) ?? .atOnce
    rules.repeats = read("repeat", "a time such as 4h", timeSpan)
    rules.unknownLimit =
      read("unknown_limit", "a number of values", UnknownLimit.init) ?? .standard
    // Twice the rate lets one poll fail.
    rules.freshness = 2 * max(1, field.updateRate)
    rules.unit = field.graph.shown(field.field, for: field.field)
    if let problem = field.graph.problem(of: field.field) {
      findings.append(RuleFinding("cdef", of: field.name, at: source("cdef")?.place, problem))
    }
    return rules
  }

  /// munin's words, read as munin-limits reads them.
  private mutating func readAsMunin() -> SeriesRules? {
    var rules = SeriesRules(
      type: field.type, unknownLimit: MuninJudge.unknownLimit(text("unknown_limit")),
      hold: .atOnce, manner: .munin)
    func rule(_ word: String) -> LevelRule? {
      guard let text = text(word) else { return nil }
      let (range, isMalformed) = MuninJudge.range(text)
      if isMalformed {
        tell(word, "\(quoted(text)) is not a range: judged as 0:0, as munin-limits does")
      }
      return LevelRule(range)
    }
    rules.warning = rule("warning")
    rules.critical = rule("critical")
    return rules.warning == nil && rules.critical == nil ? nil : rules
  }

  /// What is written for a word; nothing counts as not written.
  private func text(_ word: String) -> String? {
    source(word).flatMap { $0.text.isEmpty ? nil : $0.text }
  }

  private mutating func tell(_ word: String, _ message: String) {
    findings.append(RuleFinding(word, of: field.name, at: source(word)?.place, message))
  }

  private mutating func read<Value>(
    _ word: String, _ expected: String, _ parse: (String) -> Value?
  ) -> Value? {
    guard let text = text(word) else { return nil }
    if let value = parse(text) { return value }
    tell(word, "expected \(expected), found \(quoted(text))")
    return nil
  }

  private mutating func range(_ word: String) -> LimitRange? {
    guard let text = text(word) else { return nil }
    do throws(LimitFault) {
      let range = try LimitRange(
        text, max: shownMax, base: field.graph.base, shown: { shown($0) })
      if range.isInverted {
        tell(
          word,
          "the upper limit of \(quoted(text)) is below the lower one: every value is outside")
      }
      return range
    } catch {
      tell(word, error.description)
      return nil
    }
  }

  /// The field's `max` in the unit shown; `nil` where that depends on other fields.
  private var shownMax: Double? {
    guard let max = field.possible.max else { return nil }
    guard let unit = field.graph.shown(field.field, for: field.field) else { return max }
    return unit.fields == [0] ? unit.value { _ in max } : nil
  }

  /// Another field, or the field itself, in the unit shown.
  private func shown(_ name: String) -> Calculation? {
    if let number = field.graph.number(of: name) {
      return field.graph.shown(number, for: field.field)
        ?? GraphFacts.plain(number, for: field.field)
    }
    return other(name).map { Calculation(field: $0 + 1) }
  }

  private mutating func clear(_ word: String, _ rule: inout LevelRule?, of level: String) {
    guard let clear = range(word) else { return }
    guard let range = rule?.range else {
      // A limit that failed to parse is told already.
      if text(level) == nil { tell(word, "has no effect: the field has no \(level)") }
      return
    }
    let low = (clear.low?.constant, range.low?.constant)
    let high = (clear.high?.constant, range.high?.constant)
    if let limit = low.1, clear.low == nil || (low.0 ?? limit) < limit {
      tell(word, "'\(clear)' goes beyond \(level) '\(range)': a level ends inside both")
    } else if let limit = high.1, clear.high == nil || (high.0 ?? limit) > limit {
      tell(word, "'\(clear)' goes beyond \(level) '\(range)': a level ends inside both")
    }
    rule?.clear = clear
  }

  /// `yes` and `no` are munin's, for drawing a trend, which is not built.
  private mutating func trend() -> TrendRule? {
    guard let text = text("trend"), flag(text) == nil else { return nil }
    let horizon = read("trend", "a time such as 3h, from a minute to a year", timeSpan)
    guard let horizon else { return nil }
    guard (60...31_536_000).contains(horizon) else {
      tell("trend", "expected a time from a minute to a year, found \(quoted(text))")
      return nil
    }
    return TrendRule(horizon: horizon)
  }

  private func timeSpan(_ text: String) -> Int? { parseTimeSpan(text.utf8.span) }

  /// munin's ways to say yes and no.
  private func flag(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "yes", "true", "on", "1": true
    case "no", "false", "off", "0": false
    default: nil
    }
  }
}
