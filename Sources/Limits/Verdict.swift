internal import MuninWire

/// How bad one value is by the rules of its series.
struct Verdict {
  /// In the unit shown.
  var value: Double
  var rank = JudgeSlot.Rank.good
  var broken: BrokenLimit?
  /// Whether the value ends a warning: it lies inside the range that does.
  var endsWarning = true
  var endsCritical = true
  /// Whether the line through the last samples reaches a limit.
  var isTrending = false
  private var ranges = Ranges()

  /// By ranges that are numbers, and nothing else.
  init(plain value: Double, _ form: RuleForm) {
    self.value = value
    judge(form.warning, form.critical)
    close()
  }

  /// By ranges that may need other fields; `nil` when one of these has no known value. ``judge(change:_:)`` and ``judge(_:_:wasTrending:)``
  /// may follow.
  /// - Parameter field: the values of the fields, by the numbers of ``SeriesRules/unit``.
  init?(_ value: Double, _ rules: SeriesRules, _ field: (Int) -> Double?) {
    var shown = value
    if let unit = rules.unit {
      guard let result = unit.value(field) else { return nil }
      shown = result
    }
    self.value = shown
    guard let ranges = Ranges(rules, field) else { return nil }
    judge(ranges.warning, ranges.critical)
    close(ranges)
    self.ranges = ranges
  }

  /// A value that was judged before, by new rules; `nil` when these need other fields.
  init?(last value: Double, _ rules: SeriesRules) {
    guard let ranges = Ranges(rules, { _ in nil }) else { return nil }
    self.value = value
    judge(ranges.warning, ranges.critical)
    close(ranges)
  }

  /// The ranges of a poll.
  private struct Ranges {
    var warning = ResolvedRange()
    var critical = ResolvedRange()
    var warningEnd = ResolvedRange()
    var criticalEnd = ResolvedRange()

    init() {}

    /// `nil` when one is not known.
    init?(_ rules: SeriesRules, _ field: (Int) -> Double?) {
      if let rule = rules.warning {
        guard let range = rule.range.resolved(field), let end = rule.end.resolved(field) else {
          return nil
        }
        (warning, warningEnd) = (range, end)
      }
      if let rule = rules.critical {
        guard let range = rule.range.resolved(field), let end = rule.end.resolved(field) else {
          return nil
        }
        (critical, criticalEnd) = (range, end)
      }
    }
  }

  private mutating func judge(_ warning: ResolvedRange, _ critical: ResolvedRange) {
    if !critical.contains(value) {
      rank = .critical
      broken = .range(.critical, low: critical.lowest, high: critical.highest)
    } else if !warning.contains(value) {
      rank = .warning
      broken = .range(.warning, low: warning.lowest, high: warning.highest)
    }
  }

  /// The change per second, where there is a rule for it.
  mutating func judge(change: Double, _ rules: SeriesRules) {
    if rank != .critical, let rule = rules.rateCritical, !rule.contains(change) {
      rank = .critical
      broken = .rate(.critical, low: rule.low, high: rule.high, measured: change)
    } else if rank == .good, let rule = rules.rateWarning, !rule.contains(change) {
      rank = .warning
      broken = .rate(.warning, low: rule.low, high: rule.high, measured: change)
    }
    close(ranges)
  }

  /// The line through the last samples.
  mutating func judge(_ line: SampleHistory.Line, _ trend: TrendRule, wasTrending: Bool) {
    let first = [line.reach(ranges.warning), line.reach(ranges.critical)]
      .compactMap { $0 }.min { $0.seconds < $1.seconds }
    guard let first else { return }
    // It ends later than it began, so that a line at the edge of the horizon does not come and go.
    guard first.seconds <= Double(trend.horizon) * (wasTrending ? 1.5 : 1) else { return }
    isTrending = true
    guard rank == .good else { return }
    rank = .warning
    broken = .trend(limit: first.limit, reachedIn: Int(first.seconds.rounded()))
    close(ranges)
  }

  private mutating func close() {
    endsWarning = rank == .good
    endsCritical = rank != .critical
  }

  private mutating func close(_ ranges: Ranges) {
    close()
    if endsWarning { endsWarning = ranges.warningEnd.contains(value) }
    if endsCritical { endsCritical = ranges.criticalEnd.contains(value) }
  }
}
