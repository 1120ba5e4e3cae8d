internal import MuninWire

/// What of ``SeriesRules`` is needed at each run, without a reference to count.
struct RuleForm: Sendable {
  let possible: ResolvedRange
  let warning: ResolvedRange
  let critical: ResolvedRange
  let freshness: Int
  let hold: Hold
  let holdCritical: Hold
  let unknownLimit: UInt16
  /// The bits of ``JudgeSlot/ring`` that the holds look at.
  let window: UInt32
  let type: FieldType
  let isMunin: Bool
  /// Whether ``warning`` and ``critical`` are all there is: no unit, no share, no other end, no rate, no trend.
  let isPlain: Bool

  init(_ rules: SeriesRules) {
    isMunin = rules.manner == .munin
    possible =
      isMunin
      ? ResolvedRange()
      : ResolvedRange(
        low: rules.possible.min ?? -.infinity, high: rules.possible.max ?? .infinity)
    warning = RuleForm.constant(rules.warning)
    critical = RuleForm.constant(rules.critical)
    freshness = isMunin ? MuninJudge.freshness : rules.freshness
    // Runs that are critical count as warnings, too: without a warning there is none that could outlast them.
    let warns = rules.warning != nil || rules.rateWarning != nil || rules.trend != nil
    hold = isMunin ? .atOnce : warns ? rules.hold : rules.holdCritical
    holdCritical = isMunin ? .atOnce : rules.holdCritical
    unknownLimit = UInt16(clamping: rules.unknownLimit.count)
    let runs = max(hold.of, holdCritical.of)
    window = UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(2 * runs)) - 1)
    type = rules.type
    isPlain =
      isMunin
      || rules.unit == nil && rules.rateWarning == nil && rules.rateCritical == nil
        && rules.trend == nil
        && [rules.warning, rules.critical].allSatisfy {
          $0 == nil || $0?.clear == nil && $0?.range.isConstant == true
        }
  }

  /// The seconds between two runs.
  var period: Int { max(1, freshness / 2) }

  private static func constant(_ rule: LevelRule?) -> ResolvedRange {
    ResolvedRange(
      low: rule?.range.low?.constant ?? -.infinity, high: rule?.range.high?.constant ?? .infinity)
  }
}
